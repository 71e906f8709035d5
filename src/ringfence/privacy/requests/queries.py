"""What may be read of requests, and their figures for the promise of clause 4.3."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.privacy.requests.actions import SHOWN_TO_STAFF, written
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import DUE_SOON_DAYS, OPEN_STATES, WARNING_DAYS


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
    closed_at: datetime | None
    waiting_since: datetime | None
    refusal_article: str
    notice_sent_at: datetime | None
    repeats: int
    warned_day: int
    confirmed_by: str

    @property
    def open(self) -> bool:
        """Whether the clock runs."""
        return self.state in OPEN_STATES

    @property
    def waits_for_person(self) -> bool:
        """Whether the next step is the person's: to confirm that it was they who asked, or to accept a fee."""
        return self.open and self.waiting_since is not None

    @property
    def being_refused(self) -> bool:
        """Whether a notice that refuses it is on its way."""
        return self.open and bool(self.refusal_article)

    @property
    def answered_at(self) -> datetime | None:
        """When the person had their answer: it was done, refused by a notice that was sent, or taken back."""
        return self.carried_out_at or self.notice_sent_at or self.closed_at

    def days_used(self, at: datetime) -> float:
        """Return how many days of the time limit have passed, at most all of them."""
        until = self.answered_at or at
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
        """Tell whether the time limit has passed with the request open, or had when it was answered."""
        return (self.answered_at or at) > self.due_at


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
        closed_at=row.closed_at,
        waiting_since=row.waiting_since,
        refusal_article=row.refusal_article,
        notice_sent_at=row.notice_sent_at,
        repeats=row.repeats,
        warned_day=row.warned_day,
        confirmed_by=row.confirmed_by,
    )


def requests_of(subject: UUID) -> list[RequestView]:
    """Return a person's requests, newest first."""
    return [
        _view(row) for row in SubjectRequest.objects.filter(subject=subject).order_by("-received_at", "pk")
    ]


def request(number: str) -> RequestView | None:
    """Return a request by its public id, or None."""
    try:
        key = parse(number, "req")
    except NotAPublicId:
        return None
    row = SubjectRequest.objects.filter(pk=key).first()
    return _view(row) if row else None


def requests_shown_to_staff() -> QuerySet[SubjectRequest]:
    """Return the requests of living customers that were confirmed on the phone, not by the person themselves."""
    return SubjectRequest.objects.filter(confirmed_by__in=sorted(SHOWN_TO_STAFF), subject__isnull=False)


@dataclass(frozen=True, slots=True, repr=False)
class OwnRequest:
    """A person's own request, with what they wrote and why it was refused, opened."""

    view: RequestView
    asked: str
    reason: str


def own_request(subject: UUID, number: str) -> OwnRequest | None:
    """Return a person's own request by its public id, or None when it is not theirs."""
    found = request(number)
    row = SubjectRequest.objects.filter(pk=found.id, subject=subject).first() if found else None
    if row is None or found is None:
        return None
    reason = row.refusal_reason.open() if row.refusal_reason is not None else ""
    return OwnRequest(found, written(row), str(reason or "") if found.notice_sent_at else "")


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
    """How the time limit is kept, over a year, by the database's clock. Lengths are in seconds.

    `unwarned` counts open requests of whom staff have not been warned a day after they should have been.
    """

    received: int
    open: int
    due_soon: int
    overdue: int
    missed: int
    median_seconds: float
    longest_seconds: float
    unwarned: int


FIGURES_SQL = """
SELECT count(*) FILTER (WHERE received_at > now() - interval '1 year'),
       count(*) FILTER (WHERE is_open),
       count(*) FILTER (WHERE is_open AND due_at >= now() AND due_at < now() + %(soon)s * interval '1 day'),
       count(*) FILTER (WHERE is_open AND due_at < now()),
       count(*) FILTER (WHERE answered_at > due_at AND answered_at > now() - interval '1 year'),
       coalesce(extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY carried_out_at - received_at)
           FILTER (WHERE carried_out_at > now() - interval '1 year')), 0)::float8,
       coalesce(extract(epoch FROM max(carried_out_at - received_at)
           FILTER (WHERE carried_out_at > now() - interval '1 year')), 0)::float8,
       count(*) FILTER (WHERE is_open AND EXISTS (SELECT FROM unnest(%(days)s::int[]) AS day
           WHERE day > warned_day AND received_at < now() - (day + 1) * interval '1 day'))
FROM (SELECT *, state = ANY(%(open)s) AS is_open,
          coalesce(carried_out_at, notice_sent_at, closed_at) AS answered_at
      FROM privacy_subjectrequest) AS request
"""


def figures() -> Figures:
    """Return how requests stand now. The database's clock counts, whatever the machine's says."""
    known: dict[str, Any] = {
        "open": sorted(OPEN_STATES),
        "soon": DUE_SOON_DAYS,
        "days": list(WARNING_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(FIGURES_SQL, known)
        return Figures(*cursor.fetchone())
