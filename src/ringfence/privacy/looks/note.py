"""Watches, while a page is made for staff, whose data is opened, and about whom a line is written meanwhile (2.1).

Every value that is opened passes `opened`, and every line of staff with a purpose `told`; who is not watched pays a
look at one variable. What was opened and not told is a defect of the page: it is counted, and breaks the promise.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class Watch:
    """Whose data was opened, and of whom a line tells with a purpose; `own` is the person who looks."""

    own: UUID | None
    seen: set[UUID] = field(default_factory=set)
    lines: set[UUID] = field(default_factory=set)

    @property
    def untold(self) -> set[UUID]:
        """Whose data was opened without a line that they can read."""
        return self.seen - self.lines - ({self.own} if self.own else set())


_watch: ContextVar[Watch | None] = ContextVar("looks", default=None)


@contextmanager
def watching(own: UUID | None) -> Iterator[Watch]:
    """Watch what is opened for a member of staff."""
    watch = Watch(own)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


@contextmanager
def unwatched() -> Iterator[None]:
    """Do something of the store's own meanwhile, such as a check that a member of staff began."""
    token = _watch.set(None)
    try:
        yield
    finally:
        _watch.reset(token)


def opened(subject: UUID) -> None:
    """Note that a value of a person was opened."""
    watch = _watch.get()
    if watch is not None:
        watch.seen.add(subject)


def told(subjects: Iterable[UUID]) -> None:
    """Note that a line is written which these people can read."""
    watch = _watch.get()
    if watch is not None:
        watch.lines.update(subjects)
