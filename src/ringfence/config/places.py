"""Folders for local sockets, whose paths must be short (unix(7)), and for what no disk may keep."""

import hashlib
import os
import stat
import tempfile
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


def in_memory(near: Path) -> Path:
    """A folder in memory, named after this account and `near`; `near` itself where there is none.

    The switch must read destinations in plain and writes call records in plain: neither may reach a disk
    or a backup (clauses 2.3, 2.9). What is lost with the memory is published again, or was not yet taken in.
    """
    memory = Path("/dev/shm")  # noqa: S108 - chosen on purpose; the switch makes the folder in it with mode 0700
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return near
    mark = hashlib.sha256(f"{os.geteuid()} {near}".encode()).hexdigest()[:12]
    folder = memory / f"ringfence-{mark}"
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return folder
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return folder if is_ours else near
