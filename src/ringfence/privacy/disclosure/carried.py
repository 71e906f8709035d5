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


_carried: ContextVar[deque[tuple[str, str, bytes]] | None] = ContextVar("carried", default=None)


def opened(table: str, column: str, content: bytes) -> None:
    """Note that a value of a column was opened."""
    found = _carried.get()
    if found is None:
        found = deque(maxlen=MOST)
        _carried.set(found)
    found.append((table, column, content[:LONGEST]))


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
    """Return what was opened, each value once."""
    return [Carried(*one) for one in dict.fromkeys(_carried.get() or ())]
