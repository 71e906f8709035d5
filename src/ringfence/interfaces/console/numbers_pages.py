"""Operations see the stock, and find numbers in it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from ringfence.interfaces import errors
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.stock_words import KINDS, STATES, TONES
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import stock_queries, stock_search
from ringfence.telephony.keypad import search_pattern
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
    """Show the stock by state and country, and the numbers that are looked for."""
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


urlpatterns = [path("numbers/", numbers, name="numbers")]
