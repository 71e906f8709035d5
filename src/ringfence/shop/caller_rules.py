"""How long a caller's check holds, and by which ways it is made (clause 6.2)."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """How a caller shows who they are."""

    CODE = "code"
    CALLED_BACK = "callback"


CODE_HOLDS: Final = timedelta(minutes=15)
"""How long a code may be read out, and how long after it was asked for somebody may be called back."""

CONFIRMED_FOR: Final = timedelta(minutes=30)
"""How long after that something may be filed."""

MOST_TRIES: Final = 5
MOST_CODES: Final = 3
"""How many codes a customer gets within an hour, so that nobody is flooded with letters."""

KEPT: Final = timedelta(days=1)
"""How long a caller is remembered for whom nothing was filed."""
