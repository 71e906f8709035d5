"""What the account shows of where a number rings, and what would happen if somebody called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.accounts.secrets import digest_of_token
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.telephony import assembling, forwarding
from ringfence.telephony.forwarding import WhyNot
from ringfence.telephony.models import ForwardCountry, Number, NumberRouting, RouteStep
from ringfence.telephony.opening_hours import Hours
from ringfence.telephony.ports import StepKind, SwitchUnavailable, switch
from ringfence.telephony.route_rules import UNDO_FOR, PlanName, step_gone
from ringfence.telephony.timetable import Standing, standing_at


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as its customer sees it. `target` is opened: an address, a number, the name of a phone.

    `until_then` is what rings while this one `waits`; `can_cancel` while its letter's link still undoes it.
    """

    id: UUID
    public_id: str
    plan: PlanName
    kind: StepKind
    target: str
    phone: UUID | None
    username: str
    ring_seconds: int
    effective_at: datetime
    waits: bool
    can_cancel: bool
    why_not: WhyNot | None
    until_then: "StepView | None" = None


@dataclass(frozen=True, slots=True)
class Routing:
    """Everything that is set for a number."""

    open: tuple[StepView, ...]
    closed: tuple[StepView, ...]
    hours: Hours | None
    stop_when_busy: bool
    calls_at_once: int | None
    can_undo: bool
    changed_at: datetime | None

    def plan(self, name: PlanName) -> tuple[StepView, ...]:
        """Return the steps of a plan."""
        return self.open if name is PlanName.OPEN else self.closed


@dataclass(frozen=True, slots=True)
class Tried:
    """A step of a call that was only thought of. `registered` is None when the switch cannot tell."""

    step: StepView
    registered: bool | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would happen to a call at a moment."""

    at: datetime
    standing: Standing | None
    plan: PlanName
    tried: tuple[Tried, ...]
    passed_over: tuple[StepView, ...]
    waiting: tuple[StepView, ...]
    stop_when_busy: bool


@dataclass(frozen=True, slots=True)
class AllowedCountry:
    """A country that a customer may allow, and since when they have; None when they have not."""

    country: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Undoable:
    """What a letter's link undoes: the number, and the phone number it forwards to."""

    e164: str
    target: str
    waits: bool
    effective_at: datetime


def routing_of(subject: UUID, number: UUID, at: datetime) -> Routing:
    """Return what a customer has set for a number."""
    steps, settings = _rows(subject, number)
    views = _views(subject, steps)
    newest = [views[row.pk] for row in assembling.newest(steps)]
    has_before = settings is not None and settings.before is not None
    return Routing(
        tuple(view for view in newest if view.plan is PlanName.OPEN),
        tuple(view for view in newest if view.plan is PlanName.CLOSED),
        assembling.hours_of(settings),
        settings.stop_when_busy if settings else False,
        settings.calls_at_once if settings else None,
        has_before and settings is not None and at - settings.changed_at <= UNDO_FOR,
        settings.changed_at if settings else None,
    )


def step_of(subject: UUID, number: UUID, step: str) -> StepView | None:
    """Return one step of a customer's number by its public id, as it is edited.

    Raises Refusal `step.gone` when it was changed or removed; None for what is no step's name.
    """
    try:
        key = parse(step, "stp")
    except NotAPublicId:
        return None
    steps, _settings = _rows(subject, number)
    if key not in {row.pk for row in assembling.newest(steps)}:
        raise step_gone()
    return _views(subject, steps)[key]


def what_happens(subject: UUID, number: UUID, at: datetime, language: str) -> Trial:
    """Return what would happen if somebody called a number at a moment, by what is set now."""
    steps, settings = _rows(subject, number)
    views = _views(subject, steps)
    hours = assembling.hours_of(settings)
    standing = standing_at(hours, at, language) if hours else None
    plan = PlanName.OPEN if standing is None or standing.is_open else PlanName.CLOSED
    by_then = [row for row in steps if row.effective_at <= at or not row.waits]
    over = {row.replaces_id for row in by_then}
    chain = [views[row.pk] for row in by_then if row.pk not in over and row.plan == plan]
    rung = [view for view in chain if view.why_not is None]
    registered = _registered([view.username for view in rung if view.username])
    return Trial(
        at,
        standing,
        plan,
        tuple(
            Tried(view, None if registered is None or not view.username else view.username in registered)
            for view in rung
        ),
        tuple(view for view in chain if view.why_not is not None),
        tuple(views[row.pk] for row in steps if row.waits and row.effective_at > at and row.plan == plan),
        settings.stop_when_busy if settings else False,
    )


def countries_of(subject: UUID) -> list[AllowedCountry]:
    """Return the countries a customer may allow calls to be forwarded to, and those allowed."""
    since = dict(ForwardCountry.objects.filter(subject=subject).values_list("country", "allowed_at"))
    return [AllowedCountry(country, since.get(country)) for country in forwarding.countries_to_choose()]


def step_of_link(token: str, at: datetime) -> RouteStep | None:
    """Return the step that a letter's link undoes; None when the link is used or too old."""
    return RouteStep.objects.filter(undo_digest=digest_of_token(token), undo_until__gt=at).first()


def undoable(token: str, at: datetime) -> Undoable | None:
    """Return what a letter's link would undo; None when it works no more."""
    row = step_of_link(token, at)
    if row is None:
        return None
    e164 = Number.objects.values_list("e164", flat=True).get(pk=row.number_id)
    return Undoable(e164, str(row.target.open()), row.waits, row.effective_at)


def forwards_due(at: datetime, limit: int = 500) -> list[UUID]:
    """Return the numbers with forwards whose time to cool off is over."""
    due = RouteStep.objects.filter(waits=True, effective_at__lte=at).order_by("effective_at")
    return list(dict.fromkeys(due.values_list("number", flat=True)[:limit]))


def _rows(subject: UUID, number: UUID) -> tuple[list[RouteStep], NumberRouting | None]:
    steps = RouteStep.objects.filter(number=number, subject=subject).select_related("phone")
    return (
        list(steps.order_by("plan", "position", "effective_at", "id")),
        NumberRouting.objects.filter(number=number, subject=subject).first(),
    )


def _views(subject: UUID, steps: Iterable[RouteStep]) -> dict[UUID, StepView]:
    """Return steps as their customer sees them, each with what rings until it does."""
    allowed = frozenset(ForwardCountry.objects.filter(subject=subject).values_list("country", flat=True))
    rows = {row.pk: row for row in steps}
    views: dict[UUID, StepView] = {}

    def view(row: RouteStep) -> StepView:
        if row.pk not in views:
            before = rows.get(row.replaces_id) if row.waits and row.replaces_id else None
            views[row.pk] = _view(row, allowed, view(before) if before else None)
        return views[row.pk]

    for row in rows.values():
        view(row)
    return views


def _view(row: RouteStep, allowed: frozenset[str], until_then: StepView | None) -> StepView:
    kind = StepKind(row.kind)
    shown = row.phone.name if row.phone else row.target
    target = str(shown.open()) if shown is not None else ""
    return StepView(
        row.pk,
        row.public_id,
        PlanName(row.plan),
        kind,
        target,
        row.phone_id,
        row.phone.username if row.phone else "",
        row.ring_seconds,
        row.effective_at,
        row.waits,
        row.undo_digest is not None,
        forwarding.why_not_rung(kind, target, allowed),
        until_then,
    )


def _registered(usernames: list[str]) -> frozenset[str] | None:
    if not usernames:
        return frozenset()
    try:
        return switch().registered(usernames)
    except SwitchUnavailable:
        return None
