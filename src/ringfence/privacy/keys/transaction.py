"""The `keys` database joins an action's transaction when something is written to it, and not before.

Most actions only read a key. A transaction on a second database would cost each of them two more round trips.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import transaction

from ringfence.privacy.keys.router import KEYS


@dataclass(slots=True)
class _Level:
    """One running action; nested actions are levels inside it."""

    stack: ExitStack = field(default_factory=ExitStack)
    has_joined: bool = False


_levels: ContextVar[tuple[_Level, ...]] = ContextVar("keys-levels", default=())


@contextmanager
def level() -> Iterator[None]:
    """Open a level: what is written to `keys` in it is committed at its end, or undone with its exception."""
    opened = _Level()
    token = _levels.set((*_levels.get(), opened))
    try:
        with opened.stack:
            yield
    finally:
        _levels.reset(token)


def join() -> None:
    """Begin the transaction on `keys`, from the outermost action inwards. Call it before writing there."""
    for opened in _levels.get():
        if not opened.has_joined:
            opened.stack.enter_context(transaction.atomic(using=KEYS))
            opened.has_joined = True
