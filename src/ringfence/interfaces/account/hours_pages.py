"""When a number is open: the editor of its opening hours."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from ringfence.accounts.queries import profile_of
from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only, viewer_of
from ringfence.interfaces.account.hours_forms import HoursForm, changed_by_button, usual
from ringfence.interfaces.account.route_pages import number_or_404
from ringfence.interfaces.outcomes import told
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import queries, route_queries
from ringfence.telephony.actions import route_settings
from ringfence.telephony.opening_hours import Hours


def _hours(request: HttpRequest, held: queries.HeldNumber) -> tuple[Hours, bool]:
    """Return what the form begins with, and whether that is in force already."""
    kept = route_queries.routing_of(person_of(request), held.id, clock.now()).hours
    if kept is not None:
        return kept, True
    profile = profile_of(person_of(request))
    zone = viewer_of(request).time_zone or timezone.get_current_timezone_name()
    return usual(zone, profile.country if profile else ""), False


@customer_only
def hours(request: HttpRequest, number: str) -> HttpResponse:
    """Set the opening hours of a number. Some buttons only prepare the form: what they did is not saved yet."""
    held = number_or_404(request, number)
    begins_with, is_set = _hours(request, held)
    prepared = changed_by_button(request.POST) if request.method == "POST" else None
    form = HoursForm(request.POST if request.method == "POST" and prepared is None else None, begins_with)
    if prepared is not None:
        form = HoursForm(prepared, begins_with)
        form.is_valid()
        form.errors.clear()
    elif form.is_bound and form.is_valid():
        try:
            route_settings.set_hours(
                number=held.id, hours=form.cleaned_data["hours"], by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            messages.success(request, _("Saved. The opening hours are in force from now on."))
            return redirect("account:number", number=number)
    context: dict[str, Any] = {
        "number": held,
        "form": form,
        "is_set": is_set,
        "is_prepared": prepared is not None,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "account/routes/hours.html", context, status=status)


@sent_only
@customer_only
def hours_off(request: HttpRequest, number: str) -> HttpResponse:
    """Let a number ring at all times."""
    held = number_or_404(request, number)
    with told(request, _("The number has no opening hours any more: it rings at all times.")):
        route_settings.set_hours(number=held.id, hours=None, by=actor_of(request), at=clock.now())
    return redirect("account:number", number=number)


urlpatterns = [
    path("account/numbers/<str:number>/hours/", hours, name="hours"),
    path("account/numbers/<str:number>/hours/off/", hours_off, name="hours_off"),
]
