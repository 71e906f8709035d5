"""Folders for local sockets, whose paths must be short: 107 bytes on Linux (unix(7))."""

import hashlib
import os
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
