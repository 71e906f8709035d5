"""What may be read of requests, and their figures for the promise of clause 4.3."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from ringfence.kernel.public_ids import public_id
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import DUE_SOON_DAYS, OPEN_STATES


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as a page shows it. `person` is None once the person is erased."""

    id: UUID
    public_id: str
    kind: str
    channel: str
    state: str
    person: UUID | None
    received_at: datetime
    due_at: datetime
    carried_out_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether the clock runs."""
        return self.state in OPEN_STATES

    def days_used(self, at: datetime) -> float:
        """Return how many days of the time limit have passed, at most all of them."""
        until = self.carried_out_at or at
        return min((until - self.received_at).total_seconds(), self.seconds_allowed) / 86_400

    @property
    def seconds_allowed(self) -> float:
        """How long the time limit is."""
        return (self.due_at - self.received_at).total_seconds()

    @property
    def days_allowed(self) -> float:
        """How many days the time limit is."""
        return self.seconds_allowed / 86_400

    def overdue(self, at: datetime) -> bool:
        """Tell whether the time limit has passed with the request open, or had when it was met."""
        return (self.carried_out_at or at) > self.due_at if self.carried_out_at or self.open else False


def _view(row: SubjectRequest) -> RequestView:
    return RequestView(
        id=row.pk,
        public_id=public_id("req", row.pk),
        kind=row.kind,
        channel=row.channel,
        state=row.state,
        person=row.subject,
        received_at=row.received_at,
        due_at=row.due_at,
        carried_out_at=row.carried_out_at,
    )


def requests_of(subject: UUID) -> list[RequestView]:
    """Return a person's requests, newest first."""
    return [
        _view(row) for row in SubjectRequest.objects.filter(subject=subject).order_by("-received_at", "pk")
    ]


def open_requests(most: int = 200) -> list[RequestView]:
    """Return the requests still to be met, the most urgent first."""
    rows = SubjectRequest.objects.filter(state__in=OPEN_STATES).order_by("due_at", "pk")
    return [_view(row) for row in rows[:most]]


def finished_requests(most: int = 50) -> list[RequestView]:
    """Return the requests met or refused last."""
    rows = SubjectRequest.objects.exclude(state__in=OPEN_STATES).order_by("-received_at", "pk")
    return [_view(row) for row in rows[:most]]


@dataclass(frozen=True, slots=True)
class Figures:
    """How the time limit is kept, over a year, by the database's clock. Lengths are in seconds."""

    received: int
    open: int
    due_soon: int
    overdue: int
    missed: int
    median_seconds: float
    longest_seconds: float


FIGURES_SQL = """
SELECT count(*) FILTER (WHERE received_at > now() - interval '1 year'),
       count(*) FILTER (WHERE state = ANY(%(open)s)),
       count(*) FILTER (WHERE state = ANY(%(open)s) AND due_at >= now()
           AND due_at < now() + %(soon)s * interval '1 day'),
       count(*) FILTER (WHERE state = ANY(%(open)s) AND due_at < now()),
       count(*) FILTER (WHERE carried_out_at > due_at AND carried_out_at > now() - interval '1 year'),
       coalesce(extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY carried_out_at - received_at)
           FILTER (WHERE carried_out_at > now() - interval '1 year')), 0)::float8,
       coalesce(extract(epoch FROM max(carried_out_at - received_at)
           FILTER (WHERE carried_out_at > now() - interval '1 year')), 0)::float8
FROM privacy_subjectrequest
"""


def figures() -> Figures:
    """Return how requests stand now. The database's clock counts, whatever the machine's says."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES_SQL, {"open": sorted(OPEN_STATES), "soon": DUE_SOON_DAYS})
        return Figures(*cursor.fetchone())
