"""What every change of a route stands on: whose number it is, what it was before, and the guard of forwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.secrets import digest_of_token, new_token
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony import forwarding
from ringfence.telephony.actions.ownership import owned
from ringfence.telephony.assembling import UNREADABLE, in_force
from ringfence.telephony.forwarding import WhyNot
from ringfence.telephony.models import ForwardCountry, Number, NumberRouting, Phone, RouteStep
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import LEAST_RING, LINK_FOR, MOST_RING, PlanName, cooling_off
from ringfence.telephony.targets import read_phone_number, read_sip_address

REFUSED = {
    WhyNot.NO_TRUNK: gettext_noop(
        "Calls cannot be forwarded to phone numbers here: no carrier is set up that would take them out."
    ),
    WhyNot.COUNTRY_CLOSED: gettext_noop(
        "Calls are not forwarded to that country. Give a number of another one."
    ),
    WhyNot.COUNTRY_OFF: gettext_noop(
        "Forwarding to that country is switched off, as every country is at first. Allow it, then add the step again."
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer wants a step to be: its kind, what they typed, the phone they chose, how long it rings."""

    kind: StepKind
    target: str = ""
    phone: UUID | None = None
    ring_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A wanted step, checked: `target` is as it is kept, None for a phone and for mail."""

    kind: StepKind
    target: str | None
    phone: Phone | None
    ring_seconds: int


def mine(number: UUID, by: Actor) -> tuple[Number, UUID]:
    """Return the number, locked, and its holder, who must be the one who asks. Raises Refusal."""
    return owned(
        number,
        by,
        not_now=gettext_noop("This number is not in service, so where it rings cannot be changed now."),
    )


def check(wanted: Wanted, number: Number, holder: UUID) -> Checked:
    """Return a wanted step as it is kept. Raises Refusal with what is wrong with it."""
    kind = wanted.kind
    if kind is StepKind.MAIL:
        return Checked(kind, None, None, 0)
    if not LEAST_RING <= wanted.ring_seconds <= MOST_RING:
        raise Refusal(
            "step.ring_seconds",
            gettext_noop("It can ring for %(least)s to %(most)s seconds."),
            least=LEAST_RING,
            most=MOST_RING,
        )
    if kind is StepKind.PHONE:
        phone = Phone.objects.filter(pk=wanted.phone, subject=holder).first() if wanted.phone else None
        if phone is None:
            raise Refusal("step.phone", gettext_noop("Choose one of your phones, or add one first."))
        return Checked(kind, None, phone, wanted.ring_seconds)
    if kind is StepKind.SIP:
        return Checked(kind, read_sip_address(wanted.target), None, wanted.ring_seconds)
    return Checked(kind, _may_forward(wanted.target, number, holder), None, wanted.ring_seconds)


def _may_forward(text: str, number: Number, holder: UUID) -> str:
    if not forwarding.is_possible():
        raise Refusal("forward.no_trunk", REFUSED[WhyNot.NO_TRUNK])
    e164 = read_phone_number(text, number.country)
    if e164 == number.e164:
        raise Refusal(
            "forward.itself",
            gettext_noop("That is this number itself, so the call would go round in a circle."),
        )
    if Number.objects.filter(e164=e164).exists():
        raise Refusal(
            "forward.house",
            gettext_noop(
                "That is a number of this shop, so the call could go round in a circle. Let this number ring where"
                " that one does instead."
            ),
        )
    objection = forwarding.why_not(e164, allowed_countries(holder))
    if objection:
        raise Refusal(f"forward.{objection}", REFUSED[objection])
    return e164


def allowed_countries(holder: UUID) -> frozenset[str]:
    """Return the countries a customer has allowed calls to be forwarded to."""
    return frozenset(ForwardCountry.objects.filter(subject=holder).values_list("country", flat=True))


def rung_already(holder: UUID) -> frozenset[str]:
    """Return the numbers to which calls of a customer are forwarded now: those need not cool off again.

    Those whose letter may still take them back are not among them. Otherwise a second step to the same number, which
    would have no letter of its own, could outlive the first when its link is used.
    """
    steps = RouteStep.objects.filter(subject=holder, number__holder=holder)
    numbers: dict[UUID, list[RouteStep]] = {}
    for step in steps:
        numbers.setdefault(step.number_id, []).append(step)
    rings = [
        step
        for chain in numbers.values()
        for step in in_force(chain)
        if step.kind == StepKind.FORWARD and step.undo_digest is None
    ]
    return frozenset(str(step.target.open()) for step in rings)


def fill(row: RouteStep, checked: Checked, at: datetime) -> None:
    """Write a checked step into a row that is in force from now on."""
    row.kind, row.target, row.phone, row.ring_seconds = (
        checked.kind,
        checked.target,
        checked.phone,
        checked.ring_seconds,
    )
    row.effective_at = row.changed_at = at
    row.waits, row.undo_digest, row.undo_until = False, None, None


def let_wait(row: RouteStep, number: Number, by: Actor, at: datetime) -> None:
    """Have a filled forward cool off, and tell its customer by letter, whose link undoes it without signing in."""
    token = new_token()
    row.effective_at = at + cooling_off()
    row.waits = row.effective_at > at
    row.undo_digest, row.undo_until = digest_of_token(token), row.effective_at + LINK_FOR
    queue_letter(
        kind="forward-waits",
        person=row.subject,
        facts={
            "number": number.e164,
            "target": str(row.target.open()),
            "effective": row.effective_at.isoformat(),
            "until": row.undo_until.isoformat(),
            "token": token,
        },
        by=by,
        at=at,
    )


def chain(number: Number, plan: PlanName | None = None) -> list[RouteStep]:
    """Return the steps of a number as they are edited, in order: the newest of each, whether it waits or not."""
    rows = list(
        RouteStep.objects.select_for_update().filter(number=number).order_by("plan", "position", "id")
    )
    replaced = {row.replaces_id for row in rows}
    return [row for row in rows if row.pk not in replaced and plan in {None, row.plan}]


def line_of(step: RouteStep) -> list[RouteStep]:
    """Return what a step is to replace, and what that was to replace, the nearest first."""
    found = []
    before = step.replaces
    while before is not None:
        found.append(before)
        before = before.replaces
    return found


def last_place(number: Number, plan: PlanName) -> int:
    """Return the place behind the last step of a plan; mail, which ends a chain, stays behind it."""
    steps = RouteStep.objects.filter(number=number, plan=plan)
    last = steps.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def routing_of(number: Number, holder: UUID, at: datetime) -> NumberRouting:
    """Return the settings of a number, new ones where there are none; saved by the caller."""
    found = NumberRouting.objects.select_for_update().filter(number=number).first()
    return found or NumberRouting(number=number, subject=holder, changed_at=at)


def note_before(number: Number, holder: UUID, at: datetime) -> NumberRouting:
    """Keep how a number stands, so that the change about to be made can be undone; return its settings, saved."""
    routing = routing_of(number, holder, at)
    try:
        routing.before = snapshot(number, routing)
    except UNREADABLE:
        # What cannot be read any more can be replaced, and not be brought back.
        routing.before = None
    routing.changed_at = at
    routing.save()
    return routing


def snapshot(number: Number, routing: NumberRouting) -> dict[str, Any]:
    """Return how a number stands. Forwards that wait are named and no more: undoing brings none back."""
    rows = list(RouteStep.objects.filter(number=number))
    return {
        "steps": [
            {
                "id": str(row.pk),
                "plan": row.plan,
                "position": row.position,
                "kind": row.kind,
                "target": row.target.open() if row.target is not None else None,
                "phone": str(row.phone_id) if row.phone_id else None,
                "ring_seconds": row.ring_seconds,
            }
            for row in in_force(rows)
        ],
        "waiting": [str(row.pk) for row in rows if row.waits],
        "stop_when_busy": routing.stop_when_busy,
        "calls_at_once": routing.calls_at_once,
        "hours": routing.hours.open() if routing.hours is not None else None,
    }
