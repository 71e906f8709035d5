"""Many texts looked for in one pass over bytes, however many people they are of."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

FIRST: Final = 6
"""Bytes of the beginning of a text by which places are found where it may stand."""

WIDTH: Final = 12
"""Bytes by which texts are told apart there; then the whole of one is compared."""


class Needles:
    """Texts to be looked for, without regard to the case of the letters a to z, and words in their own case.

    The beginnings are one expression in the shape of a tree, so that a pass costs the same for one person as for a
    hundred; what begins like a text is compared with the whole of it.
    """

    def __init__(self, texts: Iterable[bytes], words: Iterable[bytes] = ()) -> None:
        self._words = frozenset(words)
        self._texts = frozenset(text.lower() for text in texts if text)
        self._by_start: dict[bytes, list[bytes]] = {}
        for text in self._texts | {word.lower() for word in self._words}:
            self._by_start.setdefault(text[:WIDTH], []).append(text)
        self._longest = max((len(text) for texts in self._by_start.values() for text in texts), default=0)
        self._widths = sorted({len(start) for start in self._by_start})
        beginnings = sorted({start[:FIRST] for start in self._by_start})
        self._beginnings = re.compile(_tree(beginnings)) if beginnings else None

    def find(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield where a text stands, and as it stands there."""
        if self._beginnings is None:
            return
        lower, place = content.lower(), 0
        while found := self._beginnings.search(lower, place):
            start, place = found.start(), found.start() + 1
            for width in self._widths:
                for text in self._by_start.get(lower[start : start + width], ()):
                    there = content[start : start + len(text)]
                    if there in self._words or (text in self._texts and lower.startswith(text, start)):
                        yield start, there

    def first_in(self, blocks: Iterable[bytes]) -> tuple[int, bytes] | None:
        """Return where the first text stands in a stream of bytes, across its blocks too, and as it stands there."""
        before, read = b"", 0
        for block in blocks:
            content = before + block
            for start, there in self.find(content):
                return read - len(before) + start, there
            read += len(block)
            before = content[1 - self._longest :] if self._longest > 1 else b""
        return None

    def found_in(self, blocks: Iterable[bytes]) -> bool:
        """Tell whether a text stands in a stream of bytes."""
        return self.first_in(blocks) is not None


def _tree(starts: list[bytes]) -> bytes:
    """Return an expression that finds any of some beginnings; what shares its first bytes shares their test."""
    by_first: dict[int, list[bytes]] = {}
    for start in starts:
        by_first.setdefault(start[0], []).append(start[1:])
    parts = [
        re.escape(bytes([first])) + (b"" if b"" in rests else _tree(rests))
        for first, rests in by_first.items()
    ]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"
