"""What a customer may read of their calls: narrowed, in pages by time, counted by day; opened only where shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import Sealed
from ringfence.telephony import call_days, intake
from ringfence.telephony.models import CallRecord, Number, Tenure
from ringfence.telephony.ports import Outcome

CHUNK: Final = 2000
LOOKED_AT_FIRST: Final = (timedelta(days=2), timedelta(days=14))
"""A page of newest calls is mostly full with those of a few days; to look at one day costs a hundredth of them all."""


class Group(StrEnum):
    """The outcomes as people ask for them."""

    ANSWERED = "answered"
    MISSED = "missed"
    FAILED = "failed"


GROUPS: Final[Mapping[Group, frozenset[Outcome]]] = MappingProxyType(
    {
        Group.ANSWERED: frozenset({Outcome.ANSWERED, Outcome.IN_PROGRESS, Outcome.INTERRUPTED}),
        Group.MISSED: frozenset(
            {
                Outcome.NO_ANSWER,
                Outcome.BUSY,
                Outcome.DECLINED,
                Outcome.CANCELLED,
                Outcome.MISSED_BY_MAIL,
                Outcome.NOWHERE,
            }
        ),
        Group.FAILED: frozenset(
            {
                Outcome.UNREACHABLE,
                Outcome.AWAY,
                Outcome.FULL,
                Outcome.NODE_FULL,
                Outcome.CAPPED,
                Outcome.LOOP,
            }
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are asked for. `caller` is the digest of one caller, or empty bytes for those who withheld it."""

    number: UUID | None = None
    group: Group | None = None
    since: datetime | None = None
    until: datetime | None = None
    caller: bytes | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether some calls are left out."""
        return self != Wanted()


EVERY: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the holder of the number sees it; the two numbers open when shown."""

    id: UUID
    public_id: str
    started_at: datetime
    caller: Sealed | None
    called: Sealed
    outcome: Outcome
    seconds: int | None
    """How long it was talked."""
    rang: int | None
    """How long the caller waited."""
    step: int | None
    code: int | None
    answered_at: datetime | None
    ended_at: datetime | None
    gone_on: date
    """The day on which the record is gone at the latest."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many calls there were on a day, and how many of them were answered."""

    day: date
    answered: int
    others: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.answered + self.others


def narrowed(subject: UUID, wanted: Wanted) -> QuerySet[CallRecord]:
    """Return a customer's calls, as they are asked for."""
    rows = CallRecord.objects.filter(subject=subject)
    if wanted.number:
        rows = rows.filter(number=wanted.number)
    if wanted.group:
        rows = rows.filter(outcome__in=sorted(GROUPS[wanted.group]))
    if wanted.since:
        rows = rows.filter(started_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(started_at__lt=wanted.until)
    if wanted.caller is not None:
        rows = rows.filter(caller_digest=wanted.caller) if wanted.caller else rows.filter(caller__isnull=True)
    return rows


def page(
    subject: UUID,
    wanted: Wanted = EVERY,
    *,
    limit: int = 50,
    after: tuple[datetime, UUID] | None = None,
    at: datetime | None = None,
) -> list[Call]:
    """Return calls, the newest first, behind one of them. With `at`, the last days are looked at alone first."""
    rows = narrowed(subject, wanted)
    if after:
        rows = rows.filter(started_at__lte=after[0]).exclude(started_at=after[0], id__lte=after[1])
    keyring.prefetch([subject], RetentionClass.TRAFFIC)
    newest = after[0] if after else at
    for window in _windows(newest) if newest else ():
        found = list(rows.filter(started_at__range=window).order_by("-started_at", "id")[:limit])
        if len(found) == limit:
            return [_shown(row) for row in found]
    return [_shown(row) for row in rows.order_by("-started_at", "id")[:limit]]


def _windows(newest: datetime) -> Iterator[tuple[datetime, datetime]]:
    for back in LOOKED_AT_FIRST:
        yield newest - back, newest + call_days.AHEAD_OF_US


def every(subject: UUID, wanted: Wanted) -> Iterator[Call]:
    """Yield all calls that are asked for, the newest first, however many there are."""
    after: tuple[datetime, UUID] | None = None
    while calls := page(subject, wanted, limit=CHUNK, after=after):
        yield from calls
        after = calls[-1].started_at, calls[-1].id


def call(subject: UUID, name: str) -> Call | None:
    """Return one of a customer's calls by its public id; None when there is none."""
    row = _row(subject, name)
    return _shown(row) if row else None


def caller_of(subject: UUID, name: str) -> bytes | None:
    """Return what finds the calls of the caller of a call: empty for one who withheld the number.

    None when there is no such call of this customer, or none by which others are found.
    """
    row = _row(subject, name)
    if row is None or (row.caller is not None and not row.caller_digest):
        return None
    return bytes(row.caller_digest or b"")


def call_from(subject: UUID, caller: str) -> Call | None:
    """Return the newest call from a number, to find the others by."""
    try:
        key = keyring.key_for(subject, RetentionClass.TRAFFIC) if caller else None
    except KeyError:
        return None
    if key is None:
        return None
    rows = narrowed(subject, Wanted(caller=intake.caller_digest(key, caller)))
    row = rows.order_by("-started_at", "id").first()
    return _shown(row) if row else None


def _row(subject: UUID, name: str) -> CallRecord | None:
    try:
        return CallRecord.objects.filter(pk=parse(name, "call"), subject=subject).first()
    except NotAPublicId:
        return None


def count(subject: UUID, wanted: Wanted = EVERY) -> int:
    """Return how many calls are asked for."""
    return narrowed(subject, wanted).count()


def per_day(subject: UUID, wanted: Wanted, zone: tzinfo) -> list[DayCount]:
    """Return how many calls each day had that had any, by the days of a time zone, the oldest first."""
    answered = Q(outcome__in=sorted(GROUPS[Group.ANSWERED]))
    rows = narrowed(subject, wanted).values(day=TruncDate("started_at", tzinfo=zone))
    counted = rows.annotate(total=Count("id"), answered=Count("id", filter=answered)).order_by("day")
    return [DayCount(row["day"], row["answered"], row["total"] - row["answered"]) for row in counted]


def numbers_with_calls(subject: UUID) -> list[tuple[UUID, str]]:
    """Return the numbers that are or were a customer's while their calls are kept, with their digits."""
    had = Tenure.objects.filter(subject=subject).values_list("number", flat=True)
    return list(Number.objects.filter(pk__in=had).order_by("e164").values_list("pk", "e164"))


def _shown(row: CallRecord) -> Call:
    talked = row.ended_at - row.answered_at if row.ended_at and row.answered_at else None
    waited = (row.answered_at or row.ended_at or row.started_at) - row.started_at
    return Call(
        id=row.id,
        public_id=row.public_id,
        started_at=row.started_at,
        caller=row.caller,
        called=row.called,
        outcome=Outcome(row.outcome),
        seconds=_whole(talked) if talked is not None else None,
        rang=_whole(waited) if row.answered_at or row.ended_at else None,
        step=row.step,
        code=row.code,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        gone_on=call_days.gone_on(row.started_at),
    )


def _whole(length: timedelta) -> int:
    """Return the nearest whole second; halves go up."""
    return int(length.total_seconds() + 0.5)
