"""The steps of a number: added, changed, moved, removed, and the last change undone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony.actions.route_ground import (
    Checked,
    Wanted,
    chain,
    check,
    fill,
    last_place,
    let_wait,
    line_of,
    mine,
    note_before,
    routing_of,
    rung_already,
)
from ringfence.telephony.actions.routes import route_changed
from ringfence.telephony.models import Number, NumberRouting, RouteStep
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import MOST_STEPS, UNDO_FOR, PlanName, step_gone
from ringfence.telephony.timetable import start_of_day


def _step(step: UUID, by: Actor) -> tuple[RouteStep, Number, UUID]:
    """Return a step, locked, with its number and holder, who must be the one who asks.

    Only the newest of its place: what another is to replace, or has replaced, is not changed any more.
    """
    number = RouteStep.objects.filter(pk=step).values_list("number", flat=True).first()
    if number is None:
        raise step_gone()
    row, holder = mine(number, by)
    found = RouteStep.objects.select_for_update().filter(pk=step, number=row).first()
    if found is None or RouteStep.objects.filter(replaces=found).exists():
        raise step_gone()
    return found, row, holder


@action("route.add_step")
def add_step(
    *, number: UUID, plan: PlanName, wanted: Wanted, by: Actor, at: datetime, is_first: bool = False
) -> bool:
    """Add a step behind the others, or before them; return whether it rings at once and need not cool off.

    Raises Refusal with what is wrong with it.
    """
    row, holder = mine(number, by)
    steps = chain(row, plan)
    if len(steps) >= MOST_STEPS:
        raise Refusal(
            "step.too_many",
            gettext_noop("There are %(most)s steps, which is the most. Remove one first."),
            most=MOST_STEPS,
        )
    checked = check(wanted, row, holder)
    if checked.kind is StepKind.MAIL and any(step.kind == StepKind.MAIL for step in steps):
        raise Refusal(
            "step.second_mail", gettext_noop("There is a letter at the end already; one is enough.")
        )
    note_before(row, holder, at)
    made = RouteStep(number=row, subject=holder, plan=plan, position=last_place(row, plan))
    fill(made, checked, at)
    if _cools_off(checked, holder):
        let_wait(made, row, by, at)
    made.save(force_insert=True)
    _number_anew([made, *steps] if is_first else [*steps, made])
    if not made.waits:
        route_changed(number=row.pk)
    about(holder, number=row.public_id, step=made.public_id, kind=checked.kind.value, waits=made.waits)
    return not made.waits


@action("route.change_step")
def change_step(*, step: UUID, wanted: Wanted, by: Actor, at: datetime) -> bool:
    """Let a step ring something else, or longer; return whether it does at once and need not cool off.

    While a new number to forward to cools off, what rang before goes on ringing. Raises Refusal.
    """
    row, number, holder = _step(step, by)
    checked = check(wanted, number, holder)
    if checked.kind is StepKind.MAIL and any(
        one.kind == StepKind.MAIL for one in chain(number, PlanName(row.plan)) if one.pk != row.pk
    ):
        raise Refusal(
            "step.second_mail", gettext_noop("There is a letter at the end already; one is enough.")
        )
    note_before(number, holder, at)
    is_same_target = (row.kind, _opened(row), row.phone_id) == (
        checked.kind,
        checked.target,
        checked.phone.pk if checked.phone else None,
    )
    if is_same_target:
        row.ring_seconds, row.changed_at = checked.ring_seconds, at
        row.save(update_fields=["ring_seconds", "changed_at"])
    else:
        row = _replace(row, checked, number, by=by, at=at)
    _number_anew(chain(number, PlanName(row.plan)))
    route_changed(number=number.pk)
    about(holder, number=number.public_id, step=row.public_id, kind=checked.kind.value, waits=row.waits)
    return not row.waits


def _replace(row: RouteStep, checked: Checked, number: Number, *, by: Actor, at: datetime) -> RouteStep:
    """Write something else into a step; a forward that cools off stands beside what rings until then."""
    if not _cools_off(checked, row.subject):
        _forget_line(row)
        fill(row, checked, at)
        row.save()
        return row
    rings, place = (row.replaces if row.waits else row), row.position
    if row.waits:
        row.delete()
    made = RouteStep(number=number, subject=row.subject, plan=row.plan, position=place, replaces=rings)
    fill(made, checked, at)
    let_wait(made, number, by, at)
    made.save(force_insert=True)
    return made


def _forget_line(row: RouteStep) -> None:
    """Let go of everything that a step was to replace."""
    RouteStep.objects.filter(pk__in=[before.pk for before in line_of(row)]).delete()
    row.replaces = None


def _cools_off(checked: Checked, holder: UUID) -> bool:
    return checked.kind is StepKind.FORWARD and checked.target not in rung_already(holder)


def _opened(row: RouteStep) -> str | None:
    return str(row.target.open()) if row.target is not None else None


@action("route.remove_step")
def remove_step(*, step: UUID, by: Actor, at: datetime) -> None:
    """Take a step out, and what it was to replace. Raises Refusal `step.gone`."""
    row, number, holder = _step(step, by)
    note_before(number, holder, at)
    name, plan = row.public_id, PlanName(row.plan)
    _forget_line(row)
    row.delete()
    _number_anew(chain(number, plan))
    route_changed(number=number.pk)
    about(holder, number=number.public_id, step=name)


@action("route.move_step")
def move_step(*, step: UUID, up: bool, by: Actor, at: datetime) -> None:
    """Let a step ring earlier by one, or later. Mail stays last; a step at the end stays where it is."""
    row, number, holder = _step(step, by)
    steps = chain(number, PlanName(row.plan))
    place = next((place for place, one in enumerate(steps) if one.pk == row.pk), None)
    other = None if place is None else place + (-1 if up else 1)
    if place is None or other is None or not 0 <= other < len(steps):
        nothing_happened()
        return
    if StepKind.MAIL in {steps[place].kind, steps[other].kind}:
        nothing_happened()
        return
    note_before(number, holder, at)
    steps[place], steps[other] = steps[other], steps[place]
    _number_anew(steps)
    route_changed(number=number.pk)
    about(holder, number=number.public_id, step=row.public_id)


def _number_anew(steps: list[RouteStep]) -> None:
    """Give steps their places in this order, mail last; what one is to replace has the same place."""
    ordered = sorted(steps, key=lambda step: step.kind == StepKind.MAIL)
    for place, step in enumerate(ordered):
        RouteStep.objects.filter(pk__in=[step.pk, *(one.pk for one in line_of(step))]).update(position=place)


@action("route.undo")
def undo(*, number: UUID, by: Actor, at: datetime) -> None:
    """Put a number back to how it stood before the last change. A forward that rang then, and not now, cools off anew.

    Raises Refusal when there is nothing to undo.
    """
    row, holder = mine(number, by)
    routing = routing_of(row, holder, at)
    before = _before(routing, at)
    known = rung_already(holder)
    wanted = {UUID(kept["id"]): kept for kept in before["steps"]}
    waiting = {UUID(one) for one in before["waiting"]}
    there = {step.pk: step for step in RouteStep.objects.select_for_update().filter(number=row)}
    stays = wanted.keys() | waiting
    stays |= {one.pk for key, step in there.items() if key in stays for one in line_of(step)}
    for key in there.keys() - stays:
        there[key].delete()
    for key, kept in wanted.items():
        step = there.get(key) or RouteStep(pk=key, number=row, subject=holder)
        same = key in there and (_opened(step), str(step.phone_id or "")) == (
            kept["target"],
            kept["phone"] or "",
        )
        step.plan, step.position = kept["plan"], kept["position"]
        if same:
            step.ring_seconds = kept["ring_seconds"]
        else:
            fill(step, _as_before(kept, row, holder), at)
            if kept["kind"] == StepKind.FORWARD and kept["target"] not in known:
                let_wait(step, row, by, at)
        step.save()
    routing.stop_when_busy, routing.calls_at_once = before["stop_when_busy"], before["calls_at_once"]
    routing.hours, routing.before = before["hours"], None
    routing.computed_from = start_of_day(at) if before["hours"] else None
    routing.save()
    route_changed(number=row.pk)
    about(holder, number=row.public_id)


def _before(routing: NumberRouting, at: datetime) -> dict[str, Any]:
    """Return how a number stood before its last change. Raises Refusal when that cannot be brought back any more."""
    before: dict[str, Any] | None = routing.before.open() if routing.before is not None else None
    if not before:
        raise Refusal("route.nothing_to_undo", gettext_noop("There is nothing left to undo."))
    if at - routing.changed_at > UNDO_FOR:
        raise Refusal(
            "route.too_late_to_undo",
            gettext_noop(
                "A change can be undone for an hour, and that is over. Change the steps to what they were."
            ),
        )
    return before


def _as_before(kept: dict[str, object], number: Number, holder: UUID) -> Checked:
    """Return a step as it was, checked against what is allowed now."""
    phone = UUID(str(kept["phone"])) if kept["phone"] else None
    return check(
        Wanted(StepKind(str(kept["kind"])), str(kept["target"] or ""), phone, int(str(kept["ring_seconds"]))),
        number,
        holder,
    )
