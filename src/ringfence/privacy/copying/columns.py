"""Columns of values as text: judged once as a whole, so that most need no look at each value.

A copy of a large customer is a million values in three forms. Nearly all are ids, moments and telephone numbers, which
are the same text in each form; what is not is written value by value.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_SIGNS: Final = ('"', "\\", ",", "&", "<", ">")
"""Signs that some form writes in another way."""

_FORMULAS: Final = frozenset("=+-@")
"""What a spreadsheet takes for the beginning of a formula."""

FEW: Final = 64
"""Different values up to which each is written once, however often it stands."""


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one field. `is_simple`: texts that are the same in every form; `is_empty`: nothing at all."""

    values: Sequence[Any]
    is_simple: bool
    is_empty: bool


def judged(values: Sequence[Any], *, is_safe: bool = False) -> Column:
    """Look at a column once; one that `is_safe` holds ids or moments where it holds texts."""
    kinds = set(map(type, values))
    if kinds <= {type(None)}:
        return Column(values, is_simple=False, is_empty=True)
    if kinds != {str}:
        return Column(values, is_simple=False, is_empty=False)
    return Column(values, is_simple=is_safe or _is_simple(values), is_empty=False)


def _is_simple(values: Sequence[str]) -> bool:
    """Tell whether texts are the same in every form; a telephone number with its plus sign is no formula."""
    text = "".join(values)
    if not text.isprintable() or any(sign in text for sign in _SIGNS):
        return False
    begun = {value[:1] for value in values} & _FORMULAS
    if not begun:
        return True
    is_numbers = text.count("+") == len(values) and text.replace("+", "").isdecimal()
    return begun == {"+"} and is_numbers and all(map(len, values))


def each(values: Sequence[Any], write: Callable[[Any], str]) -> list[str]:
    """Write every value, one that stands often only once."""
    try:
        different = set(values)
    except TypeError:
        return [write(value) for value in values]
    if len(different) > FEW or {bool, int} <= set(map(type, different)):
        return [write(value) for value in values]
    said = {value: write(value) for value in different}
    return [said[value] for value in values]


def rows(  # noqa: PLR0913 - each is a part of a form
    columns: Iterable[Column],
    *,
    write: Callable[[Any], str],
    simple: str = "%s",
    empty: str = "",
    names: Sequence[str] = (),
    between: str = "",
    start: str = "",
    end: str = "",
) -> str:
    """Write rows of columns: `start`, the cells with `between` them, `end`.

    A cell is its name followed by what `write` makes of it, by `simple` around a simple one, or by `empty`.
    """
    cells, values = [], []
    for place, column in enumerate(columns):
        name = names[place].replace("%", "%%") if names else ""
        if column.is_empty:
            cells.append(name + empty)
        elif column.is_simple:
            cells.append(name + simple)
            values.append(column.values)
        else:
            cells.append(f"{name}%s")
            values.append(each(column.values, write))
    template = start.replace("%", "%%") + between.join(cells) + end
    return "".join(map(template.__mod__, zip(*values, strict=True)))
