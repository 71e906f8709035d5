"""What is for sale, counted by all that a choice can be made by, as this process last read it."""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

from django.conf import settings

from ringfence.telephony import stock_queries
from ringfence.telephony.search_rules import Cell, Criteria, traits_of

T = TypeVar("T")
_MOST_COUNTED: Final = 256


@dataclass(slots=True)
class Stock:
    """What is for sale, as it was a moment ago, and what has been counted from it since."""

    read_at: float
    cells: tuple[Cell, ...]
    counted: dict[Hashable, object] = field(default_factory=dict)
    everywhere: tuple[Cell, ...] = field(init=False)
    of_country: dict[str, list[Cell]] = field(init=False)

    def __post_init__(self) -> None:
        """Add the areas of each country up, for the searches that do not ask for one."""
        added: Counter[tuple[str, str, int]] = Counter()
        self.of_country = {}
        for cell in self.cells:
            added[cell.country, cell.type, cell.traits] += cell.count
            self.of_country.setdefault(cell.country, []).append(cell)
        self.everywhere = tuple(
            Cell(country, "", kind, traits, count) for (country, kind, traits), count in added.items()
        )

    def cells_for(self, criteria: Criteria) -> Sequence[Cell]:
        """Return the cells that a search may fit: of its country, and apart by area only where that matters."""
        if criteria.country:
            return self.of_country.get(criteria.country, ())
        return self.cells if criteria.area else self.everywhere

    def once(self, asked: Hashable, count: Callable[[], T]) -> T:
        """Return what was counted for this, counting it when it has not been."""
        if asked in self.counted:
            return cast("T", self.counted[asked])
        if len(self.counted) >= _MOST_COUNTED:
            self.counted = {}
        counted = count()
        self.counted[asked] = counted
        return counted


REMEMBERED: Final[dict[str, Stock]] = {}
"""The stock as this process last read it."""


def stock_now() -> Stock:
    """Return what is for sale; read again when it is older than `STOCK_COUNTS_SECONDS`."""
    kept, now = REMEMBERED.get(""), time.monotonic()
    if kept is None or now - kept.read_at >= settings.STOCK_COUNTS_SECONDS:
        kept = REMEMBERED[""] = Stock(now, _cells())
    return kept


def _cells() -> tuple[Cell, ...]:
    return tuple(
        Cell(
            row.country,
            row.area,
            row.type,
            traits_of(row.capabilities, ready_at_once=row.ready_at_once),
            row.count,
        )
        for row in stock_queries.available()
    )
