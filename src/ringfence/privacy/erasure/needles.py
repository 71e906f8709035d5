"""Many texts looked for in one pass over bytes, however many people they are of."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

WIDTH: Final = 12
"""Bytes of the beginning of a text by which places are found where it may stand; then the whole of it is compared."""


class Needles:
    """Texts to be looked for, without regard to the case of the letters a to z.

    The beginnings are one expression in the shape of a tree, so that a pass costs the same for one person as for a
    hundred; what begins like a text is compared with the whole of it.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._by_start: dict[bytes, list[bytes]] = {}
        for text in {text.lower() for text in texts if text}:
            self._by_start.setdefault(text[:WIDTH], []).append(text)
        self.longest = max((len(text) for texts in self._by_start.values() for text in texts), default=0)
        self._widths = sorted({len(start) for start in self._by_start})
        self._beginnings = re.compile(_tree(sorted(self._by_start))) if self._by_start else None

    def find(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield where a text stands, and which; `content` is in lower case."""
        if self._beginnings is None:
            return
        place = 0
        while found := self._beginnings.search(content, place):
            start, place = found.start(), found.start() + 1
            for width in self._widths:
                for text in self._by_start.get(content[start : start + width], ()):
                    if content.startswith(text, start):
                        yield start, text

    def found_in(self, blocks: Iterable[bytes]) -> bool:
        """Tell whether a text stands in a stream of bytes, across its blocks too."""
        before = b""
        for block in blocks:
            content = before + block.lower()
            if next(self.find(content), None) is not None:
                return True
            before = content[-self.longest :] if self.longest else b""
        return False


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
