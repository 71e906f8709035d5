"""The price list as a search needs it: ranks to read by, and each group's price as this buyer sees it."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.http import HttpRequest

from ringfence.interfaces import writing
from ringfence.interfaces.storefront.kept import kept
from ringfence.interfaces.storefront.price_terms import PriceTerms, price_terms
from ringfence.kernel.money import Money
from ringfence.telephony.queries import PriceRank


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a month. `grosses` has each amount of the list with this buyer's tax, `written` each group's."""

    ranks: tuple[PriceRank, ...]
    grosses: dict[int, Money]
    written: dict[tuple[str, str], str]
    vat_rate: Decimal | None


def prices_of(request: HttpRequest) -> tuple[PriceTerms, Prices]:
    """Return the terms of a page and the prices in them, no older than `PRICE_LIST_SECONDS`."""
    terms = price_terms(request)
    key = ("prices", terms.buyer, terms.currency, writing.spoken())
    return terms, kept(key, settings.PRICE_LIST_SECONDS, lambda: _prices(terms))


def _prices(terms: PriceTerms) -> Prices:
    quotes = {(one.country, one.type): terms.quote(one.country, one.type) for one in terms.list}
    known = {group: quote for group, quote in quotes.items() if quote}
    return Prices(
        ranks=tuple(PriceRank(one.country, one.type, one.monthly.minor) for one in terms.list),
        grosses={
            one.monthly.minor: known[one.country, one.type].monthly.gross
            for one in terms.list
            if (one.country, one.type) in known
        },
        written={group: writing.money(quote.monthly.gross) for group, quote in known.items()},
        vat_rate=next((quote.vat_rate for quote in known.values()), None),
    )
