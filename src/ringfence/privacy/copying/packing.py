"""Texts on their way into the files of a copy: gathered, packed beside the work, and numbered as pieces.

What is known of each file so far is plain data, so that another process can go on with it. Only the running digest of
a file cannot be written down; whoever goes on reads the pieces that there are once more.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from ringfence.privacy.copying import archive
from ringfence.privacy.copying.archive import Entry

GATHERED: Final = 512 * 1024
"""Characters of a file that are gathered before they are packed."""


@dataclass(slots=True)
class File:
    """A file so far. `digest` is there once it is whole."""

    crc: int = 0
    size: int = 0
    packed: int = 0
    pieces: int = 0
    records: int = 0
    digest: str = ""

    def entry(self, name: str) -> Entry:
        """Return it as it is listed."""
        return Entry(name, self.crc, self.size, self.packed)


@dataclass(frozen=True, slots=True)
class Piece:
    """A packed piece of a file."""

    file: str
    number: int
    content: bytes


class Packer:
    """Takes texts in and gives pieces out; packing goes on in a thread of its own meanwhile."""

    def __init__(self, files: dict[str, File], again: Callable[[str], Iterator[bytes]]) -> None:
        """Go on with files. `again` gives what a file says so far, for its digest."""
        self.files = files
        self._again = again
        self._gathered: dict[str, list[str]] = {}
        self._lengths: dict[str, int] = {}
        self._digests: dict[str, Any] = {}
        self._work: list[Future[Piece]] = []
        self._thread = ThreadPoolExecutor(max_workers=1)

    def write(self, name: str, text: str, records: int = 0) -> None:
        """Add a text to a file, which is begun when it is the first."""
        file = self.files.setdefault(name, File())
        file.records += records
        self._gathered.setdefault(name, []).append(text)
        self._lengths[name] = self._lengths.get(name, 0) + len(text)
        if self._lengths[name] >= GATHERED:
            self._pack(name, last=False)

    def end(self, name: str) -> None:
        """Say that a file is whole."""
        self._pack(name, last=True)

    def pieces(self) -> list[Piece]:
        """Return all pieces made since the last time; nothing stays gathered."""
        for name in [name for name, length in self._lengths.items() if length]:
            self._pack(name, last=False)
        made = [job.result() for job in self._work]
        self._work.clear()
        return made

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)

    def as_json(self) -> dict[str, Any]:
        """Return what is known of the files, to go on with."""
        return {name: asdict(file) for name, file in self.files.items()}

    def _pack(self, name: str, *, last: bool) -> None:
        text = "".join(self._gathered.pop(name, ()))
        self._lengths.pop(name, None)
        if name not in self._digests:
            self._digests[name] = hashlib.sha256()
            for content in self._again(name) if self.files[name].pieces else ():
                self._digests[name].update(content)
        file = self.files[name]
        number, file.pieces = file.pieces, file.pieces + 1
        self._work.append(self._thread.submit(self._packed, name, number, text, last))

    def _packed(self, name: str, number: int, text: str, last: bool) -> Piece:  # noqa: FBT001 - passed on by the pool
        content, file, digest = text.encode(), self.files[name], self._digests[name]
        digest.update(content)
        file.crc = zlib.crc32(content, file.crc)
        file.size += len(content)
        packed = archive.pack(content, last=last)
        file.packed += len(packed)
        if last:
            file.digest = digest.hexdigest()
            del self._digests[name]
        return Piece(name, number, packed)
