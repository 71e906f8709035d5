"""Pure decisions about routes: what a step may be, how many there are, and what may be forwarded to."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings

from ringfence.kernel.refusal import Refusal, gettext_noop


class PlanName(StrEnum):
    """Which chain a step belongs to: the one of opening hours, or the one of all other times."""

    OPEN = "open"
    CLOSED = "closed"


MOST_STEPS: Final = 5
"""How many steps a chain has at most."""
UNDO_FOR: Final = timedelta(hours=1)
"""How long the last change of a number's routing can be undone in the account."""
LINK_FOR: Final = timedelta(days=7)
"""How long the link in the letter about a new forward undoes it."""
LEAST_RING, USUAL_RING, MOST_RING = 5, 30, 120
"""How many seconds a step rings: at least, when nothing was said, and at most."""


def cooling_off() -> timedelta:
    """Return how long a new forwarding target waits before it is rung."""
    return timedelta(minutes=settings.FORWARD_COOLING_MINUTES)


def step_gone() -> Refusal:
    """Return the refusal of a step that was changed or removed meanwhile."""
    return Refusal(
        "step.gone",
        gettext_noop(
            "This step was changed or removed in the meantime. The page shows the number as it is now; change it there."
        ),
    )
