"""What the room needs from outside: somebody who makes backups, tries them, and knows which are there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from ringfence.privacy.backups.actions import BackupSeen


class BackupFailed(RuntimeError):
    """A backup could not be made, restored or tried; the message is one sentence for the operator."""


class BackupKeeper(Protocol):
    """Makes backups and tries them. Everything may be repeated; what is half done never looks whole."""

    def there(self) -> Sequence[BackupSeen]:
        """Return the backups that lie whole in their folders, newest first."""

    def make(self, at: datetime) -> BackupSeen:
        """Make one. Raises BackupFailed."""

    def let_go(self, at: datetime) -> int:
        """Remove those that have been kept long enough, and what a killed backup left; return how many went."""

    def drill(self) -> None:
        """Try the newest one, in a process of its own, which notes what it found. Raises BackupFailed."""


def keeper() -> BackupKeeper:
    """Return the configured one."""
    return cast("BackupKeeper", import_string(settings.BACKUP_ADAPTER)())
