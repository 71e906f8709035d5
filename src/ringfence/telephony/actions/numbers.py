"""The life of a number: into stock, held, in service, at rest, free again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony.actions.routes import route_changed, routes_changed
from ringfence.telephony.models import MessageForwarding, Number, NumberRouting, RouteStep, Tenure
from ringfence.telephony.rules import NumberEvent, NumberState, move, quarantine

_LIFE: Final = ("state", "state_since", "held_until", "rests_until", "holder", "suspended_for")
"""The columns that every move of a number writes."""


def _locked(number: UUID) -> Number:
    return Number.objects.select_for_update().get(pk=number)


def _move(row: Number, event: NumberEvent, at: datetime) -> None:
    row.state, row.state_since = move(NumberState(row.state), event), at
    row.held_until = row.rests_until = None
    if row.state != NumberState.SUSPENDED:
        row.suspended_for = []


@action("number.hold")
def hold(*, number: UUID, subject: UUID | None, until: datetime, by: Actor, at: datetime) -> None:
    """Keep a free number for somebody until a moment; a hold that ended counts as free.

    Raises Refusal `number.taken` when somebody else was faster.
    """
    row = Number.objects.select_for_update().filter(pk=number).first()
    if row and row.state == NumberState.HELD and row.held_until and row.held_until <= at:
        _move(row, NumberEvent.RELEASE, at)
    if row is None or row.state != NumberState.AVAILABLE:
        raise Refusal(
            "number.taken",
            gettext_noop(
                "Somebody else has just taken this number. Choose another one; nothing was charged."
            ),
        )
    _move(row, NumberEvent.HOLD, at)
    row.held_until, row.holder = until, subject
    row.save(update_fields=_LIFE)
    about(*([subject] if subject else []), number=row.public_id)


@action("number.release")
def release(*, number: UUID, by: Actor, at: datetime) -> None:
    """Let go of a hold. A number that is not held stays as it is."""
    row = _locked(number)
    if row.state != NumberState.HELD:
        nothing_happened()
        return
    _move(row, NumberEvent.RELEASE, at)
    row.holder = None
    row.save(update_fields=_LIFE)
    about(number=row.public_id)


@action("number.keep")
def keep(*, number: UUID, subject: UUID, until: datetime, by: Actor, at: datetime) -> None:
    """Hold a number longer, never shorter, for whom it is held.

    It leaves no ledger line of its own: what the number is kept for does. Raises Refusal `number.taken`
    when it is not held for them.
    """
    nothing_happened()
    held = Number.objects.filter(pk=number, state=NumberState.HELD, holder=subject)
    if not held.update(held_until=Greatest(F("held_until"), until)):
        raise Refusal("number.taken", gettext_noop("This number is no longer free."))


@action("number.put_into_service")
def put_into_service(*, number: UUID, subject: UUID, by: Actor, at: datetime) -> None:
    """Give a number to its customer. Raises Refusal `number.taken` when it belongs to, or is held for, another."""
    row = _locked(number)
    if row.state == NumberState.IN_SERVICE and row.holder == subject:
        nothing_happened()
        return
    held_for_another = row.state == NumberState.HELD and row.holder != subject and (row.held_until or at) > at
    if held_for_another or row.state not in {NumberState.AVAILABLE, NumberState.HELD}:
        raise Refusal("number.taken", gettext_noop("This number is no longer free."))
    _move(row, NumberEvent.PUT_INTO_SERVICE, at)
    row.holder = subject
    row.save(update_fields=_LIFE)
    Tenure.objects.create(number=row.pk, subject=subject, began_at=at)
    route_changed(number=row.pk)
    about(subject, number=row.public_id)


@action("number.suspend")
def suspend(*, number: UUID, reason: str, by: Actor, at: datetime) -> None:
    """Refuse calls and messages to a number (clause 5.4). `reason` is a short code, not a text about a person.

    One that is suspended already is so for this reason too: it rings again when both are gone. A repeat does nothing.
    """
    row = _locked(number)
    if reason in row.suspended_for:
        nothing_happened()
        return
    if row.state != NumberState.SUSPENDED:
        _move(row, NumberEvent.SUSPEND, at)
        route_changed(number=row.pk)
    row.suspended_for = [*row.suspended_for, reason]
    row.save(update_fields=_LIFE)
    about(*([row.holder] if row.holder else []), number=row.public_id, reason=reason)


@action("number.resume")
def resume(*, number: UUID, reason: str, by: Actor, at: datetime, lifts: str = "") -> bool:
    """Let a suspended number ring again, whatever it is suspended for; return whether it rings now.

    With `lifts` only that reason is taken away: it stays suspended for any other, and a number that rings rings.
    `reason` is the short code of why it rings again.
    """
    row = _locked(number)
    left = [one for one in row.suspended_for if one != lifts] if lifts else []
    if lifts and (left or row.state != NumberState.SUSPENDED):
        nothing_happened()
        if lifts in row.suspended_for:
            _end_suspension_for(number=number, reason=lifts, by=by, at=at)
        return row.state == NumberState.IN_SERVICE
    _move(row, NumberEvent.RESUME, at)
    row.save(update_fields=_LIFE)
    route_changed(number=row.pk)
    about(*([row.holder] if row.holder else []), number=row.public_id, reason=reason)
    return True


@action("number.end_suspension_for")
def _end_suspension_for(*, number: UUID, reason: str, by: Actor, at: datetime) -> None:
    """Take away one reason of several for which a number is suspended."""
    row = _locked(number)
    row.suspended_for = [one for one in row.suspended_for if one != reason]
    row.save(update_fields=["suspended_for"])
    about(*([row.holder] if row.holder else []), number=row.public_id, reason=reason)


@action("number.rest")
def rest(*, number: UUID, by: Actor, at: datetime) -> None:
    """Take a number from its customer and let it rest; calls get 410 at once. A resting number stays as it is."""
    row = _locked(number)
    if row.state == NumberState.QUARANTINE:
        nothing_happened()
        return
    subject = row.holder
    _move(row, NumberEvent.REST, at)
    row.holder, row.rests_until = None, at + quarantine()
    row.unused_since = at
    row.save(update_fields=[*_LIFE, "unused_since"])
    RouteStep.objects.filter(number=row).delete()
    NumberRouting.objects.filter(number=row).delete()
    Tenure.objects.filter(number=row.pk, ended_at=None).update(ended_at=at)
    MessageForwarding.objects.filter(number=row).delete()
    route_changed(number=row.pk)
    about(*([subject] if subject else []), number=row.public_id)


@action("number.retire_from_stock")
def retire_from_stock(*, number: UUID, by: Actor, at: datetime) -> None:
    """Take a number nobody has out of what is sold: handed back to its carrier, or spoilt."""
    row = _locked(number)
    was_at_rest = row.state == NumberState.QUARANTINE
    _move(row, NumberEvent.RETIRE, at)
    row.save(update_fields=_LIFE)
    if was_at_rest:
        route_changed(number=row.pk)
    about(number=row.public_id)


@action("number.return_to_stock")
def return_to_stock(*, number: UUID, by: Actor, at: datetime) -> None:
    """Offer a retired number again; one whose last customer left too short a while ago rests on first."""
    row = _locked(number)
    rested = row.unused_since + quarantine() if row.unused_since else at
    _move(row, NumberEvent.REST if rested > at else NumberEvent.RETURN, at)
    if rested > at:
        row.rests_until = rested
        route_changed(number=row.pk)
    row.save(update_fields=_LIFE)
    about(number=row.public_id)


@action("number.end_rests")
def end_rests(*, by: Actor, at: datetime, limit: int = 1000) -> int:
    """Put numbers whose rest is over back into stock; return how many."""
    rested = Number.objects.filter(state=NumberState.QUARANTINE, rests_until__lte=at).order_by(
        "rests_until", "id"
    )
    ids = list(rested.select_for_update(skip_locked=True).values_list("id", flat=True)[:limit])
    if not ids:
        nothing_happened()
        return 0
    Number.objects.filter(pk__in=ids).update(
        state=move(NumberState.QUARANTINE, NumberEvent.REST_ENDS),
        state_since=at,
        rests_until=None,
    )
    routes_changed(numbers=ids)
    about(count=len(ids))
    return len(ids)


@action("number.end_holds")
def end_holds(*, by: Actor, at: datetime, limit: int = 1000) -> int:
    """Let go of holds that ended and that no order let go of; return how many."""
    ended = Number.objects.filter(state=NumberState.HELD, held_until__lte=at).order_by("held_until", "id")
    ids = list(ended.select_for_update(skip_locked=True).values_list("id", flat=True)[:limit])
    if not ids:
        nothing_happened()
        return 0
    Number.objects.filter(pk__in=ids).update(
        state=move(NumberState.HELD, NumberEvent.RELEASE), state_since=at, held_until=None, holder=None
    )
    about(count=len(ids))
    return len(ids)
