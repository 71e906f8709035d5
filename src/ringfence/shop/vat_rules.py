"""Value added tax: who pays it, at which rate, and by which rule.

Telecommunication services are taxed where the customer is. What is needed of the buyer is their country, whether
they buy as a consumer, and, of a business, its VAT number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

_COUNTRIES_BY_RATE: Final = {
    "8.1": ("LI",),
    "17": ("LU",),
    "18": ("MT",),
    "19": ("CY", "DE"),
    "20": ("AT", "BG", "FR"),
    "21": ("BE", "CZ", "ES", "LT", "LV", "NL", "RO"),
    "22": ("IT", "SI"),
    "23": ("IE", "PL", "PT", "SK"),
    "24": ("EE", "GR", "IS"),
    "25": ("DK", "HR", "NO", "SE"),
    "25.5": ("FI",),
    "27": ("HU",),
}
VAT_RATES: Final[Mapping[str, Decimal]] = MappingProxyType(
    {country: Decimal(rate) for rate, countries in _COUNTRIES_BY_RATE.items() for country in countries}
)
"""Standard rates of the EEA in per cent, for telecommunication services to consumers, taxed where they live
(Directive 2006/112/EC, article 58; merverdiavgiftsloven § 3-30 for Norway)."""

EEA: Final = frozenset(VAT_RATES)
"""The European Economic Area: the 27 of the Union, Iceland, Liechtenstein and Norway."""


class VatRule(StrEnum):
    """By which rule a buyer pays tax, or pays none."""

    SELLERS_COUNTRY = "sellers_country"
    """The buyer is in the seller's country: its rate, for consumers and businesses alike."""
    BUYERS_COUNTRY = "buyers_country"
    """A consumer elsewhere in the EEA, or a business without a valid number: the rate of the buyer's country."""
    REVERSE_CHARGE = "reverse_charge"
    """A business elsewhere in the EEA with a valid VAT number accounts for the tax itself."""
    OUTSIDE_EEA = "outside_eea"
    """The service is used outside the EEA: no tax of ours."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """What the tax depends on. `vat_number` is one of a business that was checked, else empty."""

    country: str
    consumer: bool
    vat_number: str = ""


@dataclass(frozen=True, slots=True)
class Vat:
    """The tax on a sale: its rate in per cent and the rule behind it."""

    rate: Decimal
    rule: VatRule


def vat(buyer: Buyer, *, seller_country: str) -> Vat:
    """Decide the tax for a buyer.

    A business that has not given a valid VAT number pays as a consumer of its country: a supplier of
    telecommunication services may treat a customer as a non-taxable person as long as that number has not been
    communicated (Implementing Regulation (EU) No 282/2011, article 18(2), second subparagraph).
    """
    country = buyer.country.upper()
    if country == seller_country:
        return Vat(VAT_RATES.get(country, Decimal(0)), VatRule.SELLERS_COUNTRY)
    if country not in EEA:
        return Vat(Decimal(0), VatRule.OUTSIDE_EEA)
    if not buyer.consumer and buyer.vat_number:
        return Vat(Decimal(0), VatRule.REVERSE_CHARGE)
    return Vat(VAT_RATES[country], VatRule.BUYERS_COUNTRY)
