"""What is noted of backups and of their trials; the work itself is done from outside (`ringfence.config.backups`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups.models import Backup, Drill


@dataclass(frozen=True, slots=True)
class BackupSeen:
    """A backup as it lies in its folders: bytes of the set of the data, and of that of the keys; 0 when it lacks."""

    name: str
    made_at: datetime
    data_bytes: int
    keys_bytes: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial found. `faults` are stable words, none when all of it held."""

    backup: str
    seconds: float
    tables: int
    rows: int
    opened: int
    replayed: int
    faults: tuple[str, ...] = ()


@action("backups.ask")
def ask(*, by: Actor, at: datetime) -> bool:
    """Ask the worker for a backup now; tell whether none was asked for already."""
    try:
        with transaction.atomic():
            app.configure_task("privacy.make_backup", queueing_lock="privacy.make_backup").defer()
    except AlreadyEnqueued:
        nothing_happened()
        return False
    return True


@action("backups.made")
def note_made(*, made: BackupSeen, seconds: float, by: Actor, at: datetime) -> None:
    """Note that a backup was made."""
    Backup.objects.update_or_create(
        pk=made.name,
        defaults={
            "made_at": made.made_at,
            "data_bytes": made.data_bytes,
            "keys_bytes": made.keys_bytes,
            "seconds": seconds,
            "removed_at": None,
        },
    )
    about(backup=made.name, bytes=made.data_bytes + made.keys_bytes)


@action("backups.seen")
def note_seen(*, there: Sequence[BackupSeen], by: Actor, at: datetime) -> int:
    """Note which backups lie in their folders: others are gone, and one nobody knew of is entered. Return changes."""
    known = Backup.objects.filter(removed_at=None)
    names = {one.name for one in there}
    gone = list(known.exclude(pk__in=names).values_list("pk", flat=True))
    Backup.objects.filter(pk__in=gone).update(removed_at=at)
    unknown = [one for one in there if not known.filter(pk=one.name).exists()]
    for one in unknown:
        Backup.objects.update_or_create(
            pk=one.name,
            defaults={
                "made_at": one.made_at,
                "data_bytes": one.data_bytes,
                "keys_bytes": one.keys_bytes,
                "removed_at": None,
            },
        )
    about(gone=_listed(gone), found=len(unknown))
    if not gone and not unknown:
        nothing_happened()
    return len(gone) + len(unknown)


@action("backups.tried")
def note_tried(*, tried: Tried, by: Actor, at: datetime) -> None:
    """Note what a trial of a backup found."""
    Drill.objects.create(
        backup=tried.backup,
        at=at,
        seconds=tried.seconds,
        tables=tried.tables,
        rows=tried.rows,
        opened=tried.opened,
        replayed=tried.replayed,
        faults=list(tried.faults),
    )
    about(backup=tried.backup, faults=_listed(tried.faults), replayed=tried.replayed)


@action("backups.restored")
def note_restored(*, backup: str, replayed: int, lost: int, by: Actor, at: datetime) -> None:
    """Note in the ledger that a backup was restored: the lines since are lost, and strangers may see how many."""
    about(backup=backup, replayed=replayed, lost_lines=lost)


def _listed(words: Collection[str]) -> str:
    return " ".join(sorted(words))[:120]
