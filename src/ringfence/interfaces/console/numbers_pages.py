"""Operations see the stock, and whether the switch holds what it should."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.telephony import publishing, stock_queries
from ringfence.telephony.ports import SwitchUnavailable

SECTION_ORDER = 40


def desk_section(_request: HttpRequest) -> tuple[str, dict[str, object]]:
    """Return the stock for the desk."""
    return "console/sections/numbers.html", {"counts": stock_queries.counts_by_state()}


@staff_only(Role.OPERATIONS)
def numbers(request: HttpRequest) -> HttpResponse:
    """Show the stock by state and country, and the switch."""
    context = {
        "counts": stock_queries.counts_by_state(),
        "countries": sorted(
            (places.country(code), count) for code, count in stock_queries.counts_by_country()
        ),
        "switch": publishing.standing(),
    }
    return render(request, "console/numbers.html", context)


@require_POST
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
