"""A customer's numbers: what they are, and where they ring."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, sent_only, viewer_of
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import queries
from ringfence.telephony.actions import routes

SECTION_ORDER = 10
CHART_DAYS = 30


class DestinationForm(forms.Form):
    """Where a number rings."""

    sip_uri = forms.CharField(
        label=gettext_lazy("SIP address"),
        max_length=255,
        help_text=gettext_lazy(
            "For example office@pbx.example or 1001@sip.example.com:5060. A call rings there for 30 seconds."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )


def _person(request: HttpRequest) -> UUID:
    person = viewer_of(request).person
    if person is None:
        raise Http404
    return person


def _number(request: HttpRequest, number: str) -> queries.HeldNumber:
    held = queries.number_of(_person(request), number)
    if held is None:
        raise Http404
    return held


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


@customer_only
def number(request: HttpRequest, number: str) -> HttpResponse:
    """Show one number and take a new destination for it."""
    held = _number(request, number)
    current = held.destination.open() if held.destination else ""
    form = DestinationForm(request.POST or None, initial={"sip_uri": current})
    if request.method == "POST" and form.is_valid():
        try:
            routes.set_destination(
                number=held.id, sip_uri=form.cleaned_data["sip_uri"], by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error("sip_uri", _(refusal.sentence) % refusal.values)
        else:
            messages.success(request, _("Saved. The next call rings there."))
            return redirect("account:number", number=number)
    status = 422 if form.errors else 200
    context = {"number": held, "current": current, "form": form}
    return render(request, "account/number.html", context, status=status)


@sent_only
@customer_only
def clear(request: HttpRequest, number: str) -> HttpResponse:
    """Let a number ring nowhere."""
    held = _number(request, number)
    routes.clear_destination(number=held.id, by=actor_of(request), at=clock.now())
    messages.success(request, _("The number rings nowhere now. Callers hear that it is not available."))
    return redirect("account:number", number=number)


urlpatterns = [
    path("account/numbers/", numbers, name="numbers"),
    path("account/numbers/<str:number>/", number, name="number"),
    path("account/numbers/<str:number>/clear/", clear, name="number_clear"),
]
