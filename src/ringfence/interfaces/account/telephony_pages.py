"""A customer's numbers: what they are, where they ring, and the calls they had."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, viewer_of
from ringfence.telephony import queries
from ringfence.telephony.actions import calls as call_actions

SECTION_ORDER = 10
CALLS_ON_A_PAGE = 50
CHART_DAYS = 30


def _person(request: HttpRequest) -> UUID:
    person = viewer_of(request).person
    if person is None:
        raise Http404
    return person


def section(request: HttpRequest) -> tuple[str, dict[str, object]]:
    """Return the numbers for the account's first page."""
    person, since = _person(request), clock.now() - timedelta(days=CHART_DAYS)
    per_day = queries.calls_per_day(person, since)
    context: dict[str, object] = {
        "numbers": queries.numbers_of(person),
        "calls_last_days": sum(per_day.values()),
    }
    return "account/sections/numbers.html", context


@customer_only
def numbers(request: HttpRequest) -> HttpResponse:
    """List the customer's numbers."""
    return render(request, "account/numbers.html", {"numbers": queries.numbers_of(_person(request))})


@customer_only
def calls(request: HttpRequest) -> HttpResponse:
    """List the customer's calls, newest first, with a chart of the last days."""
    person, at = _person(request), clock.now()
    before = _moment(request.GET.get("before", ""))
    found = queries.calls_of(person, CALLS_ON_A_PAGE + 1, before)
    per_day = queries.calls_per_day(person, at - timedelta(days=CHART_DAYS))
    days = [(at - timedelta(days=back)).date().isoformat() for back in range(CHART_DAYS - 1, -1, -1)]
    context = {
        "calls": found[:CALLS_ON_A_PAGE],
        "older": found[CALLS_ON_A_PAGE - 1].started_at.isoformat() if len(found) > CALLS_ON_A_PAGE else "",
        "chart": [per_day.get(day, 0) for day in days],
        "most": max(per_day.values(), default=0),
        "first_day": at - timedelta(days=CHART_DAYS - 1),
        "last_day": at,
        "total": sum(per_day.values()),
        "paged": before is not None,
    }
    return render(request, "account/calls.html", context)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


@customer_only
def delete_calls(request: HttpRequest) -> HttpResponse:
    """Ask once, then delete every call record of the customer (clause 2.9)."""
    if request.method == "POST":
        count = call_actions.delete_calls(subject=_person(request), by=actor_of(request), at=clock.now())
        messages.success(request, _("Deleted. Call records removed: %(count)s.") % {"count": count})
        return redirect("account:calls")
    return render(request, "account/calls_delete.html")


urlpatterns = [
    path("account/numbers/", numbers, name="numbers"),
    path("account/calls/", calls, name="calls"),
    path("account/calls/delete/", delete_calls, name="calls_delete"),
]
