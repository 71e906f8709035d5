"""What has an end: each room enters what it keeps for a time, how that is let go of, and what no log may show."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import models

from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.retention_rules import WORDS, end_of
from ringfence.privacy.rules import KEPT


class LetGo(Protocol):
    """Lets go of what has reached its end; may be repeated, and done by several at once."""

    def __call__(self, *, by: Actor, at: datetime, dry_run: bool = False) -> int:
        """Return how many rows went; with `dry_run` how many would, and change nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Data of one class in one room. `overdue` counts rows older than their class, and is asked every five minutes.

    `title` is what staff call it, `tables` are those it covers.
    """

    name: str
    retention_class: RetentionClass
    overdue: Callable[[datetime], int]
    let_go: LetGo
    title: str = ""
    tables: tuple[type[models.Model], ...] = ()


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
    name: str,
    retention_class: RetentionClass,
    *,
    overdue: Callable[[datetime], int],
    let_go: LetGo,
    title: str = "",
    of: Collection[type[models.Model]] = (),
) -> None:
    """Enter data with an end, such as "telephony.calls"; entering the same name again replaces it.

    `title` is a message id; `of` are the tables it covers.
    """
    _kept[name] = Kept(name, retention_class, overdue, let_go, title or name, tuple(of))


def enter_secret(name: str, sample: Callable[[datetime], Collection[str]]) -> None:
    """Enter values that no log file may show."""
    _secrets[name] = Secret(name, sample)


def enter_backlog(name: str, oldest: Callable[[datetime], timedelta]) -> None:
    """Enter data that is on its way in and must not stay there."""
    _backlogs[name] = Backlog(name, oldest)


def enter_machines(name: str, look: Callable[[datetime], Collection[Machine]]) -> None:
    """Enter machines whose files the check cannot see, and which report."""
    _machines[name] = look


def until_none(some: Callable[..., int], *, by: Actor, at: datetime) -> int:
    """Let some go again and again, a bounded number at a time, until none is left; return how many went."""
    gone = 0
    while went := some(by=by, at=at):
        gone += went
    return gone


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


def kept_until(what: str, moment: datetime | None) -> datetime | None:
    """Return when something is gone at the latest: `what` is a class, or the name of something that was entered.

    `moment` is what its class counts from, such as the call or the arrival of a message (`rules.end_of`); None as long
    as that has not come, as with an account in use, gives None: `kept_words` says what it depends on.
    """
    return None if moment is None else end_of(_class_of(what), moment)


def kept_words(what: str) -> tuple[str, Mapping[str, int]]:
    """Return how long something is kept, as a message id with its figures."""
    name = _class_of(what)
    return WORDS[name], KEPT[name]


def _class_of(what: str) -> str:
    return str(_kept[what].retention_class) if what in _kept else str(RetentionClass(what))
