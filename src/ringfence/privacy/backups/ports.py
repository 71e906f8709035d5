"""What the room needs from outside: somebody who makes backups, tries them, and knows which are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from ringfence.privacy.backups.actions import BackupSeen


class BackupFailed(RuntimeError):
    """A backup could not be made, restored or tried; the message is one sentence for the operator."""


class Fault(StrEnum):
    """What is wrong with something that lies where backups and trials are."""

    UNREADABLE = "unreadable"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Amiss:
    """Something that an operator must look at: a set that nobody can read, or what a broken-off trial left behind."""

    fault: Fault
    place: str


class BackupKeeper(Protocol):
    """Makes backups and tries them. Everything may be repeated; what is half done never looks whole."""

    def there(self) -> Sequence[BackupSeen]:
        """Return the backups that lie whole in their folders, newest first."""

    def make(self, at: datetime) -> BackupSeen:
        """Make one. Raises BackupFailed."""

    def let_go(self, at: datetime) -> int:
        """Remove those that have been kept long enough, readable or not, and what a killed backup or trial left.

        Return how many things went. Raises BackupFailed while somebody else works on them.
        """

    def amiss(self, at: datetime) -> Sequence[Amiss]:
        """Return what lies there and is no backup: nobody can read it, or it should have gone."""

    def drill(self) -> None:
        """Try the newest one, in a process of its own, which notes what it found. Raises BackupFailed."""


def keeper() -> BackupKeeper:
    """Return the configured one."""
    return cast("BackupKeeper", import_string(settings.BACKUP_ADAPTER)())
