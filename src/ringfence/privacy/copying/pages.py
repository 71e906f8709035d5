"""The pages of a copy: readable without us, in both languages, on any machine that can show a page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final

from django.db import models

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.copying import columns, words
from ringfence.privacy.copying.sources import OUT, Chunk, History, Kind, Source
from ringfence.privacy.copying.words import both
from ringfence.privacy.inventory import Category, DeclaredField

TITLE: Final = gettext_noop("A copy of your data")
RECORDS: Final = gettext_noop("Records")
STORED: Final = gettext_noop("stored, never shown")
BACK: Final = gettext_noop("Back to the beginning of the copy")
BEFORE: Final = gettext_noop("Earlier page")
NEXT: Final = gettext_noop("Next page")
ZONE: Final = gettext_noop("Moments are in universal time (UTC).")
WHAT: Final = gettext_noop("What")

FEW: Final = 50
"""Records up to which each value is written as people say it; beyond it those that are few different ones are."""

LIST_FROM: Final = 4
"""Records from which they stand in a list, one a line, and no longer each by itself."""


@lru_cache(maxsize=1)
def look() -> str:
    """Return the look of the pages, which is put into each: they are opened far from here."""
    return (Path(__file__).parent / "look.css").read_text(encoding="utf-8")


def document(title: str, body: str) -> str:
    """Return a whole page."""
    return f"{opened(title)}{body}{CLOSED}"


def opened(title: str) -> str:
    """Return a page up to what it says."""
    return (
        '<!DOCTYPE html>\n<html lang="nb">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{look()}</style>\n</head>\n<body>\n<main>\n"
    )


CLOSED: Final = "</main>\n</body>\n</html>\n"


def page_of(kind: Kind, number: int) -> str:
    """Return the name of a page of a kind."""
    return f"pages/{kind.name}-{number:04d}.html"


def kind_begun(kind: Kind, number: int) -> str:
    """Return the beginning of a page of a kind."""
    named = both(kind.title)
    back = [f'<a href="../index.html">{escape(both(BACK))}</a>']
    if number > 1:
        earlier = page_of(kind, number - 1).removeprefix("pages/")
        back.append(f'<a href="{earlier}">{escape(both(BEFORE))}</a>')
    return (
        f"{opened(named)}<p>{' · '.join(back)}</p>\n<h1>{escape(named)}</h1>\n<p>{escape(both(ZONE))}</p>\n"
    )


def kind_ended(kind: Kind, number: int, *, more: bool) -> str:
    """Return the end of a page of a kind, which leads on when there is more."""
    following = page_of(kind, number + 1).removeprefix("pages/")
    on = f'<p><a href="{following}">{escape(both(NEXT))}</a></p>\n' if more else ""
    return f"{on}{CLOSED}"


def section(source: Source | History, chunk: Chunk) -> str:
    """Return records as people read them: a few each by itself, many in a list."""
    shown = [
        (label, column)
        for label, column in zip(_labels(source), _written(source, chunk), strict=True)
        if label and any(column)
    ]
    if not shown:
        return ""
    labels, values = [label for label, _column in shown], [column for _label, column in shown]
    if len(chunk.ids) < LIST_FROM:
        return "".join(_facts(labels, record) for record in zip(*values, strict=True))
    return _list(labels, values)


def _list(labels: Sequence[str], values: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    judged = [columns.judged(column) for column in values]
    rows = columns.rows(judged, write=_escaped, between="</td><td>", start="<tr><td>", end="</td></tr>\n")
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _facts(labels: Sequence[str], record: Iterable[str]) -> str:
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>\n"
        for label, value in zip(labels, record, strict=True)
        if value
    )
    return f"<dl>\n{rows}</dl>\n"


def _labels(source: Source | History) -> list[str]:
    """Return what the columns are called; nothing for references between records."""
    if isinstance(source, History):
        return [both(gettext_noop("When")), both(WHAT), both(gettext_noop("By whom")), both(PURPOSE)]
    return ["" if one.declaration.category is Category.LINK else both(one.label) for one in source.fields]


PURPOSE: Final = gettext_noop("Purpose")


def _written(source: Source | History, chunk: Chunk) -> list[Sequence[str]]:
    if isinstance(source, History):
        when, what, *others = chunk.columns
        return [_moments(when), [words.action(one) for one in what], *others]
    return [
        _column(one, column, few=len(chunk.ids) <= FEW)
        for one, column in zip(source.fields, chunk.columns, strict=True)
    ]


def _column(one: DeclaredField, column: Sequence[Any], *, few: bool) -> Sequence[str]:
    """Return the values of a column as people read them."""
    if one.declaration.category is Category.LINK:
        return [""] * len(column)
    if isinstance(one.model._meta.get_field(one.name), models.DateTimeField):
        return _moments(column)
    if few or one.declaration.plain or not {*map(type, column)} <= {str, type(None)}:
        return columns.each(column, lambda value: _one(one, value))
    return column if None not in column else ["" if value is None else value for value in column]


def _one(one: DeclaredField, value: Any) -> str:
    if value is None:
        return ""
    return both(STORED) if value == OUT else words.value(one, value)


def _moments(column: Sequence[str | None]) -> list[str]:
    return ["" if value is None else f"{value[:10]} {value[11:19]}" for value in column]


def moment(at: datetime) -> str:
    """Return a moment as the pages write it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def facts(pairs: Mapping[str, str]) -> str:
    """Return a few facts, each under its name in both languages."""
    return _facts([both(name) for name in pairs], pairs.values())
