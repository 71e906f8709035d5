"""The catalogue: a search, what it finds, and never a dead end."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, cookie_choice, errors, writing
from ringfence.interfaces.storefront import places, search_form, trial_page
from ringfence.interfaces.storefront.kept import kept
from ringfence.interfaces.storefront.price_terms import usual_currency
from ringfence.interfaces.storefront.search_choices import choices
from ringfence.interfaces.storefront.search_form import Asked
from ringfence.interfaces.storefront.search_prices import Prices, prices_of
from ringfence.interfaces.storefront.search_rows import rows
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.promises.running import standings, summary
from ringfence.telephony import queries as telephony
from ringfence.telephony.queries import Criteria, PriceRank, SearchPage, Suggestion

ON_A_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Way:
    """A search that is one step away, and how much it finds."""

    address: str
    label: str
    count: str


def _heading(asked: Asked, total: int | None) -> str:
    place = places.country(asked.country) if asked.country else ""
    place = f"{asked.area}, {place}" if asked.area else place
    values = {"count": _count(total), "place": place, "digits": asked.digits}
    if asked.country and asked.digits:
        return _("%(count)s in %(place)s with %(digits)s") % values
    if asked.country:
        return _("%(count)s in %(place)s") % values
    if asked.digits:
        return _("%(count)s with %(digits)s") % values
    return values["count"]


def _count(total: int | None, *, capped: bool = True) -> str:
    if total is None:
        return _("Many numbers")
    if capped and total > telephony.COUNTED_UP_TO:
        return _("More than 1,000 numbers")
    return ngettext("%(total)s number", "%(total)s numbers", total) % {"total": writing.whole(total)}


def _ways_on(asked: Asked, criteria: Criteria, ranks: tuple[PriceRank, ...]) -> list[Way]:
    found = telephony.suggestions(criteria, ranks)
    return [_way(asked, one) for one in found]


def _way(asked: Asked, one: Suggestion) -> Way:
    if one.digits:
        return Way(asked.address(digits=one.digits), one.digits, _count(one.total))
    left_out: dict[str, tuple[str, dict[str, Any]]] = {
        "pattern": (_("without digits"), {"digits": "", "where": ""}),
        "at_most": (_("at any price"), {"price": ""}),
        "ready_at_once": (_("with documents too"), {"ready": False}),
        "capabilities": (_("whatever it carries"), {"can": ()}),
        "type": (_("of any kind"), {"type": ""}),
        "area": (_("in all areas"), {"area": ""}),
        "country": (_("in all countries"), {"country": "", "area": ""}),
    }
    if one.without == "all_but_country":
        only = Asked(country=asked.country, currency=asked.currency)
        return Way(only.address(), places.country(asked.country), _count(one.total, capped=False))
    label, changes = left_out[one.without]
    return Way(asked.address(**changes), label, _count(one.total, capped=False))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the catalogue; the address bar holds the whole search, so what many strangers ask is answered once."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES or not cookie_choice.is_as_for_all(request):
        return _catalogue(request)
    key = ("page", writing.spoken(), request.get_full_path())
    status, content = kept(key, settings.CATALOGUE_SECONDS, lambda: _as_kept(_catalogue(request)))
    return HttpResponse(content, status=status)


def _as_kept(page: HttpResponse) -> tuple[int, bytes]:
    return page.status_code, page.content


def _catalogue(request: HttpRequest) -> HttpResponse:
    asked, (terms, prices) = search_form.read(request), prices_of(request)
    after = request.GET.get("after", "")
    criteria = asked.criteria(prices.grosses)
    trouble, status, ways_on = asked.trouble, HTTPStatus.OK, list[Way]()
    try:
        page = telephony.search(criteria, prices.ranks, after, ON_A_PAGE)
        if not page.offers:
            ways_on = _ways_on(asked, criteria, prices.ranks)
    except Refusal as refused:
        trouble, status = errors.sentence(refused), HTTPStatus.SERVICE_UNAVAILABLE
        page = telephony.overview(criteria, prices.ranks)
    context = {
        "asked": asked,
        "trouble": trouble,
        "choices": choices(asked, page, prices.grosses, (terms.currency, terms.currencies)),
        "usual_currency": usual_currency(terms.buyer.country),
        "buyer_country": places.country(terms.buyer.country),
        "promises": kept("promises", settings.PROMISES_SECONDS, lambda: summary(standings(clock.now()))),
        "on_front": not (asked.narrows or after),
        "calls_can_be_tried": trial_page.is_open(),
        **(_found(asked, page, prices, after) if not trouble else {}),
        "ways_on": ways_on,
    }
    return render(request, "storefront/home.html", context, status=status)


def _found(asked: Asked, page: SearchPage, prices: Prices, after: str) -> dict[str, Any]:
    capped = asked.pattern is not None
    return {
        "rows": rows(asked, page.offers, prices.written),
        "heading": _heading(asked, page.total)
        if capped or page.total is None
        else _uncapped(asked, page.total),
        "vat_rate": prices.vat_rate,
        "next": asked.address(after=page.cursor) if page.cursor else "",
        "first": asked.address() if after else "",
        "is_later_page": bool(after),
    }


def _uncapped(asked: Asked, total: int) -> str:
    count = _count(total, capped=False)
    if not asked.country:
        return count
    place = places.country(asked.country)
    return _("%(count)s in %(place)s") % {
        "count": count,
        "place": f"{asked.area}, {place}" if asked.area else place,
    }
