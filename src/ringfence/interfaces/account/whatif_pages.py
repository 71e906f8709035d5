"""What would happen if somebody called a number now, or at a time to come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, writing
from ringfence.interfaces.access import customer_only, person_of
from ringfence.interfaces.account import route_words
from ringfence.interfaces.account.route_pages import number_or_404
from ringfence.telephony import route_queries
from ringfence.telephony.timetable import AHEAD, first_moment, start_of_day

FIRST_YEAR, LAST_YEAR = 2, 2999
"""The years of which a moment is read: around the edges of the calendar there are no neighbouring days."""
STILL_NOW: Final = timedelta(minutes=2)
"""How long ago a moment may be that the form offered as now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment that was asked for: `at`, or what is `wrong` with it; `left_out` when no clock there shows it."""

    at: datetime | None = None
    wrong: str = ""
    left_out: bool = False


@require_safe
@customer_only
def test(request: HttpRequest, number: str) -> HttpResponseBase:
    """Tell what would happen if somebody called now, or at a moment that was asked for."""
    held = number_or_404(request, number)
    person, now = person_of(request), clock.now()
    routing = route_queries.routing_of(person, held.id, now)
    name = routing.hours.zone if routing.hours else timezone.get_current_timezone_name()
    zone, typed = ZoneInfo(name), request.GET.get("at", "")
    asked = _read(typed, zone, now) if typed else Asked()
    at = asked.at or now
    trial = route_queries.what_happens(person, held.id, at, writing.spoken())
    with timezone.override(zone):
        context = {
            "number": held,
            "at": at,
            "is_now": asked.at is None,
            "wrong": asked.wrong,
            "left_out": typed.replace("T", " ") if asked.left_out else "",
            "days_ahead": AHEAD.days,
            "is_beyond": routing.hours is not None and at >= start_of_day(now) + AHEAD,
            "asked": typed or at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
            "zone": name.replace("_", " "),
            "beats": route_words.story(trial, routing.hours),
        }
        return render(request, "account/routes/test.html", context, status=422 if asked.wrong else 200)


def _read(text: str, zone: ZoneInfo, now: datetime) -> Asked:
    """Return a moment as a page writes it, in a zone. Where clocks go forward over it, it is the moment they do."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return Asked(wrong=_("That is not a time. Write it like 2026-12-24T09:00."))
    left_out = False
    if found.tzinfo is None:
        wall, found = found, first_moment(found, zone)
        left_out = found.astimezone(zone).replace(tzinfo=None, fold=0) != wall
    if found < now - STILL_NOW:
        return Asked(wrong=_("That time has passed. Ask about now, or about a time to come."))
    return Asked(at=found.astimezone(UTC), left_out=left_out)


urlpatterns = [path("account/numbers/<str:number>/test/", test, name="number_test")]
