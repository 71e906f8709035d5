"""Value added tax: who pays it, at which rate, and by which rule.

Telecommunication services are taxed where the customer is. What is needed of the buyer is their country, whether
they buy as a consumer, and, of a business, its VAT number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

RATES_AS_OF: Final = date(2026, 1, 1)
"""Day for which the rates below were last compared with published ones."""

_STANDARD_RATES: Final = """
AT 20    BE 21    BG 20    CY 19    CZ 21    DE 19    DK 25    EE 24    ES 21    FI 25.5
FR 20    GR 24    HR 25    HU 27    IE 23    IS 24    IT 22    LI 8.1   LT 21    LU 17
LV 21    MT 18    NL 21    NO 25    PL 23    PT 23    RO 21    SE 25    SI 22    SK 23
"""
"""European Commission, "VAT rates applied in the Member States" and Taxes in Europe; the tax authorities of Iceland,
Liechtenstein and Norway for theirs. The latest changes: Finland 1 September 2024, Slovakia 1 January 2025, Estonia
1 July 2025, Romania 1 August 2025."""

_words: Final = _STANDARD_RATES.split()
VAT_RATES: Final[Mapping[str, Decimal]] = MappingProxyType(
    dict(zip(_words[::2], map(Decimal, _words[1::2]), strict=True))
)
"""Standard rates of the EEA in per cent, for telecommunication services to consumers, taxed where they live
(Directive 2006/112/EC, article 58; merverdiavgiftsloven §§ 3-30 and 6-22 for Norway)."""

EEA: Final = frozenset(VAT_RATES)
"""The European Economic Area: the 27 of the Union, Iceland, Liechtenstein and Norway."""

_EURO: Final = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
HOME_CURRENCY: Final[Mapping[str, str]] = MappingProxyType(
    {"NO": "NOK", **dict.fromkeys(_EURO.split(), "EUR")}
)
"""Countries a seller can be in, and what its tax authority counts in."""


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


def pays_in(buyer: Buyer, currency: str, *, seller_country: str) -> bool:
    """Tell whether a buyer can pay in a currency.

    Where the tax is the seller's own country's, the invoice must state it in that country's currency
    (bokføringsforskriften § 5-1-1; Directive 2006/112/EC, article 230). Nothing is converted here, so buyers at home
    pay in it.
    """
    return buyer.country.upper() != seller_country or currency == HOME_CURRENCY[seller_country]


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
