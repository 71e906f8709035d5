"""What lies where the sets of backups are: how old it is, whether anybody can read it, and how it goes."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from ringfence.config.backups import scratch, sets
from ringfence.privacy.backups import rules
from ringfence.privacy.backups.ports import Amiss, Fault

SEALED: Final = ".sealed"
LONGEST: Final = timedelta(days=1)
"""How old what a backup is made in may be before it counts as left behind."""

log = structlog.get_logger(__name__)


def clear(days: int, at: datetime) -> int:
    """Remove what was kept for so many days, readable or not, and what killed backups and trials left; return how much.

    Needs `sets.alone`.
    """
    count = remove_leftovers() + scratch.clear()
    for kind in sets.KINDS:
        count += sum(remove(kind, name) for name in rules.over(lying(kind), days, at))
    return count


def amiss(at: datetime) -> list[Amiss]:
    """Return what nobody can read, and what killed backups and trials left and nobody has removed."""
    found = [Amiss(Fault.UNREADABLE, str(path)) for kind in sets.KINDS for path in unreadable(kind)]
    with sets.undisturbed() as is_quiet:
        left = [*_old_leftovers(at), *scratch.left()] if is_quiet else []
    return found + [Amiss(Fault.LEFT, place) for place in left]


def _old_leftovers(at: datetime) -> list[str]:
    moments = {path: sets.moment_of(path.name.removeprefix(sets.PARTIAL)) for path in _leftovers()}
    return [str(path) for path, moment in moments.items() if moment is None or moment < at - LONGEST]


def lying(kind: sets.Kind) -> list[rules.Kept]:
    """Return what lies there as sets of a kind, readable or not, with the moment that its name says."""
    moments = ((name, sets.moment_of(name)) for name in sets.names(kind))
    return [rules.Kept(name, moment) for name, moment in moments if moment is not None]


def unreadable(kind: sets.Kind) -> list[Path]:
    """Return the folders that hold a set which nobody can read: it lost a byte, or is sealed with another secret."""
    folders = [sets.folder_of(kind) / name for name in sets.names(kind) if sets.read_set(kind, name) is None]
    return [folder for folder in folders if _holds_a_set(folder)]


def _holds_a_set(folder: Path) -> bool:
    """Tell whether a folder is of a backup, whatever somebody has done to it; one of another kind is not ours."""
    try:
        return folder.is_dir() and (
            sets.moment_of(folder.name) is not None
            or any(path.name == sets.MANIFEST or path.suffix == SEALED for path in folder.iterdir())
        )
    except OSError:
        return False


def remove(kind: sets.Kind, name: str) -> bool:
    """Remove a set; a process killed meanwhile leaves nothing that looks like one. Tell whether it is gone."""
    folder = sets.folder_of(kind) / name
    gone = folder.with_name(f"{sets.PARTIAL}{name}")
    try:
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone)
    except FileNotFoundError:
        """It is gone already."""
    except OSError as problem:
        log.warning("backup.not_removed", problem=type(problem).__name__)
        return False
    return True


def _leftovers() -> list[Path]:
    folders = [folder for kind in sets.KINDS if (folder := sets.folder_of(kind)).is_dir()]
    return [path for folder in folders for path in sorted(folder.glob(f"{sets.PARTIAL}*"))]


def remove_leftovers() -> int:
    """Remove what killed backups left. Needs `sets.alone`."""
    paths = _leftovers()
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return len(paths)
