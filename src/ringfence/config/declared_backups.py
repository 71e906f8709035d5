"""The settings of backups: where they lie, how long they are kept, and how often they are tried."""

from dataclasses import dataclass
from pathlib import Path

from ringfence.config import parsing
from ringfence.config.declaring import declare

MOST_DAYS = 13
"""A copy that is kept no longer than this is gone before any receipt calls its deletion final (clause 2.9)."""


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """Backups of data and of keys: two sets, which may lie in two places."""

    backup_daily: bool = declare(
        "RINGFENCE_BACKUP_DAILY",
        parsing.yes_or_no,
        None,
        "Whether a backup is made every day by itself.",
        shown="yes with the embedded database, otherwise no",
    )
    backup_dir: Path | None = declare(
        "RINGFENCE_BACKUP_DIR",
        parsing.directory,
        None,
        "Folder for the backups of the data; better on another disk.",
        shown="var/backups",
    )
    backup_keys_dir: Path | None = declare(
        "RINGFENCE_BACKUP_KEYS_DIR",
        parsing.directory,
        None,
        "Folder for the backups of the keys; better where nobody finds the data's.",
        shown="RINGFENCE_BACKUP_DIR",
    )
    backup_days: int = declare(
        "RINGFENCE_BACKUP_DAYS",
        parsing.count(1, MOST_DAYS),
        MOST_DAYS,
        "Days a backup is kept; more than 13 would outlive the date on a deletion's receipt.",
    )
    drill_days: int = declare(
        "RINGFENCE_DRILL_DAYS",
        parsing.count(0, 60),
        7,
        "Days between two trials of the newest backup, where backups are made by themselves; 0: never by itself.",
    )
    backup_secret: str | None = declare(
        "RINGFENCE_BACKUP_SECRET",
        parsing.long_text(32),
        None,
        "Seals the backups of the data, at least 32 characters; without it they cannot be read.",
        secret=True,
        shown="made once, in var/secrets",
    )
    backup_keys_secret: str | None = declare(
        "RINGFENCE_BACKUP_KEYS_SECRET",
        parsing.long_text(32),
        None,
        "Seals the backups of the keys, at least 32 characters; another one than that of the data.",
        secret=True,
        shown="made once, in var/secrets",
    )
