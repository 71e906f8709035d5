"""The page of one number."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, paper_words
from ringfence.interfaces.access import viewer_of
from ringfence.interfaces.stock_words import DOCUMENTS, KINDS
from ringfence.interfaces.storefront import places
from ringfence.interfaces.storefront.price_terms import PriceTerms, price_terms
from ringfence.interfaces.storefront.search_form import LONGEST_SEARCH
from ringfence.interfaces.storefront.search_rows import capabilities_of
from ringfence.shop import queries
from ringfence.shop.price_rules import Quote
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, WITHDRAWAL_DAYS
from ringfence.telephony import queries as telephony
from ringfence.telephony.rules import DocumentKind, NumberState, SoldType


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as the pages show it: with its price for this buyer and its place in words."""

    offer: telephony.Offer
    quote: Quote | None
    place: str
    kind: str
    capabilities: tuple[str, ...]
    documents: tuple[str, ...]


def shown(offer: telephony.Offer, terms: PriceTerms) -> Shown:
    """Return a number with its price for a buyer."""
    land = places.country(offer.country)
    return Shown(
        offer=offer,
        quote=terms.quote(offer.country, offer.type),
        place=f"{offer.area}, {land}" if offer.area else land,
        kind=str(KINDS.get(SoldType(offer.type), "")),
        capabilities=capabilities_of(offer),
        documents=tuple(str(DOCUMENTS[DocumentKind(kind)]) for kind in offer.documents),
    )


@require_safe
def number(request: HttpRequest, number: str) -> HttpResponse:
    """Show one number: what it costs, what it can do, and how to get out of it again."""
    offer = telephony.offer(number)
    if offer is None:
        raise Http404
    now = clock.now()
    terms = price_terms(request)
    person = viewer_of(request).person
    waiting = queries.waiting_orders_of(person, now) if person else []
    context = {
        "shown": shown(offer, terms),
        "terms": terms,
        "is_free": offer.state is NumberState.AVAILABLE,
        "mine": next((order for order in waiting if order.number == offer.id), None),
        "buyer_country": places.country(terms.buyer.country),
        "working_days": CANCELLATION_WORKING_DAYS,
        "days": WITHDRAWAL_DAYS,
        "back": request.GET.urlencode(),
        "digits": request.GET.get("digits", "")[:LONGEST_SEARCH],
        "paper_terms": paper_words.terms(offer.documents),
    }
    return render(request, "storefront/number.html", context)
