"""Staff see what people asked about their data, and how much of the time limit is left (clause 4.3)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.requests import queries
from ringfence.privacy.requests.queries import RequestView
from ringfence.privacy.rules import DUE_SOON_DAYS

SECTION_ORDER = 20

READERS = (Role.PRIVACY, Role.SUPPORT)


@staff_only(*READERS)
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """List open requests, the most urgent first, and those met last."""
    at = clock.now()
    around = {
        "open": [_shown(one, at) for one in queries.open_requests()],
        "finished": [_shown(one, at) for one in queries.finished_requests()],
        "figures": queries.figures(),
    }
    return render(request, "console/requests.html", around)


def _shown(one: RequestView, at: datetime) -> dict[str, Any]:
    days_left = (one.due_at - at).total_seconds() / 86_400
    late = one.overdue(at)
    state = "broken" if late else "due" if one.open and days_left < DUE_SOON_DAYS else ""
    return {
        "request": one,
        "customer": public_id("cus", one.person) if one.person else "",
        "used": one.days_used(at),
        "allowed": one.days_allowed,
        "days_left": max(0, int(days_left)),
        "late": late,
        "state": state,
    }


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk what is due soonest, to those who may open it."""
    if not actor_of(request).has(*READERS):
        return None
    at = clock.now()
    rows = [_shown(one, at) for one in queries.open_requests(5)]
    return ("console/sections/requests.html", {"rows": rows})


urlpatterns = [path("requests/", requests, name="requests")]
