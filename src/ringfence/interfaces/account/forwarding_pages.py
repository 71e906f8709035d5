"""Countries that calls may be forwarded to, and the link of a letter that takes a forward back."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors, writing
from ringfence.interfaces.access import actor_of, customer_only, limited, person_of, sent_only, step_up
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import forwarding, route_queries
from ringfence.telephony.actions import forwards
from ringfence.telephony.route_rules import cooling_off


@require_safe
@customer_only
def countries(request: HttpRequest) -> HttpResponse:
    """List the countries that may be allowed, each off until its customer allows it."""
    rows = [
        {"code": one.country, "name": places.country(one.country), "since": one.since}
        for one in route_queries.countries_of(person_of(request))
    ]
    context = {
        "rows": sorted(rows, key=lambda row: places.sortable(str(row["name"]))),
        "is_possible": forwarding.is_possible(),
        "wait": writing.lasting(cooling_off()),
        "per_minute": settings.FORWARDS_PER_MINUTE,
        "minutes_per_day": settings.FORWARD_SECONDS_PER_DAY // 60,
    }
    return render(request, "account/routes/countries.html", context)


@step_up
@sent_only
@customer_only
def allow(request: HttpRequest, country: str) -> HttpResponse:
    """Allow a country, after a fresh proof of who it is."""
    try:
        forwards.allow_country(
            subject=person_of(request), country=country.upper(), by=actor_of(request), at=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, errors.sentence(refusal))
    else:
        name = places.country(country.upper())
        messages.success(
            request, _("Calls may be forwarded to %(country)s. A letter tells you so.") % {"country": name}
        )
    return redirect("account:forwarding")


@sent_only
@customer_only
def forbid(request: HttpRequest, country: str) -> HttpResponse:
    """Forward nothing more to a country, at once."""
    forwards.forbid_country(
        subject=person_of(request), country=country.upper(), by=actor_of(request), at=clock.now()
    )
    name = places.country(country.upper())
    messages.success(request, _("No call is forwarded to %(country)s any more.") % {"country": name})
    return redirect("account:forwarding")


def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Take a forward back by the link of its letter: shown first, done by a button. Nobody has to sign in."""
    if request.method == "POST":
        too_many = limited(request, "enter", token)
        if too_many is not None:
            return too_many
    found = route_queries.undoable(token, clock.now())
    if found is not None and request.method == "POST":
        try:
            forwards.undo(token=token, by=Actor.stranger(), at=clock.now())
        except Refusal:
            found = None
        else:
            return render(request, "account/routes/undone.html", {"found": found})
    if found is None:
        return render(request, "account/link_used.html", {"again": "account:numbers"}, status=410)
    return render(request, "account/routes/undo.html", {"found": found})


urlpatterns = [
    path("account/numbers/forwarding/", countries, name="forwarding"),
    path("account/numbers/forwarding/<str:country>/allow/", allow, name="forwarding_allow"),
    path("account/numbers/forwarding/<str:country>/forbid/", forbid, name="forwarding_forbid"),
    path("forwarding/undo/<str:token>/", undo, name="forward_undo"),
]
