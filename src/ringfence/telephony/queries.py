"""What other rooms and the interfaces may read of telephony."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Count, F

from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.keyring import KeyLost
from ringfence.privacy.sealed import SealBroken, Sealed
from ringfence.telephony.models import CallRecord, Destination, Number
from ringfence.telephony.ports import Route
from ringfence.telephony.routing import encode, single
from ringfence.telephony.rules import AT_THE_SWITCH, NumberState
from ringfence.telephony.search import (
    COUNTED_UP_TO,
    Offer,
    SearchPage,
    Suggestion,
    overview,
    search,
    suggestions,
)
from ringfence.telephony.search_rules import Criteria, PriceRank, Sort

__all__ = [
    "COUNTED_UP_TO",
    "Criteria",
    "Offer",
    "PriceRank",
    "SearchPage",
    "Sort",
    "Suggestion",
    "overview",
    "search",
    "suggestions",
]

log = structlog.get_logger(__name__)

UNREADABLE = (SealBroken, KeyLost, ValueError)
"""What may be wrong with one route: what was sealed does not open, or what opens cannot be written for the switch."""


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """A number as its holder sees it."""

    id: UUID
    public_id: str
    e164: str
    country: str
    area: str
    state: NumberState
    since: datetime
    destination: Sealed | None
    is_published: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the holder of the number sees it; the two numbers open when shown."""

    public_id: str
    started_at: datetime
    caller: Sealed | None
    called: Sealed
    outcome: str
    seconds: int | None


def offer(number: str | UUID) -> Offer | None:
    """Return a number by its public id or its key, whatever its state; None when there is none."""
    try:
        key = number if isinstance(number, UUID) else parse(number, "num")
    except NotAPublicId:
        return None
    row = Number.objects.filter(pk=key).first()
    if row is None:
        return None
    return Offer(
        row.id,
        row.public_id,
        row.e164,
        row.country,
        row.area,
        row.type,
        tuple(row.capabilities),
        tuple(row.documents),
        row.unused_since,
        NumberState(row.state),
    )


def numbers_of(subject: UUID) -> list[HeldNumber]:
    """Return a customer's numbers, the newest first."""
    mine = Number.objects.filter(holder=subject, state__in=[NumberState.IN_SERVICE, NumberState.SUSPENDED])
    rings = {row.number_id: row.sip_uri for row in Destination.objects.filter(subject=subject)}
    return [
        HeldNumber(
            number.id,
            number.public_id,
            number.e164,
            number.country,
            number.area,
            NumberState(number.state),
            number.state_since,
            rings.get(number.id),
            number.route_version == number.published_version,
        )
        for number in mine.order_by("-state_since", "id")
    ]


def number_of(subject: UUID, number: str) -> HeldNumber | None:
    """Return one of a customer's numbers by its public id; None when it is not theirs."""
    return next((held for held in numbers_of(subject) if held.public_id == number), None)


def calls_of(subject: UUID, limit: int = 50, before: datetime | None = None) -> list[Call]:
    """Return a customer's calls, the newest first."""
    rows = CallRecord.objects.filter(subject=subject)
    if before:
        rows = rows.filter(started_at__lt=before)
    keyring.prefetch([subject], RetentionClass.TRAFFIC)
    return [
        Call(
            public_id("call", row.id),
            row.started_at,
            row.caller,
            row.called,
            row.outcome,
            int((row.ended_at - row.answered_at).total_seconds())
            if row.ended_at and row.answered_at
            else None,
        )
        for row in rows.order_by("-started_at", "id")[:limit]
    ]


def calls_per_day(subject: UUID, since: datetime) -> dict[str, int]:
    """Return how many calls a customer had on each day (UTC, ISO date) since a moment; days without are absent."""
    rows = CallRecord.objects.filter(subject=subject, started_at__gte=since)
    counted = rows.values(day=F("started_at__date")).annotate(count=Count("id")).order_by("day")
    return {row["day"].isoformat(): row["count"] for row in counted}


def unpublished(limit: int = 1000) -> list[UUID]:
    """Return the numbers whose route the switch has not been told yet."""
    behind = Number.objects.exclude(route_version=F("published_version"))
    return list(behind.order_by("id").values_list("id", flat=True)[:limit])


def route_of(number: UUID) -> tuple[Route | None, str, int]:
    """Return what the switch should hold for a number (None: nothing), its digits, and the version of that.

    Raises one of UNREADABLE when that cannot be told.
    """
    row = Number.objects.get(pk=number)
    return _route(row, Destination.objects.filter(number=row).first()), row.e164, row.route_version


def route_version(number: UUID) -> int:
    """Return the version of a number's route as it is now."""
    return int(Number.objects.values_list("route_version", flat=True).get(pk=number))


def on_the_switch(e164s: Iterable[str]) -> list[UUID]:
    """Return those of some numbers that the switch should hold now."""
    found = Number.objects.filter(e164__in=list(e164s), state__in=list(AT_THE_SWITCH)).order_by("id")
    return list(found.values_list("id", flat=True))


def _route(row: Number, ring: Destination | None) -> Route | None:
    state = AT_THE_SWITCH.get(NumberState(row.state))
    if state is None:
        return None
    plans = single(str(ring.sip_uri.open()), ring.ring_seconds) if ring else ()
    route = Route(row.e164, state, plans, row.route_version)
    encode(route)
    return route


def routes(chunk: int = 1000, unreadable: set[str] | None = None) -> Iterator[list[Route]]:
    """Yield every route the switch should hold, in chunks, for a full publication or a comparison.

    A route whose destination cannot be opened is logged and left out; its digits are added to `unreadable`.
    """
    rows = Number.objects.filter(state__in=list(AT_THE_SWITCH)).order_by("id")
    last: UUID | None = None
    while True:
        page = list((rows.filter(pk__gt=last) if last else rows)[:chunk])
        if not page:
            return
        last = page[-1].pk
        rings = {r.number_id: r for r in Destination.objects.filter(number__in=page)}
        keyring.prefetch({r.subject for r in rings.values()}, RetentionClass.ACCOUNT)
        found = []
        for row in page:
            try:
                route = _route(row, rings.get(row.pk))
            except UNREADABLE as trouble:
                log.exception("route.unreadable", number=row.public_id, trouble=type(trouble).__name__)
                if unreadable is not None:
                    unreadable.add(row.e164)
            else:
                found += [route] if route else []
        yield found
