"""Who must have been shown the terms, and who must be told of a change: entered by the rooms that know them.

The core knows nobody's tables. A room with customers, or with orders, enters how many there are and how many are
missing; the interfaces enter the doors of the account, behind which changed terms come first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """How many were to be shown the terms, and how many of them were not.

    `passed_by` have used the account of late, and were not shown the version that counts.
    """

    asked: int
    missing: int
    passed_by: int = 0


_shown: dict[str, Callable[[datetime], Shown]] = {}
_untold: dict[str, Callable[[int, datetime], int]] = {}
_doors: list[Callable[[datetime], Mapping[str, bool]]] = []


def enter_shown(name: str, look: Callable[[datetime], Shown]) -> None:
    """Enter who must have been shown the terms, such as "accounts.customers"; asked every five minutes."""
    _shown[name] = look


def enter_told(name: str, untold: Callable[[int, datetime], int]) -> None:
    """Enter how many were there before a moment and were not told of a version."""
    _untold[name] = untold


def enter_doors(look: Callable[[datetime], Mapping[str, bool]]) -> None:
    """Enter who tries the pages of the account, and tells which lead to terms that were not shown before all else."""
    _doors[:] = [look]


def doors(at: datetime) -> dict[str, bool]:
    """Return, by name, whether each page of the account leads to changed terms first."""
    return {name: leads for look in _doors for name, leads in look(at).items()}


def shown(at: datetime) -> dict[str, Shown]:
    """Return, by name, who was shown the terms."""
    return {name: look(at) for name, look in sorted(_shown.items())}


def untold(version: int, before: datetime) -> int:
    """Return how many were there before a moment and were not told of a version."""
    return sum(look(version, before) for look in _untold.values())
