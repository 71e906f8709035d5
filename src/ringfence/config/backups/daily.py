"""The keeper of backups as the privacy room asks for it (`ringfence.privacy.backups.ports.BackupKeeper`)."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime

from ringfence.config.backups import clearing, making, scratch, sets
from ringfence.privacy.backups.actions import BackupSeen
from ringfence.privacy.backups.ports import Amiss, BackupFailed


class Keeper:
    """Backups in folders of this machine."""

    def there(self) -> Sequence[BackupSeen]:
        """See the port."""
        return sets.there()

    def make(self, at: datetime) -> BackupSeen:
        """See the port."""
        return making.make(at)

    def let_go(self, at: datetime) -> int:
        """See the port."""
        if not any(sets.folder_of(kind).is_dir() for kind in sets.KINDS) and not scratch.left():
            return 0
        with sets.alone():
            return clearing.clear(making.days_kept(), at)

    def amiss(self, at: datetime) -> Sequence[Amiss]:
        """See the port."""
        return clearing.amiss(at)

    def drill(self) -> None:
        """See the port."""
        words = (sys.executable, "-m", "ringfence", "drill")
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 -- words of our own
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise BackupFailed(said[-1] if said else "The trial of the backup failed.")
