"""Making the files of a copy, a bounded part at a time, so that whoever is killed can be followed by another."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from ringfence.privacy.copying import pages, sources, texts
from ringfence.privacy.copying.ahead import Ahead
from ringfence.privacy.copying.packing import File, Packer, Piece
from ringfence.privacy.copying.sources import Chunk, History, Key, Kind, Source

AT_ONCE: Final = 5_000
"""Records that are read and held at once."""

A_STEP: Final = 20_000
"""Records after which what was made is stored, and a process that is killed loses no more."""

ON_A_PAGE: Final = 2_500
"""Records on one page, which a browser shows without effort."""


@dataclass(slots=True)
class Place:
    """Where a copy stands: which kind, which of its sources, behind which record, on which page."""

    kind: int = 0
    source: int = 0
    after: Key | None = None
    page: int = 1
    on_page: int = 0


@dataclass(slots=True)
class Progress:
    """How far a copy has come. `plan` names its sources: when they are others after an update, it begins anew."""

    plan: list[str]
    place: Place = field(default_factory=Place)
    files: dict[str, File] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    whole: bool = False

    @classmethod
    def of(cls, stored: Any) -> "Progress":
        """Return what was stored."""
        return cls(
            plan=stored["plan"],
            place=Place(**stored["place"]),
            files={name: File(**one) for name, one in stored["files"].items()},
            counts=Counter(stored["counts"]),
            withheld=Counter(stored["withheld"]),
            whole=stored["whole"],
        )

    def as_json(self, packer: Packer) -> dict[str, Any]:
        """Return what is stored."""
        place = {name: getattr(self.place, name) for name in Place.__slots__}
        counted = {"counts": dict(self.counts), "withheld": dict(self.withheld)}
        return {"plan": self.plan, "place": place, "files": packer.as_json(), **counted, "whole": self.whole}


def plan(kinds: list[Kind]) -> list[str]:
    """Return the names of all sources and their columns, in order."""
    return [
        f"{kind.name} {source.label} {' '.join(source.names)}" for kind in kinds for source in kind.sources
    ]


class Maker:
    """Makes the next parts of one person's copy. It lives as long as one process works on the copy."""

    def __init__(self, subject: UUID, progress: Progress, again: Callable[[str], Iterator[bytes]]) -> None:
        """Go on from where a copy stands. `again` gives what a file says so far."""
        self.subject, self.progress = subject, progress
        self.kinds = sources.kinds()
        self.packer = Packer(progress.files, again)
        self._ahead = Ahead()

    def as_json(self) -> dict[str, Any]:
        """Return where the copy stands, to be stored."""
        return self.progress.as_json(self.packer)

    def go_on(self) -> list[Piece]:
        """Make the next part; return its pieces. `progress.whole` tells whether it was the last."""
        left = A_STEP
        try:
            while left > 0 and not self.progress.whole:
                left -= self._chunk(left)
        finally:
            self._ahead.forget()
        return self.packer.pieces()

    def close(self) -> None:
        """End what goes on beside the work."""
        self._ahead.close()
        self.packer.close()

    def _chunk(self, left: int) -> int:
        """Take in the next records of the source in hand; return how many."""
        place = self.progress.place
        kind = self.kinds[place.kind]
        source = kind.sources[place.source]

        def wanted(taken: int) -> int:
            on_page = (place.on_page + taken) % ON_A_PAGE
            return max(0, min(AT_ONCE, left - taken, ON_A_PAGE - on_page))

        chunk = source.chunk(self.subject, place.after, wanted(0), self._ahead, wanted)
        if chunk.ids:
            self._write(kind, source, chunk, is_first=place.after is None)
        place.after = chunk.after
        if not chunk.more:
            self._end_of(kind, source)
        elif place.on_page >= ON_A_PAGE:
            self._end_of_page(kind, more=True)
        return max(1, len(chunk.ids))

    def _write(self, kind: Kind, source: Source | History, chunk: Chunk, *, is_first: bool) -> None:
        write, count = self.packer.write, len(chunk.ids)
        data, table = f"data/{kind.name}.json", f"tables/{source.label}.csv"
        beginning = ",\n" if data in self.packer.files else texts.begun(kind, settings.PUBLIC_ORIGIN)
        write(data, beginning + texts.data(source, chunk), count)
        write(table, (texts.head(source) if is_first else "") + texts.table(source, chunk), count)
        self._on_page(kind, pages.section(source, chunk), count)
        self.progress.counts[kind.name] += count
        for name, withheld in chunk.withheld.items():
            if withheld:
                self.progress.withheld[f"{source.label}.{name}"] += withheld

    def _on_page(self, kind: Kind, text: str, count: int) -> None:
        page = pages.page_of(kind, self.progress.place.page)
        beginning = "" if page in self.packer.files else pages.kind_begun(kind, self.progress.place.page)
        self.packer.write(page, beginning + text, count)
        self.progress.place.on_page += count

    def _end_of(self, kind: Kind, source: Source | History) -> None:
        """Go on to the next source, or to the next kind."""
        place = self.progress.place
        if (table := f"tables/{source.label}.csv") in self.packer.files:
            self.packer.end(table)
        place.source, place.after = place.source + 1, None
        if place.source < len(kind.sources):
            if place.on_page >= ON_A_PAGE:
                self._end_of_page(kind, more=self._any_left(kind, place.source))
            return
        if (data := f"data/{kind.name}.json") in self.packer.files:
            self.packer.write(data, texts.END)
            self.packer.end(data)
        if place.on_page:
            self._end_of_page(kind, more=False)
        self.progress.place = Place(kind=place.kind + 1)
        self.progress.whole = self.progress.place.kind == len(self.kinds)

    def _any_left(self, kind: Kind, first: int) -> bool:
        return any(source.count(self.subject) for source in kind.sources[first:])

    def _end_of_page(self, kind: Kind, *, more: bool) -> None:
        place = self.progress.place
        page = pages.page_of(kind, place.page)
        self.packer.write(page, pages.kind_ended(kind, place.page, more=more))
        self.packer.end(page)
        place.page, place.on_page = place.page + 1, 0
