"""Pure decisions of text messages: what is taken in, how long it is kept, and how it is sent on."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.rules import KEPT as CLASSES

KEPT: Final = timedelta(days=CLASSES["messages"]["days"])
"""How long a message is kept (clause 2.8)."""
LET_GO_BEFORE: Final = timedelta(hours=2)
"""A message is let go of so long before its time is up: that is done every hour, and none may be late."""


UNTIMED_MARGIN: Final = timedelta(seconds=20)
"""After a number got its customer, what a carrier brings without a moment may be older: it tries for 15 seconds."""
PARTS_WITHIN: Final = timedelta(days=1)
"""Parts of a long message that come further apart belong to different ones."""
PARTS_WAIT: Final = timedelta(minutes=10)
"""How long a long message waits for its parts before it is sent on as it is."""
GAP: Final = "[…]"
"""What stands where a part of a message has not come."""

LONGEST_TEXT: Final = 20_000
LONGEST_SENDER: Final = 40
_NUMBER: Final = re.compile(r"\+?([1-9][0-9]{3,14})")
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


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


def as_number(written: str) -> str:
    """Return a number as E.164 with its plus sign, which some carriers leave out; empty for what is none."""
    found = _NUMBER.fullmatch(written.strip())
    return f"+{found[1]}" if found else ""


def as_text(written: str) -> str:
    """Return a text without what is no text, in lines that end as ours do."""
    return _NOT_TEXT.sub("", written.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_TEXT]


def as_sender(written: str) -> str:
    """Return a sender on one line: a number, or a name."""
    return as_number(written) or " ".join(as_text(written).split())[:LONGEST_SENDER]


def joined(pieces: Mapping[str, str], parts: int) -> str:
    """Return a long message as far as its parts have come."""
    return "".join(pieces.get(str(place), GAP) for place in range(1, parts + 1))


PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))
"""How long after each attempt the next one follows; the last pause is repeated."""
FIRST_PAUSE: Final = timedelta(seconds=10)
TRIED_FOR: Final = timedelta(days=1)
"""How long a message is tried to be sent on before it is given up."""
FAILED_FOR: Final = timedelta(hours=23)
"""How long an address must have failed to be paused when a message is given up."""
SENDING_TAKES: Final = timedelta(seconds=60)
"""After that an attempt counts as lost with its worker, and is made again."""
MOST_TRIES_KEPT: Final = 50
SEEN_KEPT: Final = timedelta(days=365)
"""How long a message is known as seen. Not all carriers sign the moment, so an overheard one could be sent again."""
DAYS_AHEAD: Final = 3
"""How many days the places of messages are made ahead."""


def pause_after(failures: int) -> timedelta:
    """Return how long to wait after so many failed attempts in a row."""
    return FIRST_PAUSE if failures <= 1 else PAUSES[min(failures - 2, len(PAUSES) - 1)]


def move(state: str, event: DeliveryEvent) -> DeliveryState:
    """Return the state an event leads to. Raises Refusal `delivery.cannot` when it leads nowhere."""
    found = DELIVERY_MOVES.get((DeliveryState(state), event))
    if found is None:
        raise Refusal(
            "delivery.cannot",
            gettext_noop("This message is on its way already. Reload the page to see how it went."),
        )
    return found
