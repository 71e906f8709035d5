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

WARNING_DAYS: Final = (7, 20, 27)
"""Days after receipt on which staff are told once more of a request that is still open."""

UNCONFIRMED_DAYS: Final = WARNING_DAYS[-1]
"""Days after which a request is refused when nobody has shown that it was the person who asked."""

LINK_DAYS: Final = 7
"""Days for which the link in a letter confirms who asked."""

NOTICE_TAKES: Final = timedelta(hours=12)
"""How long before the end of a time limit nobody is waited for any more: a notice has to go out before it."""

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
    WITHDRAWN = gettext_noop("withdrawn")


MOVES: Final[Mapping[RequestState, frozenset[RequestState]]] = MappingProxyType(
    {
        RequestState.RECEIVED: frozenset(
            {
                RequestState.CONFIRMING,
                RequestState.APPROVED,
                RequestState.REFUSED,
                RequestState.WITHDRAWN,
            }
        ),
        RequestState.CONFIRMING: frozenset(
            {RequestState.APPROVED, RequestState.REFUSED, RequestState.WITHDRAWN}
        ),
        RequestState.APPROVED: frozenset(
            {RequestState.CARRIED_OUT, RequestState.REFUSED, RequestState.WITHDRAWN}
        ),
        RequestState.CARRIED_OUT: frozenset({RequestState.CLOSED}),
        RequestState.CLOSED: frozenset(),
        RequestState.REFUSED: frozenset(),
        RequestState.WITHDRAWN: frozenset(),
    }
)
"""Which state may follow which; nothing else decides."""

OPEN_STATES: Final = frozenset({RequestState.RECEIVED, RequestState.CONFIRMING, RequestState.APPROVED})
"""The states in which the clock runs: what was asked has not been done."""


ENDED: Final = frozenset({RequestState.CLOSED, RequestState.REFUSED, RequestState.WITHDRAWN})
"""The states that nothing follows; a request in one says when it came there."""


class Ground(StrEnum):
    """The articles of the GDPR on which a request may be refused."""

    UNFOUNDED = "12(5)(b)"
    UNKNOWN_PERSON = "12(2)"
    FEE_NOT_ACCEPTED = "15(3)"
    RIGHTS_OF_OTHERS = "15(4)"
    IS_CORRECT = "16"
    DUTY_BY_LAW = "17(3)(b)"
    LEGAL_CLAIMS = "17(3)(e)"
    NOT_A_CASE = "18(1)"
    COMPELLING = "21(1)"


GROUNDS: Final[Mapping[Ground, frozenset[RequestKind]]] = MappingProxyType(
    {
        Ground.UNFOUNDED: frozenset(RequestKind),
        Ground.UNKNOWN_PERSON: frozenset(RequestKind),
        Ground.FEE_NOT_ACCEPTED: frozenset({RequestKind.COPY}),
        Ground.RIGHTS_OF_OTHERS: frozenset({RequestKind.COPY}),
        Ground.IS_CORRECT: frozenset({RequestKind.CHANGE}),
        Ground.DUTY_BY_LAW: frozenset({RequestKind.DELETE}),
        Ground.LEGAL_CLAIMS: frozenset({RequestKind.DELETE}),
        Ground.NOT_A_CASE: frozenset({RequestKind.RESTRICT}),
        Ground.COMPELLING: frozenset({RequestKind.OBJECT}),
    }
)
"""What each article may refuse. Whether it does is for people to decide, never for software."""


class Way(StrEnum):
    """How somebody was told of a refusal whose notice the post could not deliver."""

    POST = gettext_noop("by a letter on paper")
    PHONE = gettext_noop("by telephone")


WHILE_RESTRICTED: Final = frozenset(
    {"customer-called", "customer-wrote", "request", "papers", "abuse", "law"}
)
"""Purposes for which staff look at somebody whose data is restricted: they asked, or GDPR art. 18(2) allows it."""


def warning_due(received_at: datetime, warned_day: int, at: datetime) -> int | None:
    """Return the day whose warning is due, or None; when several were missed, only the latest."""
    reached = [day for day in WARNING_DAYS if at >= received_at + timedelta(days=day)]
    return reached[-1] if reached and reached[-1] > warned_day else None


def moved(state: str, to: RequestState) -> RequestState:
    """Return the state after a move. Raises Refusal when the table does not allow it."""
    if to not in MOVES[RequestState(state)]:
        raise Refusal(
            "request_cannot_move", gettext_noop("This request can no longer be changed in that way.")
        )
    return to


def link_ends(received_at: datetime, at: datetime) -> datetime:
    """Return until when a link that is sent now confirms: a week, and not longer than anybody is waited for."""
    week, last = at + timedelta(days=LINK_DAYS), due_at(received_at) - NOTICE_TAKES
    return min(week, last) if at < last else week


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
        "held": {"days": 30},
    }
)
"""How long each retention class is kept after the moment its clause names (privacy-core section 2)."""

STAYS_AFTER_DELETION: Final = frozenset({"books", "held"})
"""Retention classes that a deletion leaves, because a law says so (GDPR art. 17(3)(b))."""
