"""The files under `var`, logs among them, read piece by piece."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from django.conf import settings

from ringfence.privacy.erasure.search import files_of_the_store

PIECE: Final = 4 * 1024 * 1024
OVERLAP: Final = 256
"""Bytes that two pieces share, so that a number across their border is seen."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file: its name below `var`, its text, and where the next one begins (0 at the end of the file)."""

    name: str
    text: str
    next_offset: int
    size: int


def names() -> list[str]:
    """Return the names of the files, in order."""
    return sorted(map(_name, files_of_the_store()))


def changed_since(moment: float) -> list[str]:
    """Return the names of files that changed after a moment (seconds of the epoch), the newest first."""
    found: list[tuple[float, str]] = []
    for path in files_of_the_store():
        try:
            found.append((path.stat().st_mtime, _name(path)))
        except FileNotFoundError:
            continue
    return [name for changed, name in sorted(found, reverse=True) if changed > moment]


def piece(name: str, offset: int) -> Piece:
    """Return a piece of a file; one that is gone, or may not be read, is at its end."""
    try:
        with _opened(_path(name)) as file:
            file.seek(max(0, offset - OVERLAP))
            content = file.read(PIECE + OVERLAP)
            is_end = not file.read(1)
    except (OSError, EOFError):
        return Piece(name, "", 0, 0)
    text = content.decode("utf-8", "replace")
    return Piece(name, text, 0 if is_end else offset + PIECE, len(content))


def last_piece(name: str) -> Piece:
    """Return the end of a file, where a log grows."""
    try:
        size = _path(name).stat().st_size
    except OSError:
        return Piece(name, "", 0, 0)
    return piece(name, max(0, size - PIECE))


def from_name(place: str, listed: list[str]) -> Iterator[tuple[str, int]]:
    """Yield the files still to be read in a round, and where to begin; `place` is what `at_place` returned."""
    offset, _tab, name = place.partition("\t")
    for one in listed:
        if one >= name:
            yield one, int(offset or 0) if one == name else 0


def at_place(name: str, offset: int) -> str:
    """Return where a round goes on, as it is stored."""
    return f"{offset}\t{name}"


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _name(path: Path) -> str:
    root = Path(settings.VAR_DIR)
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _path(name: str) -> Path:
    return Path(settings.VAR_DIR) / name
