"""Secrets the store makes for itself, one file each under `var/secrets`, readable by its owner only."""

import os
import secrets
import tempfile
from pathlib import Path

from ringfence.config.places import NotOursError


def made_once(folder: Path, name: str, *, size: int = 48) -> str:
    """The secret kept in the file `name`, made of `size` random bytes if there is none yet.

    Two processes that make it at the same moment end with the same secret: the file is linked into
    place whole, and the one that comes second reads the first one's. Raises NotOursError for a folder that cannot be
    written.
    """
    path = folder / name
    if not path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
        except OSError as problem:
            raise NotOursError(
                f"The folder {folder} cannot be written ({os.strerror(problem.errno or 0)});"
                " make it writable or name another one with RINGFENCE_VAR_DIR."
            ) from None
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(size))
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
