"""What may be read of backups and of their trials."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from ringfence.privacy.backups.models import Backup, Drill
from ringfence.privacy.backups.ports import Amiss, keeper
from ringfence.privacy.keys.actions import final_at
from ringfence.privacy.ledger.models import LedgerLine


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup that is there; until when it is kept, and when no receipt bears it any more."""

    name: str
    made_at: datetime
    data_bytes: int
    keys_bytes: int
    seconds: float
    kept_until: datetime
    final_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether both its sets are there."""
        return bool(self.data_bytes and self.keys_bytes)


@dataclass(frozen=True, slots=True)
class DrillView:
    """One trial of a backup."""

    backup: str
    at: datetime
    seconds: float
    tables: int
    rows: int
    opened: int
    replayed: int
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all of it held."""
        return not self.faults


def there(most: int = 50) -> list[BackupView]:
    """Return the backups that are there, newest first."""
    rows = Backup.objects.filter(removed_at=None).order_by("-made_at", "pk")[:most]
    return [
        BackupView(
            name=row.pk,
            made_at=row.made_at,
            data_bytes=row.data_bytes,
            keys_bytes=row.keys_bytes,
            seconds=row.seconds,
            kept_until=row.made_at + timedelta(days=settings.BACKUP_DAYS),
            final_at=final_at(row.made_at),
        )
        for row in rows
    ]


def newest() -> datetime | None:
    """Return when the newest backup with both its sets was made."""
    whole = Backup.objects.filter(removed_at=None, data_bytes__gt=0, keys_bytes__gt=0)
    return whole.order_by("-made_at").values_list("made_at", flat=True).first()


def amiss(at: datetime) -> list[Amiss]:
    """Return what lies where backups and trials are, and should not."""
    return list(keeper().amiss(at))


def drills(most: int = 10) -> list[DrillView]:
    """Return the newest trials."""
    return [
        DrillView(
            row.backup, row.at, row.seconds, row.tables, row.rows, row.opened, row.replayed, tuple(row.faults)
        )
        for row in Drill.objects.order_by("-at", "pk")[:most]
    ]


def last_drill() -> DrillView | None:
    """Return the newest trial."""
    return next(iter(drills(1)), None)


def restored(most: int = 5) -> list[LedgerLine]:
    """Return the lines of the ledger in which a backup was restored, newest first."""
    return list(LedgerLine.objects.filter(action="backups.restored").order_by("-id")[:most])


def was_restored_since(moment: datetime) -> bool:
    """Tell whether old data was brought back after a moment: what people did in between may be lost."""
    newest = next(iter(restored(1)), None)
    return newest is not None and newest.at > moment
