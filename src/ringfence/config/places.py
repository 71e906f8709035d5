"""Folders for local sockets, whose paths must be short (unix(7)), and for what no disk may keep."""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def for_sockets(near: Path, *, longest: int) -> Path:
    """The folder itself if its path has at most `longest` bytes and no odd signs, else one in the system's.

    The same folder always gets the same substitute, which is named after this account and that folder.
    """
    text = str(near)
    if len(os.fsencode(text)) <= longest and not set(text) & set("!\"'\\\n "):
        return near
    mark = hashlib.sha256(f"{os.geteuid()} {text}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ringfence-{mark}"


class NotOursError(OSError):
    """Somebody else has put something where a folder of ours belongs; the message is one sentence."""


def require_own(folder: Path, *owners: int) -> None:
    """Refuse a folder in a place everybody may write to that is a link, somebody else's, or open to others' writing.

    Its name can be guessed, so another account of this machine may have made it first.
    """
    facts = folder.lstat()
    if (
        not stat.S_ISDIR(facts.st_mode)
        or facts.st_uid not in {os.geteuid(), *owners}
        or facts.st_mode & 0o022
    ):
        raise NotOursError(f"The folder {folder} is not a folder of this account alone; remove it.")


def in_memory(near: Path) -> Path:
    """A folder in memory, named after this account and `near`; `near` itself where there is none.

    The switch must read destinations in plain and writes call records in plain: neither may reach a disk or
    a backup (clauses 2.3, 2.9). What is lost with the memory is published again, or was not yet taken in.
    Raises NotOursError.
    """
    memory = Path("/dev/shm")  # noqa: S108 - chosen on purpose; the switch makes the folder in it with mode 0700
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return near
    mark = hashlib.sha256(f"{os.geteuid()} {near}".encode()).hexdigest()[:12]
    folder = memory / f"ringfence-{mark}"
    with suppress(FileNotFoundError):
        require_own(folder)
    return folder
