"""Where backups lie, and what is written down outside the databases."""

from pathlib import Path

from django.conf import settings


def data_folder() -> Path:
    """Return the folder of the backups of the data."""
    return Path(settings.BACKUP_DIR or Path(settings.VAR_DIR) / "backups")


def keys_folder() -> Path:
    """Return the folder of the backups of the keys."""
    return Path(settings.BACKUP_KEYS_DIR or data_folder())


def witness_folder() -> Path:
    """Return the folder of what bears witness when a database is set back in time; made when it is missing."""
    folder = Path(settings.VAR_DIR) / "witness"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
