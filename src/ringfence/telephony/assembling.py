"""From the tables to what the switch is told: the steps in force, the timetable, the limits.

A route follows from the tables alone and not from the clock, so that whoever puts it together again gets the same: what
waits is not in force until an action says so, and a timetable begins with the day it was last counted from.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings

from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.keyring import KeyLost
from ringfence.privacy.sealed import SealBroken
from ringfence.telephony import forwarding, opening_hours, timetable
from ringfence.telephony.account_tokens import account_token
from ringfence.telephony.models import ForwardCountry, Number, NumberRouting, RouteStep
from ringfence.telephony.ports import Plan, Route, RouteState, Step, StepKind
from ringfence.telephony.route_rules import PlanName
from ringfence.telephony.routing import encode
from ringfence.telephony.rules import AT_THE_SWITCH, NumberState

log = structlog.get_logger(__name__)

UNREADABLE: Final = (SealBroken, KeyLost, ValueError)
"""What may be wrong with one route: what was sealed does not open, or what opens cannot be written for the switch."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a number's route is made of."""

    steps: list[RouteStep] = field(default_factory=list)
    routing: NumberRouting | None = None
    countries: frozenset[str] = frozenset()


def in_force(steps: Iterable[RouteStep]) -> list[RouteStep]:
    """Return the steps that ring now, in order: those that do not wait, and those replaced by one that still does."""
    known = list(steps)
    over = {step.replaces_id for step in known if step.replaces_id and not step.waits}
    rings = [step for step in known if not step.waits and step.pk not in over]
    return sorted(rings, key=lambda step: (step.position, step.pk))


def newest(steps: Iterable[RouteStep]) -> list[RouteStep]:
    """Return the steps as they are edited, in order: those that no other is to replace, whether they wait or not."""
    known = list(steps)
    replaced = {step.replaces_id for step in known}
    return sorted(
        (step for step in known if step.pk not in replaced), key=lambda step: (step.position, step.pk)
    )


def route_of(number: UUID) -> tuple[Route | None, str, int]:
    """Return what the switch should hold for a number (None: nothing), its digits, and the version of that.

    Raises one of UNREADABLE when that cannot be told.
    """
    row = Number.objects.get(pk=number)
    return _route(row, _parts([row]).get(row.pk, Parts())), row.e164, row.route_version


def routes(chunk: int = 1000, unreadable: set[str] | None = None) -> Iterator[list[Route]]:
    """Yield every route the switch should hold, in chunks, for a full publication or a comparison.

    A route whose parts cannot be opened is logged and left out; its digits are added to `unreadable`.
    """
    rows = Number.objects.filter(state__in=list(AT_THE_SWITCH)).order_by("id")
    last: UUID | None = None
    while page := list((rows.filter(pk__gt=last) if last else rows)[:chunk]):
        last = page[-1].pk
        yield of_rows(page, unreadable)


def of_rows(rows: Collection[Number], unreadable: set[str] | None = None) -> list[Route]:
    """Return what the switch should hold for numbers; one that should not be there is left out. As for `routes`."""
    parts = _parts(rows)
    found = []
    for row in rows:
        try:
            route = _route(row, parts.get(row.pk, Parts()))
        except UNREADABLE as trouble:
            log.exception("route.unreadable", number=row.public_id, trouble=type(trouble).__name__)
            if unreadable is not None:
                unreadable.add(row.e164)
        else:
            found += [route] if route else []
    return found


def _parts(rows: Collection[Number]) -> dict[UUID, Parts]:
    """Return what the routes of numbers are made of, with as many questions for one as for a thousand."""
    rung = [row.pk for row in rows if row.state == NumberState.IN_SERVICE]
    steps: dict[UUID, list[RouteStep]] = defaultdict(list)
    for step in RouteStep.objects.filter(number__in=rung).select_related("phone"):
        steps[step.number_id].append(step)
    settings_of = {row.number_id: row for row in NumberRouting.objects.filter(number__in=rung)}
    subjects = {row.holder for row in rows if row.holder}
    countries: dict[UUID, set[str]] = defaultdict(set)
    for subject, country in ForwardCountry.objects.filter(subject__in=subjects).values_list(
        "subject", "country"
    ):
        countries[subject].add(country)
    if steps or settings_of:
        keyring.prefetch(subjects, RetentionClass.ACCOUNT)
    return {
        row.pk: Parts(
            steps[row.pk],
            settings_of.get(row.pk),
            frozenset(countries[row.holder]) if row.holder else frozenset(),
        )
        for row in rows
    }


def _route(row: Number, parts: Parts) -> Route | None:
    state = AT_THE_SWITCH.get(NumberState(row.state))
    if state is None:
        return None
    if state is not RouteState.IN_SERVICE or row.holder is None:
        route = Route(row.e164, state, version=row.route_version)
    else:
        route = _in_service(row, row.holder, parts)
    encode(route)
    return route


def _in_service(row: Number, holder: UUID, parts: Parts) -> Route:
    chains = {plan: _plan(parts, plan) for plan in PlanName}
    hours = hours_of(parts.routing)
    since = parts.routing.computed_from if parts.routing else None
    most = settings.NUMBER_CALLS_AT_ONCE
    chosen = parts.routing.calls_at_once if parts.routing else None
    return Route(
        row.e164,
        RouteState.IN_SERVICE,
        plans=(chains[PlanName.OPEN], chains[PlanName.CLOSED]) if hours else (chains[PlanName.OPEN],),
        version=row.route_version,
        timetable=timetable.switchovers(hours, since) if hours and since else (),
        account=account_token(holder),
        calls_at_once=min(chosen or most, most),
        account_calls_at_once=settings.ACCOUNT_CALLS_AT_ONCE,
        stop_when_busy=parts.routing.stop_when_busy if parts.routing else False,
        forwards_per_minute=settings.FORWARDS_PER_MINUTE,
        forward_seconds_per_day=settings.FORWARD_SECONDS_PER_DAY,
    )


def hours_of(routing: NumberRouting | None) -> opening_hours.Hours | None:
    """Return the opening hours of a number, opened; None where it rings at all times."""
    kept = routing.hours.open() if routing is not None and routing.hours is not None else None
    return opening_hours.from_stored(kept) if kept else None


def _plan(parts: Parts, plan: PlanName) -> Plan:
    made = (_step(step, parts.countries) for step in in_force(parts.steps) if step.plan == plan)
    return Plan(tuple(step for step in made if step))


def _step(row: RouteStep, countries: frozenset[str]) -> Step | None:
    """Return a step as the switch takes it; None for one that is not allowed, or not any more."""
    kind = StepKind(row.kind)
    if kind is StepKind.MAIL:
        return Step(kind, "", 0)
    if kind is StepKind.PHONE:
        return Step(kind, row.phone.username, row.ring_seconds) if row.phone else None
    target = str(row.target.open())
    if forwarding.why_not_rung(kind, target, countries):
        return None
    return Step(kind, target, row.ring_seconds)
