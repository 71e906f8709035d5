"""What changed between two versions, clause by clause and word by word (clause 5.2). No Django, no clock."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

SAME: Final = "same"
CHANGED: Final = "changed"
ADDED: Final = "added"
REMOVED: Final = "removed"

_TOKEN: Final = re.compile(r"\s+|\w+|[^\w\s]")

Piece = tuple[str, str]
"""A stretch of words and what became of it: `same`, `added` or `removed`."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A clause, or a row of a table, in both versions. `parts` are its texts, each in pieces."""

    name: str
    state: str
    parts: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A section, or a table, with what stands in it."""

    name: str
    title: str
    found: tuple[Compared, ...] = field(default_factory=tuple)

    @property
    def changed(self) -> tuple[Compared, ...]:
        """What is not the same in both versions."""
        return tuple(one for one in self.found if one.state != SAME)


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return a text as pieces that stayed, went and came, in the order of reading.

    The pieces that stayed and came, put together, are the new text; those that stayed and went, the old one. A space
    between two words that changed goes with them, so that a phrase is taken out and put in as a whole.
    """
    found: list[Piece] = []
    went, came = "", ""
    for stayed, removed, added in _steps(old, new):
        if stayed and (not stayed.isspace() or not (went or came)):
            found += _filled((REMOVED, went), (ADDED, came), (SAME, stayed))
            went, came = "", ""
        else:
            went, came = went + stayed + removed, came + stayed + added
    return (*found, *_filled((REMOVED, went), (ADDED, came)))


def _steps(old: str, new: str) -> Iterator[tuple[str, str, str]]:
    """Yield what stayed, or what went and came."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for step, a_from, a_to, b_from, b_to in steps:
        one, other = "".join(before[a_from:a_to]), "".join(after[b_from:b_to])
        yield (one, "", "") if step == "equal" else ("", one, other)


def _filled(*found: Piece) -> list[Piece]:
    return [one for one in found if one[1]]


def compared(old: Mapping[str, Any], new: Mapping[str, Any], language: str) -> list[Group]:
    """Return every section of both versions in one language with its clauses, in the order of their numbers."""
    titles = {one["number"]: one["title"] for text in (old, new) for one in text.get(language, ())}
    before, after = (_clauses(text, language) for text in (old, new))
    return [
        Group(
            str(number),
            titles[number],
            tuple(
                _compared(name, before.get(name), after.get(name))
                for name in _in_order(before, after)
                if int(name.partition(".")[0]) == number
            ),
        )
        for number in sorted(titles)
    ]


def compared_tables(
    old: Mapping[str, Sequence[Mapping[str, str]]],
    new: Mapping[str, Sequence[Mapping[str, str]]],
    columns: Mapping[str, Sequence[str]],
) -> list[Group]:
    """Return the rows of each table of both versions; a row is told by its first cell, and by its last one."""
    return [
        _compared_table(name, old.get(name, ()), new.get(name, ()), cells) for name, cells in columns.items()
    ]


def _compared_table(
    name: str, old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]], cells: Sequence[str]
) -> Group:
    before, after = ({(row[cells[0]], row[cells[-1]]): row for row in rows} for rows in (old, new))
    found = tuple(
        _compared(key[0], _texts(before.get(key), cells), _texts(after.get(key), cells))
        for key in _in_order(before, after)
    )
    return Group(name, name, found)


def _texts(row: Mapping[str, str] | None, cells: Sequence[str]) -> tuple[str, ...] | None:
    return None if row is None else tuple(row[cell] for cell in cells)


def _clauses(text: Mapping[str, Any], language: str) -> dict[str, tuple[str, ...]]:
    return {
        clause["number"]: (clause["text"], clause["law_note"], clause["article"])
        for section in text.get(language, ())
        for clause in section["clauses"]
    }


def _in_order(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Iterator[Any]:
    yield from dict.fromkeys((*after, *before))


def _compared(name: str, old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> Compared:
    if old is None or new is None:
        state, texts = (ADDED, new or ()) if old is None else (REMOVED, old)
        return Compared(name, state, tuple(((state, text),) for text in texts))
    parts = tuple(pieces(one, other) for one, other in zip(old, new, strict=True))
    return Compared(name, SAME if old == new else CHANGED, parts)
