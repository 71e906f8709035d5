"""How long data is kept: each room enters what falls under a class and how it is let go of (clause 2.8).

The core knows the lengths and nobody's tables. A room that holds data with an end calls `enter` when it enters the
house; from then on its data is let go of every hour and looked at by the check of clause 2.8. Nothing here waits for
a legal hold: what one asks for is copied into its case before the end (ADR 0018).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.rules import KEPT

log = structlog.get_logger(__name__)


class LetGo(Protocol):
    """Lets go of what has reached its end; may be repeated, and done by several at once."""

    def __call__(self, *, by: Actor, at: datetime, dry_run: bool = False) -> int:
        """Return how many rows went; with `dry_run` how many would, and change nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Data of one class in one room. `overdue` counts rows older than their class, and is asked every five minutes."""

    name: str
    retention_class: RetentionClass
    overdue: Callable[[datetime], int]
    let_go: LetGo


@dataclass(frozen=True, slots=True)
class Secret:
    """Values that may stand in no log file, such as who called: a sample, in plain form, for a search."""

    name: str
    sample: Callable[[datetime], Collection[str]]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Data on its way into the store: how old the oldest piece is that waits; zero when nothing does."""

    name: str
    oldest: Callable[[datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Machine:
    """What a further machine last said of itself: how long its oldest piece waited, and log files that show a secret.

    Of a silent one nobody knows.
    """

    waiting: timedelta
    logs_found: int
    is_silent: bool


_kept: dict[str, Kept] = {}
_secrets: dict[str, Secret] = {}
_backlogs: dict[str, Backlog] = {}
_machines: dict[str, Callable[[datetime], Collection[Machine]]] = {}


def enter(
    name: str, retention_class: RetentionClass, *, overdue: Callable[[datetime], int], let_go: LetGo
) -> None:
    """Enter data with an end, such as "telephony.calls"; entering the same name again replaces it."""
    _kept[name] = Kept(name, retention_class, overdue, let_go)


def enter_secret(name: str, sample: Callable[[datetime], Collection[str]]) -> None:
    """Enter values that no log file may show."""
    _secrets[name] = Secret(name, sample)


def enter_backlog(name: str, oldest: Callable[[datetime], timedelta]) -> None:
    """Enter data that is on its way in and must not stay there."""
    _backlogs[name] = Backlog(name, oldest)


def enter_machines(name: str, look: Callable[[datetime], Collection[Machine]]) -> None:
    """Enter machines whose files the check cannot see, and which report."""
    _machines[name] = look


def machines(at: datetime) -> list[Machine]:
    """Return what every machine that was entered has reported."""
    return [machine for look in _machines.values() for machine in look(at)]


def entered() -> list[Kept]:
    """Return everything with an end, by name."""
    return sorted(_kept.values(), key=lambda one: one.name)


def secrets() -> list[Secret]:
    """Return everything that no log file may show."""
    return sorted(_secrets.values(), key=lambda one: one.name)


def backlogs() -> list[Backlog]:
    """Return everything that is on its way in."""
    return sorted(_backlogs.values(), key=lambda one: one.name)


def length(retention_class: RetentionClass) -> timedelta:
    """Return how long a class is kept. Raises KeyError for one whose length is counted in years."""
    return timedelta(days=KEPT[retention_class]["days"])


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> dict[str, int]:
    """Let go of everything that has reached its end; return how many rows of each. Trouble of one stops no other."""
    gone: dict[str, int] = {}
    for one in entered():
        try:
            gone[one.name] = one.let_go(by=by, at=at, dry_run=dry_run)
        except Exception as trouble:
            log.exception("retention.not_let_go", what=one.name, trouble=type(trouble).__name__)
        finally:
            keyring.forget()
    return gone
