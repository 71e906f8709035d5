"""The search at one and at five million numbers, kind by kind, the two stocks asked in turn."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import numbers_stock
from benchmarks.ground import Figure

SMALL, LARGE = 1_000_000, 5_000_000
SEARCHES = 120
TRIES = 2
LIMIT = 2.0


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    from django.conf import settings

    settings.STOCK_COUNTS_SECONDS = 1e9
    sizes = _stocks()
    times: dict[tuple[str, str], list[float]] = {}
    stocks = {schema: Stock(schema) for schema in sizes}
    for name, make in KINDS.items():
        chance = random.Random(name)
        for _ in range(SEARCHES):
            asked = make(chance)
            for schema, stock in stocks.items():
                times.setdefault((name, schema), []).append(stock.ask(*asked))
    yield from _figures(times, sizes)


def _stocks() -> dict[str, int]:
    """Make both stocks: the large one in the store's own tables, the small one in a schema beside them."""
    with numbers_stock.owner() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS small")
        connection.execute("GRANT USAGE ON SCHEMA small TO PUBLIC")
        for table in ("telephony_number", "telephony_numbercount"):
            connection.execute(f"CREATE TABLE small.{table} (LIKE public.{table} INCLUDING ALL)")
            connection.execute(f"GRANT SELECT ON small.{table} TO PUBLIC")
        connection.execute("SET search_path TO small, public")
        small = numbers_stock.fill(connection, SMALL)
        connection.execute("SET search_path TO public")
        return {"small": small, "public": numbers_stock.fill(connection, LARGE)}


class Stock:
    """One of the two stocks, as a web process of its own would know it."""

    def __init__(self, schema: str) -> None:
        """Nothing is read yet."""
        from ringfence.telephony import search, search_stock

        self.schema, self.search, self.remembered = schema, search, search_stock
        self.kept: Any = None
        self.prices = prices()

    def ask(self, criteria: Any, after: str = "") -> float:
        """Return the milliseconds of a search: the fastest of a few tries, which leaves other programs' share out."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {self.schema}, public")
        self.remembered.REMEMBERED.clear()
        if self.kept:
            self.remembered.REMEMBERED[""] = self.kept
        self.kept = self.remembered.stock_now()
        self.search.search(criteria, self.prices, after)
        taken = []
        for _ in range(TRIES):
            self.kept.counted = {}
            began = time.perf_counter()
            self.search.search(criteria, self.prices, after)
            taken.append((time.perf_counter() - began) * 1000)
        return min(taken)


def prices() -> Any:
    """Return a price list with a price for every country and type."""
    from ringfence.telephony.queries import PriceRank

    chance = random.Random(3)
    return tuple(
        PriceRank(country, kind, chance.choice(numbers_stock.PRICES))
        for country, *_rest in numbers_stock.countries()
        for kind in numbers_stock.TYPES
    )


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _country(chance: random.Random) -> str:
    found = list(numbers_stock.countries())
    return chance.choices([one[0] for one in found], [one[3] for one in found])[0]


def _kind(
    pattern: str = "",
    *,
    country: bool = False,
    area: bool = False,
    filters: bool = False,
    sort: str = "price",
) -> Callable[[random.Random], tuple[Any, str]]:
    """Return a maker of searches of one kind; each # in the pattern is a digit by chance."""

    def make(chance: random.Random) -> tuple[Any, str]:
        from ringfence.telephony.keypad import search_pattern
        from ringfence.telephony.queries import Criteria, Sort

        digits = "".join(_digits(chance, 1) if sign == "#" else sign for sign in pattern)
        return Criteria(
            country=_country(chance) if country or area else "",
            area=f"Area {chance.randint(20, 69)}" if area else "",
            type="geographic" if area else "",
            capabilities=frozenset(chance.choice([["sms"], ["fax"], ["fax", "sms"]]))
            if filters
            else frozenset(),
            ready_at_once=filters,
            at_most=chance.choice(numbers_stock.PRICES[1:]) if filters else None,
            pattern=search_pattern(digits) if digits else None,
            sort=Sort(sort),
        ), ""

    return make


def _deep(chance: random.Random) -> tuple[Any, str]:
    """A page far down: from a place in the middle of one group."""
    from ringfence.telephony.queries import Criteria

    price = chance.choice(prices())
    code, length = next(one[1:3] for one in numbers_stock.countries() if one[0] == price.country)
    place = code + chance.choice("23456789") + _digits(chance, length - 1)
    return Criteria(), f"{price.monthly_minor}.{price.country}.{price.type}.{place}"


KINDS: dict[str, Callable[[random.Random], tuple[Any, str]]] = {
    "everything by price": _kind(),
    "everything by digits": _kind(sort="digits"),
    "a page far down": _deep,
    "country": _kind(country=True),
    "country, area, type": _kind(area=True),
    "filters": _kind(filters=True),
    "contains 2": _kind("##"),
    "contains 3": _kind("###"),
    "contains 4": _kind("####"),
    "contains 5": _kind("#####"),
    "contains 7": _kind("#######"),
    "contains 3 in a country": _kind("###", country=True),
    "contains 4 in a country": _kind("####", country=True),
    "contains 5 in a country": _kind("#####", country=True),
    "starts with 3": _kind("###*"),
    "starts with 5": _kind("#####*"),
    "ends with 2": _kind("*##"),
    "ends with 3": _kind("*###"),
    "ends with 4": _kind("*####"),
    "ends with 6": _kind("*######"),
    "area, filters, contains 3": _kind("###", area=True, filters=True),
    "found nowhere": _kind("##########"),
}


def _figures(times: dict[tuple[str, str], list[float]], sizes: dict[str, int]) -> Iterator[Figure]:
    ratios = {}
    for name in KINDS:
        small, large = sorted(times[name, "small"]), sorted(times[name, "public"])
        p99 = {
            schema: quarter[int(len(quarter) * 0.99) - 1] for schema, quarter in (("s", small), ("l", large))
        }
        ratios[name] = (p99["l"] / p99["s"], p99["l"])
        middle = f"p50 {statistics.median(small):.2f} and {statistics.median(large):.2f} ms"
        yield Figure(
            f"search_p99_ms ({name})",
            p99["l"],
            "ms",
            "-",
            f"{p99['s']:.2f} ms at {sizes['small']:,} numbers",
            f"{sizes['public']:,} numbers, page and counts; {middle}",
        )
    slowest = max(ratios, key=lambda name: ratios[name][1])
    worst = max(ratios, key=lambda name: ratios[name][0])
    how = f"slowest kind at 5 million: {slowest}; {SEARCHES} searches a kind in turn, each the fastest of {TRIES}"
    value = ratios[slowest][0]
    yield Figure(
        "search_p99_ratio_5m_1m", value, "x", f"<= {LIMIT:g}", "1 million numbers", how, value <= LIMIT
    )
    yield Figure(
        "search_p99_ratio_worst",
        ratios[worst][0],
        "x",
        "-",
        "1 million numbers",
        f"the kind that grows most: {worst}",
    )
