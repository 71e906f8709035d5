"""What this piece of work has opened: as long as a request or task goes on, the door knows what it could carry out.

Only the newest values are remembered, and of a long one its beginning; they go with the keys when the work is over.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

MOST: Final = 2048
"""Values remembered at a time; work that opens more before it speaks to somebody is judged by the newest of them."""

LONGEST: Final = 4096
"""Bytes remembered of one value."""


class Carried(NamedTuple):
    """A value that was opened: of which column, and its bytes as they were sealed."""

    table: str
    column: str
    content: bytes

    def __repr__(self) -> str:
        return f"<opened {self.table}.{self.column}>"


class _Work:
    """What one piece of work has opened."""

    __slots__ = ("columns", "newest")

    def __init__(self) -> None:
        self.columns: set[tuple[str, str]] = set()
        self.newest: deque[tuple[str, str, bytes]] = deque(maxlen=MOST)


_carried: ContextVar[_Work | None] = ContextVar("carried", default=None)


def opened(table: str, column: str, content: bytes) -> None:
    """Note that a value of a column was opened."""
    found = _carried.get()
    if found is None:
        found = _Work()
        _carried.set(found)
    found.columns.add((table, column))
    found.newest.append((table, column, content[:LONGEST]))


def columns() -> set[tuple[str, str]]:
    """Return the columns of which anything was opened."""
    found = _carried.get()
    return found.columns if found else set()


def forget(**_kwargs: Any) -> None:
    """Drop what was remembered; the work is over."""
    _carried.set(None)


@contextmanager
def apart() -> Iterator[None]:
    """Do a piece of work that is given ids alone, such as one letter of many: it is judged by what it opens itself."""
    token = _carried.set(None)
    try:
        yield
    finally:
        _carried.reset(token)


def values() -> list[Carried]:
    """Return the newest of what was opened, each value once."""
    found = _carried.get()
    return [Carried(*one) for one in dict.fromkeys(found.newest)] if found else []
