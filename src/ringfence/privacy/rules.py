"""Pure decisions of the privacy room: retention, the states of a request, the steps of an erasure. No Django."""

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop

REQUEST_DAYS: Final = 30
"""Days within which a request is met (clause 4.3)."""

DUE_SOON_DAYS: Final = 10
"""Days before the end of the time limit from which a request counts as due soon."""

NOTICE_DAYS: Final = 30
"""Days a material change of the policy is public before it takes effect (clause 5.2)."""

LEAST_NOTICE_DAYS: Final = 1
"""Days even a correction is public before it takes effect; the database refuses less."""

WATCH_DAYS: Final = 30
"""Days the address with somebody's receipt answers after a deletion."""


class RequestKind(StrEnum):
    """What a person asks of us (clauses 4.1 to 4.3, 7.2)."""

    COPY = gettext_noop("copy")
    CHANGE = gettext_noop("change")
    DELETE = gettext_noop("delete")
    RESTRICT = gettext_noop("restrict")
    OBJECT = gettext_noop("object")
    CANCEL = gettext_noop("cancel")


class Channel(StrEnum):
    """The way a request came in."""

    ACCOUNT = gettext_noop("account")
    FORM = gettext_noop("form")
    MAIL = gettext_noop("mail")
    STAFF = gettext_noop("staff")


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = gettext_noop("received")
    CONFIRMING = gettext_noop("confirming identity")
    APPROVED = gettext_noop("approved")
    CARRIED_OUT = gettext_noop("carried out")
    CLOSED = gettext_noop("closed")
    REFUSED = gettext_noop("refused")


MOVES: Final[Mapping[RequestState, frozenset[RequestState]]] = MappingProxyType(
    {
        RequestState.RECEIVED: frozenset(
            {RequestState.CONFIRMING, RequestState.APPROVED, RequestState.REFUSED}
        ),
        RequestState.CONFIRMING: frozenset({RequestState.APPROVED, RequestState.REFUSED}),
        RequestState.APPROVED: frozenset({RequestState.CARRIED_OUT, RequestState.REFUSED}),
        RequestState.CARRIED_OUT: frozenset({RequestState.CLOSED}),
        RequestState.CLOSED: frozenset(),
        RequestState.REFUSED: frozenset(),
    }
)
"""Which state may follow which; nothing else decides."""

OPEN_STATES: Final = frozenset({RequestState.RECEIVED, RequestState.CONFIRMING, RequestState.APPROVED})
"""The states in which the clock runs: what was asked has not been done."""


def moved(state: str, to: RequestState) -> RequestState:
    """Return the state after a move. Raises Refusal when the table does not allow it."""
    if to not in MOVES[RequestState(state)]:
        raise Refusal(
            "request_cannot_move", gettext_noop("This request can no longer be changed in that way.")
        )
    return to


def due_at(received_at: datetime) -> datetime:
    """Return the end of the time limit: the earlier of 30 days and one calendar month (GDPR art. 12(3)).

    The database computes the same in the column `due_at`, which nothing can write; a test compares the two.
    """
    received = received_at.astimezone(UTC)
    year, month = divmod(received.year * 12 + received.month, 12)
    day = min(received.day, calendar.monthrange(year, month + 1)[1])
    return min(received + timedelta(days=REQUEST_DAYS), received.replace(year=year, month=month + 1, day=day))


class ErasureStep(StrEnum):
    """The steps of an erasure, in order; each is done by an action of its own and may be repeated."""

    HOLDS = "holds"
    RELEASE = "release"
    KEYS = "keys"
    ROWS = "rows"
    QUEUES = "queues"
    VERIFY = "verify"
    RECEIPT = "receipt"
    DONE = "done"


ERASURE_STEPS: Final = tuple(ErasureStep)


def step_after(step: str) -> ErasureStep:
    """Return the step that follows. Raises IndexError after the last one."""
    return ERASURE_STEPS[ERASURE_STEPS.index(ErasureStep(step)) + 1]


KEPT: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "account": {"days": 30},
        "access": {"days": 21},
        "traffic": {"days": 90},
        "messages": {"days": 30},
        "support": {"years": 1},
        "books": {"years": 5},
        "consent": {"years": 3},
        "papers": {"days": 30},
    }
)
"""How long each retention class is kept after the moment its clause names (privacy-core section 2)."""

STAYS_AFTER_DELETION: Final = frozenset({"books"})
"""Retention classes that a deletion leaves, because a law says so (GDPR art. 17(3)(b))."""
