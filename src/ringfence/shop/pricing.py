"""The price of a number, decided by the server from what it stores and from nothing that a form says."""

from django.conf import settings

from ringfence.kernel.money import Money
from ringfence.shop import price_rules
from ringfence.shop.models import Price
from ringfence.shop.price_rules import CURRENCIES, ListPrice, Quote
from ringfence.shop.rules import Term
from ringfence.shop.vat_rules import Buyer, pays_in


def _listed(row: Price) -> ListPrice:
    monthly, setup = Money(row.monthly_minor, row.currency), Money(row.setup_minor, row.currency)
    return ListPrice(row.country, row.type, monthly, setup)


def price_list(currency: str) -> tuple[ListPrice, ...]:
    """Return what is sold in a currency, by country and type."""
    rows = Price.objects.filter(currency=currency).order_by("country", "type")
    return tuple(_listed(row) for row in rows)


def currencies() -> tuple[str, ...]:
    """Return the currencies in which anything is sold."""
    found = set(Price.objects.values_list("currency", flat=True).distinct())
    return tuple(code for code in CURRENCIES if code in found)


def prices_of(country: str, kind: str) -> dict[str, ListPrice]:
    """Return the prices of one country and type, by currency, in the order of `CURRENCIES`."""
    rows = {row.currency: row for row in Price.objects.filter(country=country, type=kind)}
    return {code: _listed(rows[code]) for code in CURRENCIES if code in rows}


def quote_of(listed: ListPrice, *, term: Term, buyer: Buyer) -> Quote:
    """Return what a list price means for a buyer, by the seller's country and discount in force."""
    return price_rules.quote_of(
        listed,
        term=term,
        buyer=buyer,
        seller_country=settings.SELLER_COUNTRY,
        yearly_discount=settings.YEARLY_DISCOUNT,
    )


def quote(*, country: str, kind: str, currency: str, term: Term, buyer: Buyer) -> Quote | None:
    """Return what a number of a country and type costs a buyer; None where it is not sold in that currency."""
    listed = prices_of(country, kind).get(currency)
    if listed is None or not pays_in(buyer, currency, seller_country=settings.SELLER_COUNTRY):
        return None
    return quote_of(listed, term=term, buyer=buyer)


def quotes(*, country: str, kind: str, buyer: Buyer) -> list[Quote]:
    """Return what it costs in each currency the buyer can pay in, and each term."""
    return [
        quote_of(one, term=term, buyer=buyer)
        for code, one in prices_of(country, kind).items()
        if pays_in(buyer, code, seller_country=settings.SELLER_COUNTRY)
        for term in Term
    ]
