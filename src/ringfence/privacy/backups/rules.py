"""When a backup is due, how long it is kept, and how the trials of it count. No Django."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAILY: Final = timedelta(hours=24)
LATE: Final = timedelta(hours=26)
"""Age of the newest backup from which the promise counts as due soon."""

TOO_LATE: Final = timedelta(hours=50)
"""Age from which it counts as broken: two days were missed."""

DRILL_TOO_OLD: Final = timedelta(days=70)
"""Age of the newest trial from which the promise counts as broken, whatever was asked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that is there: its name, and when it was made."""

    name: str
    made_at: datetime


def is_due(newest: datetime | None, at: datetime) -> bool:
    """Tell whether a backup is to be made now, by one that looks every hour."""
    return newest is None or at - newest >= DAILY - timedelta(minutes=30)


def drill_is_due(newest: datetime | None, days: int, at: datetime) -> bool:
    """Tell whether the newest backup is to be tried now; 0 days: never by itself."""
    return bool(days) and (newest is None or at - newest >= timedelta(days=days))


def over(found: Iterable[Kept], days: int, at: datetime) -> list[str]:
    """Return the names of the backups that have been kept long enough; an hour early, so that none is ever late."""
    return [one.name for one in found if at - one.made_at >= timedelta(days=days) - timedelta(hours=1)]


def late(newest: datetime | None, since: datetime | None, at: datetime) -> timedelta:
    """Return the age of the newest backup; without one, how long the store has been there."""
    began = newest or since
    return max(at - began, timedelta(0)) if began else timedelta(0)
