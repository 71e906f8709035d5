"""What a search asks for, and the streams of numbers it is read from; pure decisions, no database.

The numbers of one country and type have one price. A stream is what an index holds of one such group, in the
order of the digits; a search reads its streams in the order of their rank and stops when the page is full.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers

from ringfence.telephony.keypad import Anchor, SearchPattern
from ringfence.telephony.number_blocks import Capability

TRAITS: Final = {Capability.VOICE: 1, Capability.SMS: 2, Capability.FAX: 4, Capability.MMS: 8}
"""The bit of each capability in `number_traits()`, the database's own key of what a number can do."""

READY: Final = 16
"""The bit of a number that needs no documents."""

LONG: Final = 5
"""So many digits in a row are looked up everywhere at once; one fewer in each country; fewer still are read along."""

TAIL: Final = 4
"""So many last digits have an index of their own."""

EVERYWHERE: Final = 1_000_000_000
"""Added to a run of LONG digits; below it are runs of four, each country's apart."""

LONGEST_CURSOR: Final = 60
_RUN: Final = LONG - 1


class Sort(StrEnum):
    """The order of what is found; equals are ordered by their digits."""

    CHEAPEST = "price"
    DEAREST = "price-down"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class PriceRank:
    """What a month of every number of one country and type costs, in minor units of the caller's currency."""

    country: str
    type: str
    monthly_minor: int


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a visitor searches by; empty means any. `at_most` is a month's price like those of the price list."""

    country: str = ""
    area: str = ""
    type: str = ""
    capabilities: frozenset[str] = frozenset()
    ready_at_once: bool = False
    at_most: int | None = None
    pattern: SearchPattern | None = None
    sort: Sort = Sort.CHEAPEST

    @property
    def traits(self) -> int:
        """The bits that a number must have."""
        return traits_of(self.capabilities, ready_at_once=self.ready_at_once)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many numbers for sale are alike in all that a choice can be made by."""

    country: str
    area: str
    type: str
    traits: int
    count: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One group of numbers alike, read in the order of their digits. `traits` and `area` None: whatever they are."""

    rank: int
    country: str
    type: str
    traits: int | None = None
    area: str | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How digits are found: by which index, and what is compared with each number that it gives.

    `like` is of the national number. `start` is where the number begins, with its calling code when `whole`.
    """

    like: str = ""
    start: str = ""
    whole: bool = False
    tails: tuple[str, ...] = ()
    run: int | None = None
    everywhere: tuple[int, ...] = ()

    @property
    def reads_along(self) -> bool:
        """Whether no index leads to the digits, so that numbers are looked at one by one until enough are found."""
        return bool(self.like) and not (self.start or self.tails or self.everywhere) and self.run is None


@dataclass(frozen=True, slots=True)
class Place:
    """The last number of a page: where the next one goes on."""

    digits: str
    group: tuple[int, str, str] | None = None

    def __str__(self) -> str:
        """Write it for the address bar."""
        return ".".join((*map(str, self.group or ()), self.digits))


def traits_of(capabilities: Iterable[str], *, ready_at_once: bool) -> int:
    """Return the bits of what a number can do; a capability that is not known has none."""
    known = {str(name): bit for name, bit in TRAITS.items()}
    return sum(known.get(name, 0) for name in set(capabilities)) + (READY if ready_at_once else 0)


@lru_cache(maxsize=512)
def calling_code(country: str) -> str:
    """Return a country's calling code, without its plus sign."""
    return str(phonenumbers.country_code_for_region(country))


def read_place(text: str, sort: Sort) -> Place | None:
    """Read a cursor; None when it means nothing in this order."""
    if len(text) > LONGEST_CURSOR or not text.isascii():
        return None
    *group, digits = text.split(".")
    if not digits.isdigit():
        return None
    if sort is Sort.DIGITS:
        return Place(digits) if not group else None
    if len(group) != 3 or not group[0].isdigit():  # noqa: PLR2004 - price, country, type
        return None
    return Place(digits, (int(group[0]), group[1], group[2]))


def _key(price: PriceRank, sort: Sort) -> tuple[int, str, str]:
    monthly = -price.monthly_minor if sort is Sort.DEAREST else price.monthly_minor
    return monthly, price.country, price.type


def in_order(prices: Iterable[PriceRank], sort: Sort) -> list[tuple[int, PriceRank]]:
    """Return the groups in the order they are read, with their ranks.

    By price every group has a rank of its own. By digits those of one calling code share theirs: no calling code
    begins another, so their order is that of the whole numbers.
    """
    if sort is not Sort.DIGITS:
        return list(enumerate(sorted(prices, key=lambda price: _key(price, sort))))
    ordered = sorted(prices, key=lambda price: (calling_code(price.country), price.country, price.type))
    ranks = {code: rank for rank, code in enumerate(sorted({calling_code(p.country) for p in ordered}))}
    return [(ranks[calling_code(price.country)], price) for price in ordered]


def fits(cell: Cell, criteria: Criteria) -> bool:
    """Whether numbers of a cell are what is asked for, their price and digits aside."""
    return (
        criteria.country in {"", cell.country}
        and criteria.area in {"", cell.area}
        and criteria.type in {"", cell.type}
        and cell.traits & criteria.traits == criteria.traits
    )


def streams(
    criteria: Criteria, prices: Sequence[PriceRank], cells: Iterable[Cell], place: Place | None = None
) -> list[Stream]:
    """Return what a search is read from: only groups that have a price, numbers, and what is asked for."""
    wanted: dict[tuple[str, str], set[int]] = {}
    passed: set[tuple[str, str]] = set()
    for cell in cells:
        if fits(cell, criteria):
            wanted.setdefault((cell.country, cell.type), set()).add(cell.traits)
        else:
            passed.add((cell.country, cell.type))
    affordable = [
        price
        for price in prices
        if (price.country, price.type) in wanted
        and (criteria.at_most is None or price.monthly_minor <= criteria.at_most)
    ]
    apart = bool(criteria.area) or (bool(criteria.traits) and bool(passed & wanted.keys()))
    found = []
    for rank, price in in_order(affordable, criteria.sort):
        after = _after(price, criteria.sort, place)
        if after is None:
            continue
        kinds = sorted(wanted[price.country, price.type]) if apart else [None]
        found += [
            Stream(rank, price.country, price.type, traits, criteria.area or None, after) for traits in kinds
        ]
    return found


def _after(price: PriceRank, sort: Sort, place: Place | None) -> str | None:
    """Return the number after which a group goes on, "" for its beginning; None when all of it has been read."""
    if place is None:
        return ""
    if place.group is None:
        return f"+{place.digits}"
    monthly, country, kind = place.group
    here = _key(price, sort)
    there = (-monthly if sort is Sort.DEAREST else monthly, country, kind)
    if here < there:
        return None
    return f"+{place.digits}" if here == there else ""


def place_of(e164: str, price: PriceRank, sort: Sort) -> Place:
    """Return the place of a number in an order."""
    group = None if sort is Sort.DIGITS else (price.monthly_minor, price.country, price.type)
    return Place(e164.removeprefix("+"), group)


def way(pattern: SearchPattern) -> Way:
    """Return how the digits of a pattern are found."""
    digits, anchor = pattern.digits, pattern.anchor
    if anchor in {Anchor.START, Anchor.COUNTRY_CODE}:
        whole = anchor is Anchor.COUNTRY_CODE
        start = digits.split("?")[0]
        if start:
            return Way(like=pattern.like if "?" in digits else "", start=start, whole=whole)
    if anchor is Anchor.END and (tails := _tails(digits)):
        return Way(like=pattern.like if len(digits) > len(tails[0]) else "", tails=tails)
    if anchor is Anchor.COUNTRY_CODE:
        return Way(like=pattern.like, whole=True)
    pieces = digits.split("?")
    longest = max(map(len, pieces))
    if longest >= LONG:
        return Way(like=pattern.like, everywhere=tuple(sorted(_long_runs(pieces))))
    run = next((int(piece) for piece in pieces if len(piece) == _RUN), None)
    return Way(like=pattern.like, run=run)


def _tails(digits: str) -> tuple[str, ...]:
    if "?" not in digits[-TAIL:] and len(digits) >= TAIL:
        return (digits[-TAIL:],)
    last = digits[-TAIL + 1 :]
    return tuple(f"{one}{last}" for one in range(10)) if len(last) == TAIL - 1 and "?" not in last else ()


def _long_runs(pieces: Iterable[str]) -> set[int]:
    return {
        EVERYWHERE + int(piece[first : first + LONG])
        for piece in pieces
        for first in range(len(piece) - LONG + 1)
    }


def run_of(country: str, run: int) -> int:
    """Return what the index holds for four digits in a number of a country."""
    first, second = (ord(letter) - ord("A") for letter in country)
    return (first * 26 + second) * 10**_RUN + run


def following(prefix: str) -> str:
    """Return the first number that no longer begins with these digits: "+4799" gives "+48"."""
    return f"+{int(prefix.removeprefix('+')) + 1}"


@lru_cache(maxsize=20_000)
def calling_code_of(e164: str) -> str:
    """Return the calling code a number begins with, without the plus sign."""
    figures = e164.removeprefix("+")
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((figures[:length] for length in (1, 2, 3) if int(figures[:length]) in codes), "")
