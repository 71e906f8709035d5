"""Pages that explain: prices and help."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from ringfence.interfaces.access import viewer_of
from ringfence.interfaces.stock_words import KINDS
from ringfence.interfaces.storefront import places
from ringfence.interfaces.storefront.price_terms import price_terms
from ringfence.shop.price_rules import Quote
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, HOLD, WITHDRAWAL_DAYS, Term
from ringfence.telephony import stock_queries as stock
from ringfence.telephony.rules import SoldType, quarantine

A_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One line of the price page: a country and type, a month and a year of it, and whether any are for sale now."""

    place: str
    kind: str | Promise
    month: Quote | None
    year: Quote | None
    for_sale: bool


@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """Show what numbers cost, by country and type, with tax, in the currency of the page."""
    terms = price_terms(request)
    for_sale = {code for code, _count in stock.counts_by_country()}
    rows = [
        PriceRow(
            places.country(one.country),
            KINDS[SoldType(one.type)],
            terms.quote(one.country, one.type),
            terms.quote(one.country, one.type, Term.YEAR),
            one.country in for_sale,
        )
        for one in terms.list
    ]
    context = {
        "rows": sorted(rows, key=lambda row: row.place),
        "terms": terms,
        "buyer": terms.buyer,
        "buyer_country": places.country(terms.buyer.country),
        "lands": places.countries() if viewer_of(request).person is None else (),
        "seller_country": places.country(settings.SELLER_COUNTRY),
        "discount": settings.YEARLY_DISCOUNT,
        "working_days": CANCELLATION_WORKING_DAYS,
        "days": WITHDRAWAL_DAYS,
    }
    return render(request, "storefront/prices.html", context)


def _figures() -> dict[str, int]:
    return {
        "working_days": CANCELLATION_WORKING_DAYS,
        "days": WITHDRAWAL_DAYS,
        "hold_minutes": HOLD // A_MINUTE,
        "rest_days": quarantine().days,
    }


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Explain how things work, and how to get out again (clause 6.2)."""
    return render(request, "storefront/help.html", _figures())
