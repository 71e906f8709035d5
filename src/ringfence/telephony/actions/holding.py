"""A number kept on for somebody who has paid and does not have it yet."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.telephony.actions import numbers
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState


@action("number.hold_on")
def hold_on(*, number: UUID, subject: UUID, until: datetime, by: Actor, at: datetime) -> None:
    """Keep a number for its customer longer; one they lost meanwhile is taken again when it is free.

    Raises Refusal `number.taken`.
    """
    row = Number.objects.select_for_update().filter(pk=number).first()
    if row is None or row.state != NumberState.HELD or row.holder != subject:
        nothing_happened()
        numbers.hold(number=number, subject=subject, until=until, by=by, at=at)
        return
    row.held_until = max(until, row.held_until or until)
    row.save(update_fields=["held_until"])
    about(subject, number=row.public_id)


@action("number.let_go")
def let_go(*, number: UUID, subject: UUID, by: Actor, at: datetime) -> None:
    """Let go of a number that is kept for somebody; one that is not kept for them stays as it is."""
    nothing_happened()
    row = Number.objects.select_for_update().filter(pk=number).first()
    if row is not None and row.state == NumberState.HELD and row.holder == subject:
        numbers.release(number=number, by=by, at=at)
