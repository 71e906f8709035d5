"""Pure decisions about reports of abuse: the states of a case, what may be decided, and how long each step may take."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.retention_rules import years_after
from ringfence.privacy.rules import KEPT

LOOKED_AT_WITHIN: Final = timedelta(days=3)
"""How long a report waits for somebody to look at it, at most (clause 5.3)."""
DECIDED_WITHIN: Final = timedelta(days=14)
"""How long a case waits for its decision, and an appeal for its answer, at most."""
APPEAL_WITHIN: Final = timedelta(days=14)
"""How long the customer can appeal. An account is closed only after that."""
PATIENCE: Final = timedelta(hours=1)
"""How much later than its moment a step of the sweep may come: it runs every five minutes."""

MOST_PICTURES: Final = 3
LONGEST_TEXT: Final = 4000
"""Characters of a report, of a reason, of an appeal and of its answer."""


class AbuseKind(StrEnum):
    """What a report is about, in the words of whoever reports."""

    FRAUD = "fraud"
    THREATS = "threats"
    UNWANTED = "unwanted"
    PRETENDING = "pretending"
    OTHER = "other"


class AbuseState(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    LOOKING = "looking"
    CONFIRMING = "confirming"
    DECIDED = "decided"
    APPEALED = "appealed"
    CLOSED = "closed"


class AbuseEvent(StrEnum):
    """What happens to a case."""

    LOOK = "look"
    DISMISS = "dismiss"
    DECIDE = "decide"
    ASK_CLOSING = "ask_closing"
    CONFIRM_CLOSING = "confirm_closing"
    DECLINE_CLOSING = "decline_closing"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    TIME_OUT = "time_out"


class Decision(StrEnum):
    """What comes of a case."""

    NOTHING = "nothing"
    WARNING = "warning"
    SUSPENSION = "suspension"
    ALL_SUSPENDED = "all_suspended"
    CLOSING = "closing"


class Outcome(StrEnum):
    """What came of an appeal."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


ABUSE_MOVES: Final[Mapping[tuple[AbuseState, AbuseEvent], AbuseState]] = MappingProxyType(
    {
        (AbuseState.REPORTED, AbuseEvent.LOOK): AbuseState.LOOKING,
        (AbuseState.LOOKING, AbuseEvent.DISMISS): AbuseState.CLOSED,
        (AbuseState.LOOKING, AbuseEvent.DECIDE): AbuseState.DECIDED,
        (AbuseState.LOOKING, AbuseEvent.ASK_CLOSING): AbuseState.CONFIRMING,
        (AbuseState.CONFIRMING, AbuseEvent.CONFIRM_CLOSING): AbuseState.DECIDED,
        (AbuseState.CONFIRMING, AbuseEvent.DECLINE_CLOSING): AbuseState.LOOKING,
        (AbuseState.DECIDED, AbuseEvent.APPEAL): AbuseState.APPEALED,
        (AbuseState.DECIDED, AbuseEvent.TIME_OUT): AbuseState.CLOSED,
        (AbuseState.APPEALED, AbuseEvent.UPHOLD): AbuseState.CLOSED,
        (AbuseState.APPEALED, AbuseEvent.OVERTURN): AbuseState.CLOSED,
    }
)
"""Every move there is. What a closed case decided stays in force, unless an appeal overturned it."""

UNDECIDED: Final = frozenset({AbuseState.REPORTED, AbuseState.LOOKING, AbuseState.CONFIRMING})
"""A further report of the same number joins a case that is not decided; after that it opens a new one."""
TOLD: Final = frozenset({AbuseState.DECIDED, AbuseState.APPEALED, AbuseState.CLOSED})
"""Of a case that is there, whoever reported is told what came of it."""
CLAUSES: Final = ("5.3", "5.4")
"""What a decision can rest on."""
BY_ONE: Final = (Decision.WARNING, Decision.SUSPENSION, Decision.ALL_SUSPENDED)
"""What one member of staff may decide. To close an account takes two."""


def move_case(state: str, event: AbuseEvent) -> AbuseState:
    """Return the state after an event. Raises Refusal `abuse.cannot_move`."""
    try:
        return ABUSE_MOVES[AbuseState(state), event]
    except KeyError:
        raise moved_on() from None


def moved_on() -> Refusal:
    """Return what is said of a case with which something can no longer be done."""
    return Refusal(
        "abuse.cannot_move",
        gettext_noop("This case has moved on, and this can no longer be done. Load the page anew."),
    )


def require_text(text: str) -> str:
    """Return a text without what stands around it. Raises Refusal for one that is empty or too long."""
    text = text.strip()
    if not text:
        raise Refusal("abuse.no_words", gettext_noop("Write why: whoever it concerns decides by it."))
    if len(text) > LONGEST_TEXT:
        raise Refusal(
            "abuse.too_many_words",
            gettext_noop("Write at most %(longest)s characters."),
            longest=LONGEST_TEXT,
        )
    return text


def kept_from(at: datetime) -> datetime:
    """Return the moment before which a case was closed that is gone now (retention class `support`)."""
    return years_after(at, -KEPT["support"]["years"])
