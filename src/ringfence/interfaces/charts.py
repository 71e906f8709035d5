"""Charts as plain drawings: where each line and bar goes. Templates draw them, with the same figures in a table beside.

Nothing here has a colour: the style sheet gives it, so that light and dark, print and high contrast follow the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 360
ROW: Final = 42
"""Units a row of a chart of bars takes: the words, and below them the bar."""

COLUMNS_HIGH: Final = 120
WORDS_ABOVE, WORDS_BELOW = 18, 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: what it is, its figure, how long its bar is, and from where to where the true figure may lie."""

    label: str
    value: int
    middle: int
    words: int
    top: int
    length: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars, the longest first."""

    width: int
    height: int
    bars: tuple[Bar, ...]


def bars(rows: Sequence[tuple[str, int]], spread: int) -> Bars:
    """Return a chart of figures, each of which may be off by `spread` in either direction."""
    longest = max((value for _label, value in rows), default=0) + spread or 1
    scale = WIDTH / longest
    drawn = tuple(
        Bar(
            label,
            value,
            middle=place * ROW + 26,
            words=place * ROW + 14,
            top=place * ROW + 21,
            length=round(value * scale, 1),
            low=round(max(value - spread, 0) * scale, 1),
            high=round((value + spread) * scale, 1),
        )
        for place, (label, value) in enumerate(rows)
    )
    return Bars(WIDTH, len(rows) * ROW, drawn)


@dataclass(frozen=True, slots=True)
class Column:
    """A period: its name, its figure or None, and where its column stands."""

    label: str
    value: int | None
    left: float
    middle: float
    top: float
    height: float
    above: float
    anchor: str
    named: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of columns, the oldest first."""

    width: int
    height: int
    base: int
    below: int
    broad: float
    columns: tuple[Column, ...]


def columns(rows: Sequence[tuple[str, int | None]]) -> Columns:
    """Return a chart of how something went, period by period; the first and the last are named."""
    highest = max((value or 0 for _label, value in rows), default=0) or 1
    step = WIDTH / max(len(rows), 3)
    base = WORDS_ABOVE + COLUMNS_HIGH
    drawn = []
    for place, (label, value) in enumerate(rows):
        height = round((value or 0) / highest * COLUMNS_HIGH, 1)
        ends = place in {0, len(rows) - 1}
        anchor = "start" if place == 0 else "end" if ends and len(rows) > 2 else "middle"  # noqa: PLR2004 - room for it
        left = place * step
        drawn.append(
            Column(
                label,
                value,
                left=round(left + step * 0.1, 1),
                middle=round(left + step / 2, 1),
                top=base - height,
                height=height,
                above=round(base - height - 5, 1),
                anchor=anchor,
                named=ends,
            )
        )
    return Columns(WIDTH, base + WORDS_BELOW, base, base + 15, round(step * 0.8, 1), tuple(drawn))
