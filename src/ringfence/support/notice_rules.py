"""Plain facts of notices: what they are, how they move, and whom one is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop

LONGEST_TITLE: Final = 120
LONGEST_TEXT: Final = 5_000
"""Characters."""
JUST_NOW: Final = timedelta(minutes=1)
"""How long a moment to send is over and still means now: it is typed without its seconds."""


class NoticeKind(StrEnum):
    """On which ground a notice is sent: the contract, or a yes of its reader's own."""

    SERVICE = "service"
    NEWS = "news"


class NoticeState(StrEnum):
    """The life of a notice; see `NOTICE_MOVES`."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


NOTICE_MOVES: Final[Mapping[NoticeState, frozenset[NoticeState]]] = MappingProxyType(
    {
        NoticeState.DRAFT: frozenset({NoticeState.SCHEDULED, NoticeState.CANCELLED}),
        NoticeState.SCHEDULED: frozenset(
            {NoticeState.DRAFT, NoticeState.SENDING, NoticeState.PAUSED, NoticeState.CANCELLED}
        ),
        NoticeState.SENDING: frozenset({NoticeState.PAUSED, NoticeState.SENT, NoticeState.CANCELLED}),
        NoticeState.PAUSED: frozenset({NoticeState.SCHEDULED, NoticeState.CANCELLED}),
        NoticeState.SENT: frozenset(),
        NoticeState.CANCELLED: frozenset(),
    }
)
"""Every move of a notice. What was written before it was paused or cancelled stays written."""

AT_WORK: Final = (NoticeState.SCHEDULED, NoticeState.SENDING)
"""The states in which the worker has something to do, once it is time."""


class Delivery(StrEnum):
    """What became of a notice to one person."""

    WAITING = "waiting"
    TAKEN = "taken"
    GIVEN_UP = "given-up"
    RETURNED = "returned"
    UNWANTED = "unwanted"
    NO_ADDRESS = "no-address"
    WITHDRAWN = "withdrawn"


NOT_REACHED: Final = (Delivery.GIVEN_UP, Delivery.RETURNED, Delivery.NO_ADDRESS)
"""By mail. The notice stands in the account all the same."""


class Holding(StrEnum):
    """Whether those who are meant have a number."""

    ANY = ""
    WITH = "with"
    WITHOUT = "without"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a notice is for. Empty means everybody; `country` is that of a number they have."""

    country: str = ""
    holding: Holding = Holding.ANY
    language: str = ""


def require_move(state: str, to: NoticeState) -> None:
    """Raise a Refusal when a notice cannot move so."""
    if to not in NOTICE_MOVES[NoticeState(state)]:
        raise Refusal(
            "notice.cannot",
            gettext_noop("This notice has moved on. Reload the page to see how it stands."),
        )
