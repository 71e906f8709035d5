"""How fees by country are read, as in `parsing`."""

from ringfence.config import parsing
from ringfence.kernel.money import Money


def fees(given: str) -> tuple[tuple[str, Money], ...]:
    """Amounts by country, as US=10.00 USD, CH=9.50 CHF."""
    found: dict[str, Money] = {}
    for pair in given.split(","):
        land, _equals, amount = (part.strip() for part in pair.partition("="))
        code = parsing.country(land)
        try:
            fee = Money.parse(amount)
        except ValueError:
            raise ValueError("pairs such as US=10.00 USD are expected, separated by commas") from None
        if code in found or fee.minor < 0:
            raise ValueError("one fee is expected for a country, and none below zero")
        found[code] = fee
    return tuple(found.items())
