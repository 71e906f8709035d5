"""What this piece of work has opened: as long as a request or task goes on, the door knows what it could carry out.

Only the newest values are remembered, and of a long one its beginning; they go with the keys when the work is over.
"""

from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 2048
"""Values remembered at a time; work that opens more before it speaks to somebody is judged by the newest of them."""

LONGEST: Final = 4096
"""Bytes remembered of one value."""


@dataclass(frozen=True, slots=True, repr=False)
class Carried:
    """A value that was opened: of which column, and its bytes as they were sealed."""

    table: str
    column: str
    content: bytes


_carried: ContextVar[deque[Carried] | None] = ContextVar("carried", default=None)


def opened(table: str, column: str, content: bytes) -> None:
    """Note that a value of a column was opened."""
    found = _carried.get()
    if found is None:
        found = deque(maxlen=MOST)
        _carried.set(found)
    found.append(Carried(table, column, content[:LONGEST]))


def forget(**_kwargs: Any) -> None:
    """Drop what was remembered; the work is over."""
    _carried.set(None)


def values() -> list[Carried]:
    """Return what was opened, each value once."""
    return list(dict.fromkeys(_carried.get() or ()))
