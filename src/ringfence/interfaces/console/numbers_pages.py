"""Operations see the stock, find numbers in it, and see whether the switch holds what it should."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.stock_words import KINDS, STATES, TONES
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import publishing, stock_queries, stock_search
from ringfence.telephony.keypad import search_pattern
from ringfence.telephony.ports import SwitchUnavailable
from ringfence.telephony.stock_search import StockNumber, Wanted

SECTION_ORDER = 40
ON_A_PAGE: Final = 25
FILTERS: Final = ("digits", "country", "type", "state", "carrier")


def desk_section(request: HttpRequest) -> tuple[str, dict[str, object]]:
    """Return the stock for the desk; it leads on for those who may open it."""
    opens = actor_of(request).has(Role.OPERATIONS)
    return "console/sections/numbers.html", {"counts": stock_queries.counts_by_state(), "opens": opens}


@staff_only(Role.OPERATIONS)
def numbers(request: HttpRequest) -> HttpResponse:
    """Show the stock by state and country, the numbers that are looked for, and the switch."""
    asked = {name: request.GET.get(name, "").strip()[:40] for name in FILTERS}
    trouble, pattern = "", None
    if asked["digits"]:
        try:
            pattern = search_pattern(asked["digits"])
        except Refusal as refused:
            trouble = errors.sentence(refused)
    wanted = Wanted(pattern=pattern, **{name: asked[name] for name in FILTERS if name != "digits"})
    found = stock_search.find(wanted, request.GET.get("after", ""), ON_A_PAGE)
    counted = [(code, places.country(code), count) for code, count in stock_queries.counts_by_country()]
    counts = stock_queries.counts_by_state()
    context = {
        "counts": counts,
        "figures": [(words, counts.get(state, 0)) for state, words in STATES.items()],
        "countries": sorted(counted, key=lambda one: one[1]),
        "types": KINDS.items(),
        "states": STATES.items(),
        "carriers": stock_search.carriers(),
        "asked": asked,
        "is_asked": any(asked.values()),
        "trouble": trouble,
        "rows": [] if trouble else [row(number) for number in found.numbers],
        "marked": pattern.digits.replace("?", "") if pattern else "",
        "after": found.after,
        "is_later_page": "after" in request.GET,
        "switch": publishing.standing(),
    }
    return render(request, "console/numbers.html", context)


def row(number: StockNumber) -> dict[str, object]:
    """Return a number with its state, type and place in words."""
    land = places.country(number.country)
    return {
        "number": number,
        "place": f"{number.area}, {land}" if number.area else land,
        "type": KINDS.get(number.type, number.type),
        "state": STATES[number.state],
        "tone": TONES.get(number.state, ""),
    }


@sent_only
@staff_only(Role.OPERATIONS)
def mend(request: HttpRequest) -> HttpResponse:
    """Compare every route with the switch's, and publish what differs."""
    try:
        differed = publishing.mend(by=actor_of(request), at=clock.now())
    except SwitchUnavailable:
        messages.error(
            request, _("The switch does not answer. Nothing was changed; it is asked again by itself.")
        )
    else:
        messages.success(
            request, _("Compared. Routes that differed and were mended: %(count)s.") % {"count": differed}
        )
    return redirect("console:numbers")


urlpatterns = [
    path("numbers/", numbers, name="numbers"),
    path("numbers/mend/", mend, name="numbers_mend"),
]
