"""The search of the numbers for sale: one page of them, and the counts beside each choice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import search_reading
from ringfence.telephony.facets import Facets, facets, loosened
from ringfence.telephony.keypad import Anchor, SearchPattern
from ringfence.telephony.rules import NumberState
from ringfence.telephony.search_rules import (
    Cell,
    Criteria,
    PriceRank,
    Stream,
    place_of,
    read_place,
    streams,
    way,
)
from ringfence.telephony.search_stock import Stock, stock_now

T = TypeVar("T")

COUNTED_UP_TO: Final = 1000
"""What is found by digits is counted this far, and then "more than"."""

READ_ALONG_UP_TO: Final = 40_000
"""Digits that no index leads to are counted only among so many numbers; among more, the count is not told."""

FEWEST_DIGITS: Final = 2
"""A suggestion has at least so many digits."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A number as a visitor sees it; its price is that of its country and type."""

    id: UUID
    public_id: str
    e164: str
    country: str
    area: str
    type: str
    capabilities: tuple[str, ...]
    documents: tuple[str, ...]
    unused_since: datetime | None
    state: NumberState

    @property
    def ready_at_once(self) -> bool:
        """Whether no papers are asked for."""
        return not self.documents


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search. `cursor` leads to the next one, None at the end.

    `total` stops at COUNTED_UP_TO + 1 when digits are looked for, and is None where they are not counted. `choices`
    counts what each choice leads to; None where that is not counted: then every choice that has numbers is open.
    """

    offers: list[Offer]
    cursor: str | None
    total: int | None
    choices: Facets | None
    stock: Facets


def _counted(stock: Stock, criteria: Criteria, prices: tuple[PriceRank, ...]) -> Facets:
    plain = replace(criteria, pattern=None)
    return stock.once((plain, prices), lambda: _count(stock, plain, prices))


def _count(stock: Stock, criteria: Criteria, prices: tuple[PriceRank, ...]) -> Facets:
    here = facets(stock.cells_for(criteria), criteria, prices)
    if not criteria.country:
        return here
    anywhere = _counted(stock, replace(criteria, country="", area=""), prices)
    return replace(here, countries=anywhere.countries)


def search(criteria: Criteria, prices: Sequence[PriceRank], after: str = "", limit: int = 20) -> SearchPage:
    """Return a page of numbers for sale. A cursor that means nothing starts anew.

    Raises Refusal `search.too_long_to_find` when it cannot be answered in the time a search may take.
    """
    stock, prices = stock_now(), tuple(prices)
    place = read_place(after, criteria.sort) if after else None
    found_by = way(criteria.pattern) if criteria.pattern else None
    wanted = streams(criteria, prices, stock.cells_for(criteria), place)
    rows = search_reading.read(wanted, found_by, limit + 1) if wanted else []
    whole = _counted(stock, criteria, prices)
    total, choices = (whole.total, whole) if found_by is None else _by_digits(criteria, prices, stock)
    offers = [_offer(row) for row in rows[:limit]]
    if total is None and not place and len(rows) <= limit:
        total = len(rows)
    cursor = _cursor(offers[-1], criteria, prices) if len(rows) > limit else None
    return SearchPage(offers, cursor, total, choices, whole)


def overview(criteria: Criteria, prices: Sequence[PriceRank]) -> SearchPage:
    """Return the choices of a search, digits aside, and no numbers; nothing is looked for."""
    whole = _counted(stock_now(), criteria, tuple(prices))
    return SearchPage([], None, None, whole, whole)


def _cursor(last: Offer, criteria: Criteria, prices: Sequence[PriceRank]) -> str:
    price = next(one for one in prices if (one.country, one.type) == (last.country, last.type))
    return str(place_of(last.e164, price, criteria.sort))


def _by_digits(
    criteria: Criteria, prices: tuple[PriceRank, ...], stock: Stock
) -> tuple[int | None, Facets | None]:
    """Count what is found by digits: everywhere, else in the country, else only what is chosen."""
    loose = Criteria(pattern=criteria.pattern)
    scopes = [loose, *([replace(loose, country=criteria.country)] if criteria.country else [])]
    for scope in scopes:
        cells = _digit_cells(scope, prices, stock)
        if cells is not None:
            counted = facets(cells, criteria, prices)
            return counted.total, counted if not scope.country else _without_countries(counted)
    cells = _digit_cells(criteria, prices, stock, partly=True)
    return (None if cells is None else sum(cell.count for cell in cells)), None


def _without_countries(counted: Facets) -> Facets:
    return replace(counted, countries=None)


def _digit_cells(
    scope: Criteria, prices: tuple[PriceRank, ...], stock: Stock, *, partly: bool = False
) -> list[Cell] | None:
    """Count the hits of a scope; None when there are too many to count, unless a part of them is enough."""
    return stock.once(
        ("digits", scope, prices, partly), lambda: _read_cells(scope, prices, stock, partly=partly)
    )


def _read_cells(
    scope: Criteria, prices: tuple[PriceRank, ...], stock: Stock, *, partly: bool
) -> list[Cell] | None:
    if scope.pattern is None:
        return None
    found_by = way(scope.pattern)
    wanted = streams(scope, prices, stock.cells_for(scope))
    if not wanted:
        return []
    if found_by.reads_along and _size(wanted, stock) > READ_ALONG_UP_TO:
        return None
    try:
        rows = search_reading.count(wanted, found_by, COUNTED_UP_TO + 1)
    except Refusal:
        return None
    if sum(row[4] for row in rows) > COUNTED_UP_TO and not partly:
        return None
    return [Cell(*row) for row in rows]


def _size(wanted: Sequence[Stream], stock: Stock) -> int:
    groups = {(stream.country, stream.type) for stream in wanted}
    return sum(cell.count for cell in stock.everywhere if (cell.country, cell.type) in groups)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A search that finds something where another one found nothing. `total` may be COUNTED_UP_TO + 1.

    `without` names the choice that was left out; for digits it is "pattern", and `digits` holds others that are near.
    """

    without: str
    total: int
    digits: str = ""


def suggestions(criteria: Criteria, prices: Sequence[PriceRank]) -> list[Suggestion]:
    """Return what to loosen in a search that found nothing, so that it never ends there."""
    stock, prices = stock_now(), tuple(prices)
    found = [*_nearest(criteria, prices, stock)]
    if criteria.pattern:
        found.append(Suggestion("pattern", _counted(stock, criteria, prices).total))
    hits = _digit_cells(Criteria(pattern=criteria.pattern), prices, stock)
    for name, looser in loosened(criteria) if hits or not criteria.pattern else ():
        counted = facets(hits, looser, prices) if hits else _counted(stock, looser, prices)
        found.append(Suggestion(name, counted.total))
    found = [one for one in found if one.total]
    if not found and criteria.country:
        everything = _counted(stock, Criteria(country=criteria.country), prices).total
        found = [Suggestion("all_but_country", everything)] if everything else []
    return found


def _nearest(criteria: Criteria, prices: tuple[PriceRank, ...], stock: Stock) -> Iterator[Suggestion]:
    """Yield digits like those of a search, one shorter."""
    pattern = criteria.pattern
    if pattern is None or "?" in pattern.digits or len(pattern.digits) <= FEWEST_DIGITS:
        return
    for digits in _fewer(pattern):
        looser = replace(criteria, pattern=SearchPattern(digits, pattern.anchor))
        cells = _digit_cells(looser, prices, stock, partly=True)
        total = sum(cell.count for cell in cells) if cells is not None else COUNTED_UP_TO + 1
        yield Suggestion("", total, digits)


def _fewer(pattern: SearchPattern) -> list[str]:
    without_first, without_last = pattern.digits[1:], pattern.digits[:-1]
    if pattern.anchor is Anchor.END:
        return [without_first]
    return [without_last] if pattern.anchor is not Anchor.ANYWHERE else sorted({without_first, without_last})


def _offer(row: tuple[Any, ...]) -> Offer:
    key, e164, country, area, kind, capabilities, documents, unused_since, state = row
    return Offer(
        key,
        public_id("num", key),
        e164,
        country,
        area,
        kind,
        tuple(capabilities),
        tuple(documents),
        unused_since,
        NumberState(state),
    )
