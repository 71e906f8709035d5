"""A price list as a file: CSV with one price a line, read with every fault named, and written to be read again."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ringfence.accounts.profiles import COUNTRIES
from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.price_rules import CURRENCIES, NUMBER_TYPES, ListPrice

COLUMNS: Final = ("country", "type", "currency", "monthly", "setup")
LONGEST_SHOWN: Final = 120
MOST_LINES: Final = 10_000
HIGHEST: Final = 100_000_000
"""A million of any currency, in minor units; more is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that cannot be used: its number in the file, what it says, and why not."""

    line: int
    text: str
    refusal: Refusal


def require_known(country: str, kind: str, currency: str) -> None:
    """Check what a price is for. Raises Refusal `price.country`, `price.type`, `price.currency`."""
    if country not in COUNTRIES:
        raise Refusal("price.country", gettext_noop("Write the country as two letters, such as NO."))
    if kind not in NUMBER_TYPES:
        raise Refusal(
            "price.type", gettext_noop("The type is one of: %(types)s."), types=", ".join(NUMBER_TYPES)
        )
    if currency not in CURRENCIES:
        raise Refusal(
            "price.currency", gettext_noop("The currency is one of: %(known)s."), known=", ".join(CURRENCIES)
        )


def amount(text: str, currency: str) -> Money:
    """Read an amount as people write it, with a full stop or a comma. Raises Refusal `price.amount`."""
    try:
        found = Money.of(text.strip().replace(",", "."), currency)
    except ValueError:
        found = Money(-1, currency)
    if not 0 <= found.minor <= HIGHEST:
        raise Refusal("price.amount", gettext_noop("Write an amount, such as 59.00, without VAT."))
    return found


def _price(said: dict[str, str], seen: set[tuple[str, str, str]]) -> ListPrice:
    country, kind, currency = said["country"].upper(), said["type"].lower(), said["currency"].upper()
    require_known(country, kind, currency)
    monthly, setup = amount(said["monthly"], currency), amount(said["setup"] or "0", currency)
    if monthly.is_zero:
        raise Refusal("price.free", gettext_noop("A month costs more than nothing."))
    if (country, kind, currency) in seen:
        raise Refusal("price.twice", gettext_noop("This price stands in the file twice."))
    seen.add((country, kind, currency))
    return ListPrice(country, kind, monthly, setup)


def read(lines: Iterable[str]) -> Iterator[ListPrice | Rejected]:
    """Read the lines of a file in order; commas or semicolons, whichever the first line uses.

    Where the first line itself cannot be used, that is the only result. A price that stands twice is rejected.
    """
    texts = [(number, text.strip("\ufeff\r\n ")) for number, text in enumerate(lines, start=1)]
    texts = [(number, text) for number, text in texts if text.strip(",; ")]
    first, header = texts[0] if texts else (1, "")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip().lower() for name in header.split(delimiter)]
    missing = [name for name in COLUMNS if name not in names]
    if missing or len(texts) > MOST_LINES:
        problem = Refusal(
            "price.header",
            gettext_noop("The first line must name the columns %(needed)s, and 9,999 lines at most follow."),
            needed=", ".join(COLUMNS),
        )
        yield Rejected(first, header[:LONGEST_SHOWN], problem)
        return
    seen: set[tuple[str, str, str]] = set()
    for number, text in texts[1:]:
        [values] = csv.reader([text], delimiter=delimiter, skipinitialspace=True)
        said = dict(zip(names, map(str.strip, values), strict=False))
        try:
            yield _price({**dict.fromkeys(COLUMNS, ""), **said}, seen)
        except Refusal as refused:
            yield Rejected(number, text[:LONGEST_SHOWN], refused)


def written(prices: Iterable[ListPrice]) -> Iterator[list[str]]:
    """Return a price list as rows of CSV, the first with the names of the columns."""
    yield list(COLUMNS)
    for one in prices:
        yield [
            one.country,
            one.type,
            one.monthly.currency,
            f"{one.monthly.decimal:f}",
            f"{one.setup.decimal:f}",
        ]
