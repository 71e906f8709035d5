"""Files that are there whole after a loss of power, or as they were before."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put a file in the place of what is there, readable by us alone; one process at a time.

    Raises OSError; then nothing was changed.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        with open(draft, "wb", opener=for_us_alone) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def for_us_alone(path: str, flags: int) -> int:
    """Open a file that nobody else may read, as an opener for `open`."""
    return os.open(path, flags, 0o600)
