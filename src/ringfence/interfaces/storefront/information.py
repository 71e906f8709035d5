"""Pages that explain: prices, help, contacts, cookies, abuse."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ringfence.interfaces.storefront import places
from ringfence.interfaces.storefront.catalogue import buyer_terms, shown
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, HOLD, WITHDRAWAL_DAYS
from ringfence.telephony import queries as telephony
from ringfence.telephony import stock_queries as stock
from ringfence.telephony.rules import quarantine

A_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie of ours: what it is called, what it does, and how long it lives; None until the browser closes."""

    name: str
    purpose: str | Promise
    when: str | Promise
    days: int | None


def our_cookies() -> list[Cookie]:
    """Return the cookies that this site sets, by the settings in force. All are strictly necessary."""
    in_days = 86_400
    return [
        Cookie(
            settings.SESSION_COOKIE_NAME,
            _("Keeps you signed in, and remembers a message until the next page has shown it."),
            _("When you sign in"),
            settings.SESSION_COOKIE_AGE // in_days,
        ),
        Cookie(
            settings.CSRF_COOKIE_NAME,
            _("Proves that a form was sent from our own page, so that nobody can act in your name."),
            _("On pages with a form"),
            settings.CSRF_COOKIE_AGE // in_days,
        ),
    ]


@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """Show what numbers cost, country by country, with tax."""
    buyer = buyer_terms(request)
    cheapest = [
        (places.country(code), code, count, shown(offer, buyer))
        for code, count in stock.counts_by_country()
        for offer in telephony.search(telephony.Criteria(country=code), limit=1).offers
    ]
    context = {
        "rows": sorted(cheapest, key=lambda row: row[0]),
        "buyer_country": places.country(buyer[0]),
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


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Show how a person is reached, and what for (clauses 4.2, 6.2 and 7.2)."""
    return render(request, "storefront/contact.html", _figures())


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """List the cookies, from the settings in force (clause 1.4)."""
    return render(request, "storefront/cookies.html", {"cookies": our_cookies()})


@require_safe
def abuse(request: HttpRequest) -> HttpResponse:
    """Say how abuse of a number is reported (clause 5.3)."""
    return render(request, "storefront/abuse.html")
