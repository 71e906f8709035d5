"""Who must have been shown the terms, and who must be told of a change: entered by the rooms that know them.

The core knows nobody's tables. A room with customers, or with orders, enters how many there are and how many are
missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """How many were to be shown the terms, and how many of them were not."""

    asked: int
    missing: int


_shown: dict[str, Callable[[datetime], Shown]] = {}
_untold: dict[str, Callable[[int, datetime], int]] = {}


def enter_shown(name: str, look: Callable[[datetime], Shown]) -> None:
    """Enter who must have been shown the terms, such as "accounts.customers"; asked every five minutes."""
    _shown[name] = look


def enter_told(name: str, untold: Callable[[int, datetime], int]) -> None:
    """Enter how many were there before a moment and have had no letter about a version."""
    _untold[name] = untold


def shown(at: datetime) -> dict[str, Shown]:
    """Return, by name, who was shown the terms."""
    return {name: look(at) for name, look in sorted(_shown.items())}


def untold(version: int, before: datetime) -> int:
    """Return how many were there before a moment and have had no letter about a version."""
    return sum(look(version, before) for look in _untold.values())
