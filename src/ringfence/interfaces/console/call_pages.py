"""Staff see how calls go, and nobody's number; a customer's own calls only for a purpose that the customer reads."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.accounts import queries
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.account import call_words
from ringfence.interfaces.console import purpose
from ringfence.interfaces.pages import Part
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.telephony import call_counts
from ringfence.telephony.actions import calls as actions

SECTION_ORDER = 30
READERS = (Role.OPERATIONS, Role.SUPPORT)
LOOKERS = (Role.SUPPORT, Role.PRIVACY)
"""Who may see who called, for a purpose; operations finds faults by counts and causes."""

PERIODS: Final = {1: gettext_lazy("1 day"), 7: gettext_lazy("7 days"), 30: gettext_lazy("30 days")}
USUAL_PERIOD: Final = 7


@require_safe
@staff_only(*READERS)
def calls(request: HttpRequest) -> HttpResponse:
    """Count calls by day, cause, node and country."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in PERIODS else USUAL_PERIOD
    since = clock.now() - timedelta(days=days)
    context = {
        "days": days,
        "periods": PERIODS.items(),
        "by_day": [(row.what, row) for row in call_counts.by_day(since, timezone.get_current_timezone())],
        "by_node": [(row.what, row) for row in call_counts.by_node(since)],
        "by_country": [(places.country(str(row.what)), row) for row in call_counts.by_country(since)],
        "causes": [(call_words.SHORT[row.outcome], row) for row in call_counts.by_cause(since)],
    }
    return render(request, "console/calls.html", context)


@require_safe
@staff_only(*LOOKERS)
def customer_calls(request: HttpRequest, number: str) -> HttpResponse:
    """Show a customer's newest calls, once a purpose is stated. Each view is a line that the customer reads."""
    person = _customer(number)
    by = purpose.actor_looking_at(request, person)
    if by is None:
        return redirect("console:customer", number=public_id("cus", person))
    found = actions.look_at(subject=person, by=by, at=clock.now())
    context = {
        "rows": [call_words.shown(call) for call in found],
        "number": number,
        "purpose": purpose.SAID_AT_THE_DESK[by.purpose],
    }
    return render(request, "console/customer_calls.html", context)


def _customer(number: str) -> UUID:
    try:
        person = parse(number, "cus")
    except NotAPublicId:
        raise Http404 from None
    if not queries.is_customer(person):
        raise Http404
    return person


def customer_section(request: HttpRequest, person: UUID) -> Part | None:
    """Lead from a customer to their calls, those who may see them; the page itself tells nothing."""
    if not actor_of(request).has(*LOOKERS):
        return None
    return "console/sections/customer_calls.html", {"number": public_id("cus", person)}


urlpatterns = [
    path("calls/", calls, name="calls"),
    path("customers/<str:number>/calls/", customer_calls, name="customer_calls"),
]
