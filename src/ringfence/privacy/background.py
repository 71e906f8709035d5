"""Background tasks: told the moment they run at, with no keys left in memory after them.

Rooms never look at the clock; whoever runs the worker installs one. Arguments of a task are ids and nothing else,
since the queue stores them in plain.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from ringfence.privacy.disclosure import carried
from ringfence.privacy.keys import keyring

DEFAULT = "default"
OUTSIDE = "outside"
"""The queue of what waits for machines of others: with hands of its own, so that a slow one holds up nothing else."""

RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)
_clock: list[Callable[[], datetime]] = []
_afterwards: list[Callable[[], object]] = []


def install_clock(clock: Callable[[], datetime]) -> None:
    """Set where tasks learn the time."""
    _clock[:] = [clock]


def install_afterwards(work: Callable[[], object]) -> None:
    """Set what is done after each task, by whom it ran."""
    _afterwards[:] = [work]


@contextmanager
def cleaned_up() -> Iterator[None]:
    """Leave nothing behind of what a task had open, whatever became of it."""
    try:
        yield
    finally:
        keyring.forget()
        carried.forget()
        for work in _afterwards:
            work()


def task(
    name: str, *, every: str = "", retry: RetryStrategy | None = RETRY, queue: str = DEFAULT
) -> Callable[[Callable[..., object]], Task[Any, Any, Any]]:
    """Make `function(*, at, **ids)` a task called `room.verb`; `every` is a cron line for a periodic one.

    A task of the queue `OUTSIDE` may take long.
    A periodic task waits in the queue once at most. Each task may be repeated without harm.
    """

    def decorate(function: Callable[..., object]) -> Task[Any, Any, Any]:
        @wraps(function)
        def run(timestamp: int | None = None, **ids: str) -> None:
            with cleaned_up():
                function(at=_clock[0](), **ids)

        lock = name if every else None
        made = app.task(
            name=name, queue=queue, retry=False if every else (retry or False), queueing_lock=lock
        )(run)
        return app.periodic(cron=every)(made) if every else made

    return decorate
