"""Pure decisions of text messages: what is taken in, how long it is kept, and how it is sent on."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

KEPT_DAYS: Final = 30
"""How long a message is kept (class `messages`, clause 2.8)."""
KEPT: Final = timedelta(days=KEPT_DAYS)


class Taken(StrEnum):
    """What became of something a carrier brought."""

    STORED = "stored"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    """Not a number of ours."""
    NOBODY = "nobody"
    """A number nobody holds now: in stock, held for an order, or at rest."""
    SUSPENDED = "suspended"
    BEFORE = "before"
    """Sent before its present holder had the number."""
    TOO_OLD = "too_old"
    """Sent longer ago than messages are kept."""
    FORGED = "forged"
    """Not proven to be from the carrier."""
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


class Way(StrEnum):
    """How a message is sent on."""

    LETTER = "letter"
    WEBHOOK = "webhook"


class DeliveryState(StrEnum):
    """How far a message is on its way."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class DeliveryEvent(StrEnum):
    """What happens to a message on its way."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    GIVE_UP = "give_up"
    CANCEL = "cancel"
    SEND_AGAIN = "send_again"


DELIVERY_MOVES: Final[Mapping[tuple[DeliveryState, DeliveryEvent], DeliveryState]] = MappingProxyType(
    {
        (DeliveryState.WAITING, DeliveryEvent.TAKEN): DeliveryState.DELIVERED,
        (DeliveryState.WAITING, DeliveryEvent.NOT_TAKEN): DeliveryState.WAITING,
        (DeliveryState.WAITING, DeliveryEvent.GIVE_UP): DeliveryState.GIVEN_UP,
        (DeliveryState.WAITING, DeliveryEvent.CANCEL): DeliveryState.CANCELLED,
        (DeliveryState.DELIVERED, DeliveryEvent.SEND_AGAIN): DeliveryState.WAITING,
        (DeliveryState.GIVEN_UP, DeliveryEvent.SEND_AGAIN): DeliveryState.WAITING,
        (DeliveryState.CANCELLED, DeliveryEvent.SEND_AGAIN): DeliveryState.WAITING,
    }
)
"""Every move of a message on its way. What was deleted is not on any way, so nothing is left to move."""
