"""The catalogue: numbers to choose from, and the page of one number."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from ringfence.accounts.queries import profile_of
from ringfence.interfaces import clock, errors, paper_words
from ringfence.interfaces.access import viewer_of
from ringfence.interfaces.stock_words import DOCUMENTS
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.promises.running import standings, summary
from ringfence.shop import queries
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, WITHDRAWAL_DAYS
from ringfence.telephony import queries as telephony
from ringfence.telephony import stock_queries as stock
from ringfence.telephony.keypad import search_pattern
from ringfence.telephony.rules import DocumentKind, NumberState, SoldType

ON_A_PAGE: Final = 20
SELLER_COUNTRY: Final = "NO"
LONGEST_SEARCH: Final = 40
CAPABILITIES: Final = {
    "voice": gettext_lazy("Calls"),
    "sms": gettext_lazy("SMS"),
    "mms": gettext_lazy("MMS"),
    "fax": gettext_lazy("Fax"),
}
KINDS: Final[dict[str, Promise]] = {
    SoldType.GEOGRAPHIC: gettext_lazy("Landline number"),
    SoldType.NATIONAL: gettext_lazy("National number"),
    SoldType.MOBILE: gettext_lazy("Mobile number"),
    SoldType.TOLL_FREE: gettext_lazy("Free for the caller"),
    SoldType.SHARED_COST: gettext_lazy("Shared cost"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as the pages show it: with its price for this buyer and its place in words."""

    offer: telephony.Offer
    quote: queries.Quote
    place: str
    kind: str
    capabilities: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What the address bar says is looked for; `trouble` says why the digits cannot be read."""

    country: str
    digits: str
    criteria: telephony.Criteria
    trouble: str = ""

    @property
    def marked(self) -> str:
        """The digits to mark in what was found."""
        return self.criteria.pattern.digits.replace("?", "") if self.criteria.pattern else ""


def buyer_terms(request: HttpRequest) -> tuple[str, bool]:
    """Return the country and kind of buyer that prices are shown for: the customer's own, else a local consumer."""
    person = viewer_of(request).person
    buyer = profile_of(person) if person and not viewer_of(request).staff else None
    if buyer and buyer.country:
        return buyer.country, buyer.consumer is not False
    return SELLER_COUNTRY, True


def shown(offer: telephony.Offer, buyer: tuple[str, bool]) -> Shown:
    """Return a number with its price for a buyer."""
    country, consumer = buyer
    land = places.country(offer.country)
    return Shown(
        offer=offer,
        quote=queries.quote(monthly=offer.monthly, setup=offer.setup, country=country, consumer=consumer),
        place=f"{offer.area}, {land}" if offer.area else land,
        kind=str(KINDS.get(offer.type, "")),
        capabilities=tuple(
            str(CAPABILITIES.get(name, name)) for name in sorted(offer.capabilities, reverse=True)
        ),
        documents=tuple(str(DOCUMENTS[DocumentKind(kind)]) for kind in offer.documents),
    )


def read_search(request: HttpRequest) -> Search:
    """Read the search from the address bar; what cannot be understood is said, and not searched for."""
    country = request.GET.get("country", "").strip().upper()
    country = country if len(country) == 2 and country.isascii() and country.isalpha() else ""  # noqa: PLR2004
    digits = request.GET.get("digits", "").strip()[:LONGEST_SEARCH]
    if not digits:
        return Search(country, "", telephony.Criteria(country=country))
    try:
        pattern = search_pattern(digits)
    except Refusal as refused:
        return Search(country, digits, telephony.Criteria(country=country), errors.sentence(refused))
    return Search(country, digits, telephony.Criteria(country=country, pattern=pattern))


def _heading(search: Search, total: int) -> str:
    values: dict[str, Any] = {"place": places.country(search.country), "digits": search.digits}
    many = total > telephony.COUNTED_UP_TO
    count = _("More than 1,000 numbers") if many else _counted(total)
    values["count"] = count
    if search.country and search.digits:
        return _("%(count)s in %(place)s with %(digits)s") % values
    if search.country:
        return _("%(count)s in %(place)s") % values
    if search.digits:
        return _("%(count)s with %(digits)s") % values
    return str(count)


def _counted(total: int) -> str:
    return ngettext("%(total)s number", "%(total)s numbers", total) % {"total": total}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the catalogue; the address bar holds the whole search."""
    search = read_search(request)
    after = request.GET.get("after", "")
    found = telephony.search(search.criteria, after=after, limit=ON_A_PAGE)
    buyer = buyer_terms(request)
    wanted = {
        name: value for name, value in (("country", search.country), ("digits", search.digits)) if value
    }
    following = urlencode({**wanted, "after": found.cursor}) if found.cursor else ""
    counted = sorted(
        ((code, count, places.country(code)) for code, count in stock.counts_by_country()), key=lambda c: c[2]
    )
    context = {
        "search": search,
        "numbers": [] if search.trouble else [shown(offer, buyer) for offer in found.offers],
        "heading": "" if search.trouble else _heading(search, found.total),
        "next": "" if search.trouble else following,
        "first": urlencode(wanted) if after else "",
        "is_later_page": bool(after),
        "countries": counted,
        "buyer_country": places.country(buyer[0]),
        "promises": summary(standings(clock.now())),
        "on_front": not (wanted or after),
    }
    return render(request, "storefront/home.html", context)


@require_safe
def number(request: HttpRequest, number: str) -> HttpResponse:
    """Show one number: what it costs, what it can do, and how to get out of it again."""
    offer = telephony.offer(number)
    if offer is None:
        raise Http404
    now = clock.now()
    country, consumer = buyer_terms(request)
    person = viewer_of(request).person
    waiting = queries.waiting_orders_of(person, now) if person else []
    context = {
        "shown": shown(offer, (country, consumer)),
        "is_free": offer.state is NumberState.AVAILABLE,
        "mine": next((order for order in waiting if order.number == offer.id), None),
        "buyer_country": places.country(country),
        "working_days": CANCELLATION_WORKING_DAYS,
        "days": WITHDRAWAL_DAYS,
        "back": request.GET.urlencode(),
        "digits": request.GET.get("digits", "")[:LONGEST_SEARCH],
        "terms": paper_words.terms(offer.documents),
    }
    return render(request, "storefront/number.html", context)
