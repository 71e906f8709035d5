"""What other rooms and the interfaces may read of telephony."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.sealed import Sealed
from ringfence.telephony import call_log
from ringfence.telephony.assembling import UNREADABLE, newest, route_of, routes
from ringfence.telephony.call_log import Call
from ringfence.telephony.models import Number, NumberRouting, RouteStep, Tenure
from ringfence.telephony.node_queries import numbers_behind
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import PlanName
from ringfence.telephony.rules import NumberState
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
    "UNREADABLE",
    "Criteria",
    "Offer",
    "PriceRank",
    "SearchPage",
    "Sort",
    "Suggestion",
    "overview",
    "route_of",
    "routes",
    "search",
    "suggestions",
]


@dataclass(frozen=True, slots=True)
class HeldStep:
    """A step of a number's chain in short. `target` opens when shown: an address, a number, the name of a phone."""

    kind: StepKind
    target: Sealed | None
    ring_seconds: int
    waits: bool


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
    rings: tuple[HeldStep, ...]
    has_hours: bool
    is_published: bool
    suspended_for: tuple[str, ...]


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
    rows = list(mine.order_by("-state_since", "id"))
    behind = numbers_behind([number.id for number in rows])
    rings: dict[UUID, list[RouteStep]] = defaultdict(list)
    for step in RouteStep.objects.filter(subject=subject, plan=PlanName.OPEN).select_related("phone"):
        rings[step.number_id].append(step)
    with_hours = set(
        NumberRouting.objects.filter(subject=subject, hours__isnull=False).values_list("number", flat=True)
    )
    return [
        HeldNumber(
            number.id,
            number.public_id,
            number.e164,
            number.country,
            number.area,
            NumberState(number.state),
            number.state_since,
            tuple(_held_step(step) for step in newest(rings[number.id])),
            number.id in with_hours,
            number.id not in behind,
            tuple(number.suspended_for),
        )
        for number in rows
    ]


def numbers_had_by(subject: UUID) -> set[UUID]:
    """Return the numbers that are a customer's, or were as long as it is known whose they were."""
    mine = Number.objects.filter(holder=subject).values_list("pk", flat=True)
    return {*mine, *Tenure.objects.filter(subject=subject).values_list("number", flat=True)}


def _held_step(row: RouteStep) -> HeldStep:
    return HeldStep(
        StepKind(row.kind), row.phone.name if row.phone else row.target, row.ring_seconds, row.waits
    )


def number_of(subject: UUID, number: str) -> HeldNumber | None:
    """Return one of a customer's numbers by its public id; None when it is not theirs."""
    return next((held for held in numbers_of(subject) if held.public_id == number), None)


def calls_of(subject: UUID, limit: int = 50) -> list[Call]:
    """Return a customer's calls, the newest first."""
    return call_log.page(subject, limit=limit)


def calls_since(subject: UUID, since: datetime) -> int:
    """Return how many calls a customer has had since a moment."""
    return call_log.count(subject, call_log.Wanted(since=since))
