"""What a number costs: a list price by country and type, a term, and the tax of the buyer."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from ringfence.kernel.money import Money
from ringfence.shop.rules import Price, Term, price
from ringfence.shop.vat_rules import Buyer, VatRule, vat
from ringfence.telephony.rules import SoldType

CURRENCIES: Final = ("NOK", "EUR", "USD")
"""What is sold in. Each amount is set by the operator; nothing is ever converted."""

NUMBER_TYPES: Final = tuple(kind.value for kind in SoldType)
"""What has a price of its own in each country."""

MONTHS: Final[Mapping[Term, int]] = MappingProxyType({Term.MONTH: 1, Term.YEAR: 12})


@dataclass(frozen=True, slots=True)
class ListPrice:
    """The price of every number of one country and type, without VAT: a month, and the set-up once."""

    country: str
    type: str
    monthly: Money
    setup: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """What a number costs one buyer in one term; each part with its VAT.

    `period` is what each term costs and what renews, `first` is what is paid now: a period and the set-up.
    """

    country: str
    type: str
    term: Term
    monthly: Price
    period: Price
    setup: Price
    first: Price
    vat_rule: VatRule

    @property
    def vat_rate(self) -> Decimal:
        """The rate of VAT, in per cent."""
        return self.first.vat_rate

    @property
    def currency(self) -> str:
        """The currency all of it is in."""
        return self.first.gross.currency

    @property
    def setup_part(self) -> Money:
        """The set-up's part of what is paid now, with VAT, so that it and the period are exactly the sum."""
        return self.first.gross - self.period.gross

    @property
    def saved(self) -> Money:
        """What the longer term saves, against so many single months, with VAT; zero for a month."""
        return self.monthly.gross * MONTHS[self.term] - self.period.gross


def period_net(monthly: Money, term: Term, yearly_discount: int) -> Money:
    """Return what one period costs without VAT: a month, or twelve of them less the discount in per cent."""
    months = monthly * MONTHS[term]
    return months - months.percent(yearly_discount) if term is Term.YEAR else months


def quote_of(
    listed: ListPrice, *, term: Term, buyer: Buyer, seller_country: str, yearly_discount: int
) -> Quote:
    """Return what a list price means for a buyer and a term."""
    tax = vat(buyer, seller_country=seller_country)
    period = period_net(listed.monthly, term, yearly_discount)
    return Quote(
        country=listed.country,
        type=listed.type,
        term=term,
        monthly=price(listed.monthly, tax.rate),
        period=price(period, tax.rate),
        setup=price(listed.setup, tax.rate),
        first=price(period + listed.setup, tax.rate),
        vat_rule=tax.rule,
    )
