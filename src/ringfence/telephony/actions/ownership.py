"""Whose a number is, asked before anything of it is changed."""

from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState


def owned(number: UUID, by: Actor, *, not_now: str) -> tuple[Number, UUID]:
    """Return the number, locked, and its holder, who must be the one who asks.

    Raises Refusal `number.not_yours`, or `number.not_in_service` with the sentence `not_now` (a message id).
    """
    row = Number.objects.select_for_update().filter(pk=number).first()
    if row is None or row.holder is None or row.holder != by.person:
        raise Refusal("number.not_yours", gettext_noop("This number is not yours, or not any more."))
    if row.state != NumberState.IN_SERVICE:
        raise Refusal("number.not_in_service", not_now)
    return row, row.holder
