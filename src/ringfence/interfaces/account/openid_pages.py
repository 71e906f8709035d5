"""Signing in with an OpenID Connect provider: there, and back again."""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from ringfence.accounts import actions
from ringfence.accounts.ports import Departure, ProviderUnavailable, identity_provider
from ringfence.accounts.rules import Means
from ringfence.interfaces import clock, errors, language
from ringfence.interfaces.access import actor_of, limited, own_path, viewer_of
from ringfence.interfaces.account import arrival
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal

TRIP: Final = "trip"


def openid_start(request: HttpRequest) -> HttpResponse:
    """Go to the provider. To connect it to an account, its owner has proved a short while ago who they are."""
    provider = identity_provider()
    if provider is None:
        raise Http404
    viewer = viewer_of(request)
    if viewer.signed_in and not viewer.fresh(clock.now()):
        return HttpResponseRedirect(arrival.with_next("account:prove", request.path))
    too_many = limited(request, "enter")
    if too_many is not None:
        return too_many
    try:
        departure = provider.depart(_return_address())
    except ProviderUnavailable:
        return _unavailable(request)
    request.session[TRIP] = {
        "state": departure.state,
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "next": arrival.wanted_address(request),
    }
    return HttpResponseRedirect(departure.url)


def openid_return(request: HttpRequest) -> HttpResponse:
    """Come back from the provider with a code, and sign in, register, or connect."""
    provider = identity_provider()
    trip: Mapping[str, Any] = request.session.pop(TRIP, {})
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if provider is None:
        raise Http404
    if not trip or not code or not hmac.compare_digest(state.encode(), str(trip["state"]).encode()):
        return _unavailable(request)
    departure = Departure("", trip["state"], trip["nonce"], trip["verifier"])
    at = clock.now()
    try:
        stated = provider.arrive(code, _return_address(), departure, at)
    except ProviderUnavailable:
        return _unavailable(request)
    viewer = viewer_of(request)
    try:
        if viewer.person is not None:
            actions.connect_outside(person=viewer.person, stated=stated, by=actor_of(request), at=at)
            messages.success(request, _("The provider is connected to your account."))
            return redirect("account:security")
        person = actions.enter_from_outside(
            stated=stated, language=language.of(request), by=Actor.stranger(), at=at
        )
    except Refusal as refusal:
        messages.error(request, errors.sentence(refusal))
        return redirect("account:security" if viewer.signed_in else "account:login")
    return arrival.admit(request, person, Means.OUTSIDE, own_path(trip["next"]))


def _return_address() -> str:
    """The address the provider sends people back to, one per language; both are registered there."""
    return f"{settings.PUBLIC_ORIGIN}{reverse('account:openid_return')}"


def _unavailable(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("Signing in with the provider did not work. Try again, or use another way."))
    return redirect("account:security" if viewer_of(request).signed_in else "account:login")


urlpatterns = [
    path("login/provider/", openid_start, name="openid_start"),
    path("login/provider/return/", openid_return, name="openid_return"),
]
