"""Whether our letters reach the post, as clause 1.4 wants of written messages in both directions."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.accounts.models.letters import SENT, WAITING, OutgoingLetter
from ringfence.privacy import channels

LATE: Final = timedelta(minutes=30)
"""How long a letter that is due may lie before nobody seems to be sending."""

TRIED: Final = 3
"""Tries after which a letter counts as not taken; one address that takes none is not yet our trouble."""


def letters_go_out(at: datetime) -> bool:
    """Tell whether letters go out: none lies long after it was due, and not all that are tried come back.

    Notices to many wait until nothing else does, and have a promise of their own (2.2).
    """
    waiting = OutgoingLetter.objects.filter(state=WAITING, can_wait=False)
    if waiting.filter(next_at__lt=at - LATE).exists():
        return False
    tried = waiting.filter(attempts__gte=TRIED).order_by("next_at", "pk").first()
    if tried is None:
        return True
    return OutgoingLetter.objects.filter(state=SENT, sent_at__gte=tried.made_at).exists()


def enter() -> None:
    """Enter the way out."""
    channels.enter("letters", letters_go_out)
