"""Small counts suppressed, so that nobody learns from the yearly report that it was about them (clause 3.3). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 5
"""A count below this one is shown as "fewer than", unless it is none at all."""


def shown(count: int) -> int | None:
    """Return a count as it may be shown: None for a small one. None at all is told: it is about nobody."""
    return None if 0 < count < FEWEST else count


@dataclass(frozen=True, slots=True)
class Together:
    """Counts as they may stand beside each other. `whole` and `others` are None where they are not told at all."""

    parts: dict[str, int | None]
    others: dict[str, int] | None
    whole: int | None


def shown_together(parts: Mapping[str, int], others: Mapping[str, int]) -> Together:
    """Return the same whole parted in two ways, as both may stand beside each other.

    As soon as one part anywhere is hidden, neither the sum nor the second way is told: with either, a hidden part would
    be a matter of subtraction.
    """
    found = {name: shown(count) for name, count in parts.items()}
    is_hidden = None in found.values() or None in map(shown, others.values())
    return Together(found, None, None) if is_hidden else Together(found, dict(others), sum(parts.values()))
