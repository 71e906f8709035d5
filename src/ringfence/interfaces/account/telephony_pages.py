"""A customer's numbers: what they are, and where they ring."""

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from ringfence.interfaces import clock
from ringfence.interfaces.access import customer_only, viewer_of
from ringfence.telephony import queries

SECTION_ORDER = 10
CHART_DAYS = 30


def _person(request: HttpRequest) -> UUID:
    person = viewer_of(request).person
    if person is None:
        raise Http404
    return person


def section(request: HttpRequest) -> tuple[str, dict[str, object]]:
    """Return the numbers for the account's first page."""
    person, since = _person(request), clock.now() - timedelta(days=CHART_DAYS)
    context: dict[str, object] = {
        "numbers": queries.numbers_of(person),
        "calls_last_days": queries.calls_since(person, since),
    }
    return "account/sections/numbers.html", context


@customer_only
def numbers(request: HttpRequest) -> HttpResponse:
    """List the customer's numbers."""
    return render(request, "account/numbers.html", {"numbers": queries.numbers_of(_person(request))})


urlpatterns = [
    path("account/numbers/", numbers, name="numbers"),
]
