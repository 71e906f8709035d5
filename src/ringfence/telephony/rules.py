"""Pure decisions of telephony: how a number moves, and what the switch does with it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.conf import settings

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony.ports import RouteState

PHONES_AT_MOST: Final = 20
"""How many phones a customer may have; one household or small office has fewer."""
PHONE_NAME_LENGTH: Final = 40


def quarantine() -> timedelta:
    """Return how long a number rests between two customers, so that nobody is called in place of the one before."""
    return timedelta(days=settings.QUARANTINE_DAYS)


class NumberState(StrEnum):
    """Where a number is in its life."""

    AVAILABLE = "available"
    HELD = "held"
    IN_SERVICE = "in_service"
    SUSPENDED = "suspended"
    QUARANTINE = "quarantine"
    RETIRED = "retired"


class NumberEvent(StrEnum):
    """What happens to a number."""

    HOLD = "hold"
    RELEASE = "release"
    PUT_INTO_SERVICE = "put_into_service"
    SUSPEND = "suspend"
    RESUME = "resume"
    REST = "rest"
    REST_ENDS = "rest_ends"
    RETIRE = "retire"
    RETURN = "return"


class SoldType(StrEnum):
    """What kind of number is sold: what its price depends on, beside its country."""

    GEOGRAPHIC = "geographic"
    NATIONAL = "national"
    MOBILE = "mobile"
    TOLL_FREE = "toll_free"
    SHARED_COST = "shared_cost"


class DocumentKind(StrEnum):
    """What a national regulator wants to see before a number is used."""

    IDENTITY = "identity"
    ADDRESS = "address"
    COMPANY = "company"


MOVES: Final[Mapping[tuple[NumberState, NumberEvent], NumberState]] = MappingProxyType(
    {
        (NumberState.AVAILABLE, NumberEvent.HOLD): NumberState.HELD,
        (NumberState.HELD, NumberEvent.RELEASE): NumberState.AVAILABLE,
        (NumberState.HELD, NumberEvent.PUT_INTO_SERVICE): NumberState.IN_SERVICE,
        (NumberState.AVAILABLE, NumberEvent.PUT_INTO_SERVICE): NumberState.IN_SERVICE,
        (NumberState.IN_SERVICE, NumberEvent.SUSPEND): NumberState.SUSPENDED,
        (NumberState.SUSPENDED, NumberEvent.RESUME): NumberState.IN_SERVICE,
        (NumberState.IN_SERVICE, NumberEvent.REST): NumberState.QUARANTINE,
        (NumberState.SUSPENDED, NumberEvent.REST): NumberState.QUARANTINE,
        (NumberState.QUARANTINE, NumberEvent.REST_ENDS): NumberState.AVAILABLE,
        (NumberState.AVAILABLE, NumberEvent.RETIRE): NumberState.RETIRED,
        (NumberState.QUARANTINE, NumberEvent.RETIRE): NumberState.RETIRED,
        (NumberState.RETIRED, NumberEvent.RETURN): NumberState.AVAILABLE,
        (NumberState.RETIRED, NumberEvent.REST): NumberState.QUARANTINE,
    }
)
"""Every move there is. Between two customers there is always the quarantine."""

AT_THE_SWITCH: Final[Mapping[NumberState, RouteState]] = MappingProxyType(
    {
        NumberState.IN_SERVICE: RouteState.IN_SERVICE,
        NumberState.SUSPENDED: RouteState.SUSPENDED,
        NumberState.QUARANTINE: RouteState.QUARANTINE,
    }
)
"""What the switch is told. A number in another state is unknown there, and a call to it gets 404."""


class ImportState(StrEnum):
    """How far a file of numbers is that staff sent in."""

    CHECKING = "checking"
    CHECKED = "checked"
    TAKING_IN = "taking_in"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


IMPORT_MOVES: Final[Mapping[ImportState, frozenset[ImportState]]] = MappingProxyType(
    {
        ImportState.CHECKING: frozenset({ImportState.CHECKED, ImportState.CANCELLED, ImportState.FAILED}),
        ImportState.CHECKED: frozenset({ImportState.TAKING_IN, ImportState.CANCELLED}),
        ImportState.TAKING_IN: frozenset({ImportState.DONE, ImportState.CANCELLED}),
        ImportState.DONE: frozenset(),
        ImportState.CANCELLED: frozenset(),
        ImportState.FAILED: frozenset(),
    }
)
"""Every move of an import. Numbers taken in before it was cancelled stay in stock."""
WORKING: Final = (ImportState.CHECKING, ImportState.TAKING_IN)
"""The states in which the worker has something to do."""


def move(state: NumberState, event: NumberEvent) -> NumberState:
    """Return the state an event leads to. Raises Refusal `number.cannot` when it leads nowhere."""
    if (state, event) not in MOVES:
        raise Refusal(
            "number.cannot",
            gettext_noop(
                "This number is %(state)s, so that cannot be done now. Reload the page to see how it stands."
            ),
            state=state.replace("_", " "),
        )
    return MOVES[state, event]
