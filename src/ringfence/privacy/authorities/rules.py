"""Pure decisions about demands of authorities: who must have judged what, what may follow, and how long it lasts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.retention_rules import years_after
from ringfence.privacy.rules import KEPT

FETCHED_WITHIN: Final = timedelta(days=7)
"""How long a package can be fetched; then it is gone, whoever fetched it."""
MOST_FETCHES: Final = 3
"""How often it can be fetched: a download may break off, and nobody needs it more often."""
LONGEST_QUIET: Final = timedelta(days=365)
"""How long the customer may go untold at most, from the decision; whoever needs longer brings a new demand."""
TOLD_WITHIN: Final = timedelta(hours=2)
"""How much later than its day a customer may be told: silences that end are looked for every five minutes."""
MADE_WITHIN: Final = timedelta(minutes=2)
"""How long a package may be in the making before a sweep puts it into the queue again."""
LAPSED_AFTER: Final = timedelta(days=180)
"""How long after its deadline an undecided demand, and after its decision one that nobody fetched, is closed."""
SOON: Final = timedelta(days=2)
"""How long before its deadline a demand that is not decided counts as due soon."""
LONGEST_TEXT: Final = 4000
"""Characters of a judgement, of a reason, of what was written on the demand."""
LARGEST_PAPER: Final = 10 * 1024 * 1024
"""Bytes of the paper that came in."""
JUDGES: Final = 2
"""So many different members of staff must have judged all three questions."""


class DemandKind(StrEnum):
    """What an authority wants."""

    HANDING_OVER = "hand_over"
    PRESERVING = "preserve"


class AuthoritySort(StrEnum):
    """What kind of authority it is, which the yearly report tells; its name it does not."""

    POLICE = "police"
    COURT = "court"
    SUPERVISOR = "supervisor"
    OTHER = "other"


class Question(StrEnum):
    """The three things a demand must be (clause 3.3), each judged by itself and in writing."""

    EFFECTIVE = "effective"
    LAWFUL = "lawful"
    REASONABLE = "reasonable"


class Verdict(StrEnum):
    """How somebody answers one of the questions."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class DemandState(StrEnum):
    """Where a demand stands."""

    RECEIVED = "received"
    PROPOSED = "proposed"
    GRANTED = "granted"
    READY = "ready"
    HANDED_OVER = "handed_over"
    PRESERVED = "preserved"
    CLOSED = "closed"


class DemandEvent(StrEnum):
    """What happens to a demand."""

    PROPOSE = "propose"
    DECLINE = "decline"
    GRANT = "grant"
    REFUSE = "refuse"
    PRESERVE = "preserve"
    MAKE = "make"
    HAND_OVER = "hand_over"
    RUN_OUT = "run_out"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


class Outcome(StrEnum):
    """What comes of a demand."""

    FULL = "full"
    PARTIAL = "partial"
    REFUSED = "refused"
    PRESERVED = "preserved"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


DEMAND_MOVES: Final[Mapping[tuple[DemandState, DemandEvent], DemandState]] = MappingProxyType(
    {
        (DemandState.RECEIVED, DemandEvent.PROPOSE): DemandState.PROPOSED,
        (DemandState.RECEIVED, DemandEvent.WITHDRAW): DemandState.CLOSED,
        (DemandState.RECEIVED, DemandEvent.LAPSE): DemandState.CLOSED,
        (DemandState.PROPOSED, DemandEvent.DECLINE): DemandState.RECEIVED,
        (DemandState.PROPOSED, DemandEvent.GRANT): DemandState.GRANTED,
        (DemandState.PROPOSED, DemandEvent.REFUSE): DemandState.CLOSED,
        (DemandState.PROPOSED, DemandEvent.PRESERVE): DemandState.PRESERVED,
        (DemandState.PROPOSED, DemandEvent.WITHDRAW): DemandState.CLOSED,
        (DemandState.PROPOSED, DemandEvent.LAPSE): DemandState.CLOSED,
        (DemandState.GRANTED, DemandEvent.MAKE): DemandState.READY,
        (DemandState.GRANTED, DemandEvent.WITHDRAW): DemandState.CLOSED,
        (DemandState.GRANTED, DemandEvent.LAPSE): DemandState.CLOSED,
        (DemandState.READY, DemandEvent.HAND_OVER): DemandState.HANDED_OVER,
        (DemandState.READY, DemandEvent.RUN_OUT): DemandState.GRANTED,
        (DemandState.READY, DemandEvent.WITHDRAW): DemandState.CLOSED,
        (DemandState.HANDED_OVER, DemandEvent.RUN_OUT): DemandState.CLOSED,
        (DemandState.PRESERVED, DemandEvent.RUN_OUT): DemandState.CLOSED,
    }
)
"""Every move there is. A package leads nowhere but through two people's agreement."""

BY_NOBODY: Final = frozenset({Outcome.WITHDRAWN, Outcome.LAPSED})
"""The outcomes that two need not have decided."""
UNDECIDED: Final = frozenset({DemandState.RECEIVED, DemandState.PROPOSED})
GRANTED: Final = frozenset({DemandState.GRANTED, DemandState.READY, DemandState.HANDED_OVER})
"""The states in which two people have agreed to hand something over."""
BY_TWO: Final = frozenset({Outcome.FULL, Outcome.PARTIAL, Outcome.REFUSED, Outcome.PRESERVED})
"""The outcomes that one proposes and another confirms; a demand that was taken back needs nobody's judgement."""
EVENT_OF: Final[Mapping[Outcome, DemandEvent]] = MappingProxyType(
    {
        Outcome.FULL: DemandEvent.GRANT,
        Outcome.PARTIAL: DemandEvent.GRANT,
        Outcome.REFUSED: DemandEvent.REFUSE,
        Outcome.PRESERVED: DemandEvent.PRESERVE,
    }
)
"""What a confirmed proposal does."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One written judgement. `hand` is the digest by which a member of staff is known again."""

    question: Question
    verdict: Verdict
    hand: bytes


def move_demand(state: str, event: DemandEvent) -> DemandState:
    """Return the state after an event. Raises Refusal `demand.cannot_move`."""
    try:
        return DEMAND_MOVES[DemandState(state), event]
    except KeyError:
        raise Refusal(
            "demand.cannot_move",
            gettext_noop("This demand has moved on, and this can no longer be done. Load the page anew."),
        ) from None


def judges(given: Collection[Judged]) -> frozenset[bytes]:
    """Return who has judged all three questions."""
    hands = {one.hand for one in given}
    every = frozenset(Question)
    return frozenset(hand for hand in hands if {one.question for one in given if one.hand == hand} == every)


def possible_outcomes(kind: str, given: Collection[Judged], *, finds_anybody: bool) -> frozenset[Outcome]:
    """Return what may be proposed; nothing before two people have judged all three questions.

    One "no" of anybody, to any question, and nothing is handed over; one "partly", and not all of it.
    """
    if len(judges(given)) < JUDGES:
        return frozenset()
    verdicts = {one.verdict for one in given}
    found: set[Outcome] = set()
    if finds_anybody and Verdict.NO not in verdicts:
        if kind == DemandKind.PRESERVING:
            found = {Outcome.PRESERVED}
        else:
            found = {Outcome.PARTIAL} if Verdict.PARTLY in verdicts else {Outcome.FULL, Outcome.PARTIAL}
    if verdicts != {Verdict.YES} or not finds_anybody:
        found.add(Outcome.REFUSED)
    return frozenset(found)


def require_judge(hand: bytes, given: Collection[Judged]) -> None:
    """Raise Refusal for somebody who has not judged all three questions."""
    if hand not in judges(given):
        raise Refusal(
            "demand.judge_first",
            gettext_noop("Write your own judgement of all three questions first."),
        )


def require_other_hand(hand: bytes, first: bytes | None) -> None:
    """Raise Refusal for whoever made the proposal."""
    if first is None or hand == first:
        raise Refusal(
            "demand.same_hand", gettext_noop("You made this proposal. Somebody else has to confirm it.")
        )


def require_words(text: str) -> str:
    """Return a text without what stands around it. Raises Refusal for one that is empty or too long."""
    text = text.strip()
    if not text:
        raise Refusal(
            "demand.no_words", gettext_noop("Write why: others decide by it, and later it is proof.")
        )
    if len(text) > LONGEST_TEXT:
        raise Refusal(
            "demand.too_many_words",
            gettext_noop("Write at most %(longest)s characters."),
            longest=LONGEST_TEXT,
        )
    return text


def require_quiet(until: date | None, because: str, at: datetime, decided_at: datetime | None = None) -> str:
    """Return why the customer may not be told yet. Raises Refusal for a silence without reason, end or limit.

    The limit counts from when two decided, and from now where they have not.
    """
    if until is None:
        return ""
    if until <= at.date():
        raise Refusal("demand.quiet_over", gettext_noop("Choose a day that is still to come for telling."))
    if until > ((decided_at or at) + LONGEST_QUIET).date():
        raise Refusal(
            "demand.quiet_too_long",
            gettext_noop("The customer is told within a year. Choose an earlier day."),
        )
    return require_words(because)


def kept_from(at: datetime) -> datetime:
    """Return the moment before which a demand was closed of which figures alone are left (class `support`)."""
    return years_after(at, -KEPT["support"]["years"])
