"""The counts beside each choice of a search: how many numbers there would be with it, all other choices kept."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ringfence.telephony.number_blocks import Capability
from ringfence.telephony.search_rules import READY, TRAITS, Cell, Criteria, PriceRank, fits


@dataclass(frozen=True, slots=True)
class Facets:
    """How many numbers each choice leads to; `countries` is None where other countries were not looked at.

    Of prices: how many cost so much or less a month, by amount.
    """

    total: int
    countries: dict[str, int] | None
    areas: dict[str, int]
    types: dict[str, int]
    capabilities: dict[str, int]
    ready_at_once: int
    prices: dict[int, int]


def facets(cells: Iterable[Cell], criteria: Criteria, prices: Sequence[PriceRank]) -> Facets:
    """Count the choices. Cells without a price are not for sale."""
    monthly = {(price.country, price.type): price.monthly_minor for price in prices}
    sold = [
        (cell, monthly[cell.country, cell.type]) for cell in cells if (cell.country, cell.type) in monthly
    ]
    affordable = [cell for cell, price in sold if criteria.at_most is None or price <= criteria.at_most]

    def by(loose: Criteria, name: str) -> dict[str, int]:
        found: Counter[str] = Counter()
        for cell in affordable:
            if fits(cell, loose):
                found[getattr(cell, name)] += cell.count
        return dict(found)

    chosen = [cell for cell in affordable if fits(cell, criteria)]
    loose = [cell for cell in affordable if fits(cell, replace(criteria, ready_at_once=False))]
    costs: Counter[int] = Counter()
    for cell, price in sold:
        if fits(cell, criteria):
            costs[price] += cell.count
    return Facets(
        total=sum(cell.count for cell in chosen),
        countries=by(replace(criteria, country="", area=""), "country"),
        areas=by(replace(criteria, area=""), "area") if criteria.country else {},
        types=by(replace(criteria, type=""), "type"),
        capabilities={
            str(name): sum(cell.count for cell in chosen if cell.traits & TRAITS[name]) for name in Capability
        },
        ready_at_once=sum(cell.count for cell in loose if cell.traits & READY),
        prices={price: sum(n for other, n in costs.items() if other <= price) for price in sorted(costs)},
    )


def loosened(criteria: Criteria) -> list[tuple[str, Criteria]]:
    """Return the search without each of its choices in turn, by the name of what was left out."""
    ways = {
        "at_most": replace(criteria, at_most=None),
        "ready_at_once": replace(criteria, ready_at_once=False),
        "capabilities": replace(criteria, capabilities=frozenset()),
        "type": replace(criteria, type=""),
        "area": replace(criteria, area=""),
        "country": replace(criteria, country="", area=""),
    }
    return [(name, looser) for name, looser in ways.items() if looser != criteria]
