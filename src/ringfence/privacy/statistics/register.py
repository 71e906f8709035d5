"""The register of statistics: each room enters what may be counted of what it holds; the engine walks the list.

A source counts units, which are customers, or something that is nobody's, such as views of a page. Its relation is
SQL, so that the database adds up millions of rows where they are:

    register.enter(Source(
        key="active",
        title=gettext_noop("Customers with a number"),
        unit=Unit.CUSTOMER,
        cells=countries,                    # codes that anybody can know, whoever is a customer; "other" is added
        bounds=people(),
        relation="SELECT subject, country, 1 FROM ... WHERE at >= %(begin)s AND at < %(end)s",
    ))

The relation gives rows of (person uuid, cell text, amount integer), as many of a person as it likes, for the moments
from `begin` up to `end`. Where the unit is nobody's, the person is NULL and the amount a number of units.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from ringfence.privacy.statistics.rules import Level, Unit

OTHER: Final = "other"
"""The cell of everything that has none of its own."""


class Names(StrEnum):
    """What the cells of a table are."""

    COUNTRY = "country"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one unit can change a table at most: so many cells, by so much each, and the total by as much."""

    cells: int
    amounts: Mapping[Level, int]


def people() -> Bounds:
    """Return the bounds of a table that counts people: each in two cells at most, and once in the total."""
    return Bounds(2, dict.fromkeys(Level, 1))


def amounts(*, quarter: int, month: int, week: int) -> Bounds:
    """Return the bounds of a table of amounts: a person's beyond the cap of a cell and a period count for nothing."""
    return Bounds(2, {Level.QUARTER: quarter, Level.MONTH: month, Level.WEEK: week})


def single() -> Bounds:
    """Return the bounds of a table whose units are nobody's: each is one in one cell."""
    return Bounds(1, dict.fromkeys(Level, 1))


@dataclass(frozen=True, slots=True)
class Source:
    """Something that may be counted. `title` is a message id and says what the figures are.

    `parts` is its share of what a period may cost its unit. With `adds_up` a longer period has as many times more.
    `kept_for` is how long the rows of the relation exist before retention lets go of them; older days of a period are
    not counted, and the release says from which day on it counted.
    """

    key: str
    title: str
    unit: Unit
    cells: Callable[[], Collection[str]]
    bounds: Bounds
    relation: str
    parts: int = 1
    names: Names = Names.COUNTRY
    adds_up: bool = True
    kept_for: Callable[[], timedelta] | None = None

    @property
    def counts_people(self) -> bool:
        """Whether its figures are themselves a number of units, so that a threshold on them is one on units."""
        return set(self.bounds.amounts.values()) == {1}


_entered: dict[str, Source] = {}


def enter(source: Source) -> None:
    """Enter a source; entering the same key again replaces it. Raises ValueError for bounds that bound nothing."""
    if source.bounds.cells < 1 or min(source.bounds.amounts[level] for level in Level) < 1:
        raise ValueError(f"the statistics {source.key} have no bounds")
    if source.unit is not Unit.CUSTOMER and source.bounds != single():
        raise ValueError(f"the statistics {source.key}: a unit that is nobody's counts once, in one cell")
    _entered[source.key] = source


def sources() -> list[Source]:
    """Return every source that was entered, by key."""
    return sorted(_entered.values(), key=lambda one: one.key)


def source(key: str) -> Source | None:
    """Return a source, or None when nobody enters it any more."""
    return _entered.get(key)
