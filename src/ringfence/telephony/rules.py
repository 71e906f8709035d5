"""Pure decisions of telephony: how a number moves, and what the switch does with it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony.ports import RouteState

QUARANTINE: Final = timedelta(days=90)
"""How long a number rests between two customers, so that nobody is called in place of the one before."""

RING_SECONDS: Final = 30
"""How long a destination rings before the caller is told that nobody answers."""


class NumberState(StrEnum):
    """Where a number is in its life."""

    FREE = "free"
    HELD = "held"
    IN_SERVICE = "in_service"
    SUSPENDED = "suspended"
    QUARANTINE = "quarantine"


class NumberEvent(StrEnum):
    """What happens to a number."""

    HOLD = "hold"
    RELEASE = "release"
    PUT_INTO_SERVICE = "put_into_service"
    SUSPEND = "suspend"
    RESUME = "resume"
    RETIRE = "retire"
    REST_ENDS = "rest_ends"


MOVES: Final[Mapping[tuple[NumberState, NumberEvent], NumberState]] = MappingProxyType(
    {
        (NumberState.FREE, NumberEvent.HOLD): NumberState.HELD,
        (NumberState.HELD, NumberEvent.RELEASE): NumberState.FREE,
        (NumberState.HELD, NumberEvent.PUT_INTO_SERVICE): NumberState.IN_SERVICE,
        (NumberState.FREE, NumberEvent.PUT_INTO_SERVICE): NumberState.IN_SERVICE,
        (NumberState.IN_SERVICE, NumberEvent.SUSPEND): NumberState.SUSPENDED,
        (NumberState.SUSPENDED, NumberEvent.RESUME): NumberState.IN_SERVICE,
        (NumberState.IN_SERVICE, NumberEvent.RETIRE): NumberState.QUARANTINE,
        (NumberState.SUSPENDED, NumberEvent.RETIRE): NumberState.QUARANTINE,
        (NumberState.QUARANTINE, NumberEvent.REST_ENDS): NumberState.FREE,
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
