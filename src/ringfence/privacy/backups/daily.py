"""The backup of the day and the trial of the week, done by themselves where that is asked for."""

import time
from datetime import datetime

import structlog
from django.conf import settings

from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import actions, queries, rules, tombstones
from ringfence.privacy.backups.actions import BackupSeen
from ringfence.privacy.backups.ports import BackupFailed, keeper

log = structlog.get_logger(__name__)


def look(*, by: Actor, at: datetime) -> bool:
    """Look once an hour: note what is there, make what is due, try what is due. Tell whether a backup was made."""
    kept = keeper()
    kept.let_go(at)
    actions.note_seen(there=list(kept.there()), by=by, at=at)
    tombstones.bring_together(by=by, at=at)
    if not settings.BACKUP_DAILY:
        return False
    is_due = rules.is_due(queries.newest(), at)
    if is_due:
        make(by=by, at=at)
    tried = queries.last_drill()
    if rules.drill_is_due(tried.at if tried else None, settings.DRILL_DAYS, at):
        kept.drill()
    return is_due


def make(*, by: Actor, at: datetime) -> BackupSeen:
    """Make a backup now, and note it and what went. Raises BackupFailed."""
    began = time.monotonic()
    kept = keeper()
    made = kept.make(at)
    kept.let_go(at)
    actions.note_made(made=made, seconds=round(time.monotonic() - began, 3), by=by, at=at)
    actions.note_seen(there=list(kept.there()), by=by, at=at)
    tombstones.bring_together(by=by, at=at)
    return made


def clear_away(*, at: datetime) -> None:
    """Remove at a start what a killed backup or trial left, and what was kept long enough; trouble waits an hour."""
    try:
        keeper().let_go(at)
    except BackupFailed as problem:
        log.info("backup.not_cleared", problem=str(problem))
