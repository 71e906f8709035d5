"""Pure decisions about the papers that some numbers need: their states, their time limits, why they are refused."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.rules import KEPT

SEND_WITHIN: Final = timedelta(days=14)
"""How long a customer has to send papers after paying, and again after each refusal."""

HOLD_ON: Final = timedelta(days=3650)
"""How long the number is kept while papers are open: however long we take to look. Each end of the wait lets it go."""

KEPT_AFTER: Final = timedelta(days=KEPT["papers"]["days"])
"""How long papers are kept after the decision, so that the customer can object to it."""

MOST_OF_A_KIND: Final = 2
"""Pictures of one kind of paper: front and back."""


class PaperState(StrEnum):
    """Where the papers of an order stand."""

    WANTED = "wanted"
    SENT = "sent"
    REFUSED = "refused"
    APPROVED = "approved"
    DENIED = "denied"
    MISSED = "missed"
    STOPPED = "stopped"


class PaperEvent(StrEnum):
    """What happens to the papers of an order."""

    SEND = "send"
    APPROVE = "approve"
    REFUSE = "refuse"
    DENY = "deny"
    TIME_OUT = "time_out"
    STOP = "stop"


PAPER_MOVES: Final[Mapping[tuple[PaperState, PaperEvent], PaperState]] = MappingProxyType(
    {
        (PaperState.WANTED, PaperEvent.SEND): PaperState.SENT,
        (PaperState.REFUSED, PaperEvent.SEND): PaperState.SENT,
        (PaperState.SENT, PaperEvent.APPROVE): PaperState.APPROVED,
        (PaperState.SENT, PaperEvent.REFUSE): PaperState.REFUSED,
        (PaperState.SENT, PaperEvent.DENY): PaperState.DENIED,
        (PaperState.WANTED, PaperEvent.TIME_OUT): PaperState.MISSED,
        (PaperState.REFUSED, PaperEvent.TIME_OUT): PaperState.MISSED,
        (PaperState.WANTED, PaperEvent.STOP): PaperState.STOPPED,
        (PaperState.REFUSED, PaperEvent.STOP): PaperState.STOPPED,
        (PaperState.SENT, PaperEvent.STOP): PaperState.STOPPED,
    }
)
"""Every move there is. The states that nothing leads out of are decisions; then the papers wait for their end."""

TO_BE_SENT: Final = frozenset({PaperState.WANTED, PaperState.REFUSED})
OPEN: Final = TO_BE_SENT | {PaperState.SENT}


class RefusalReason(StrEnum):
    """Why papers are refused."""

    UNREADABLE = gettext_noop("The picture cannot be read.")
    INCOMPLETE = gettext_noop("A part is missing, such as the back side.")
    WRONG_KIND = gettext_noop("It is another kind of document than the one that is needed.")
    OUT_OF_DATE = gettext_noop("The document is out of date.")
    NAME_DIFFERS = gettext_noop("The name is not the one in your account.")
    ADDRESS_DIFFERS = gettext_noop("The address is not the one in your account.")
    OTHER = gettext_noop("Another reason, which we explain below.")

    @property
    def code(self) -> str:
        """The name it is stored and chosen by."""
        return self.name.lower()


REASONS: Final[Mapping[str, RefusalReason]] = MappingProxyType({one.code: one for one in RefusalReason})


def move_papers(state: str, event: PaperEvent) -> PaperState:
    """Return the state after an event. Raises Refusal `papers.cannot_move`."""
    try:
        return PAPER_MOVES[PaperState(state), event]
    except KeyError:
        raise Refusal(
            "papers.cannot_move",
            gettext_noop(
                "These documents have moved on, and this can no longer be done. Open them again to see them."
            ),
        ) from None


def destroyed_at_last(decided_at: datetime) -> datetime:
    """Return the moment at which papers are destroyed after the decision on them."""
    return decided_at + KEPT_AFTER
