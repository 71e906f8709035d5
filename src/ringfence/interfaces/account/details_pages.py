"""A customer's own details, and the change of the e-mail address."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from ringfence.accounts import actions, queries
from ringfence.accounts.rules import LinkKind
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, limited, person_of, signed_in, step_up
from ringfence.interfaces.account import arrival, forms
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal

SIDES = {"from": LinkKind.CHANGE_FROM, "to": LinkKind.CHANGE_TO}


@customer_only
def details(request: HttpRequest) -> HttpResponse:
    """Show and change what the account knows about its owner (clause 4.1)."""
    profile = queries.profile_of(person_of(request))
    if profile is None:
        raise Http404
    consumer = {True: "yes", False: "no", None: ""}[profile.consumer]
    names = ("name", "company", "vat_number", "address", "country", "time_zone", "phone", "language")
    initial = {name: getattr(profile, name) for name in names}
    form = forms.DetailsForm(request.POST or None, initial={**initial, "consumer": consumer})
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in names}
        bought = {"yes": True, "no": False}.get(form.cleaned_data["consumer"])
        try:
            actions.set_profile(
                person=profile.id, **given, consumer=bought, by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            forms.show(form, refusal)
        else:
            messages.success(request, _("Your details are saved."))
            return redirect(arrival.wanted_address(request) or "account:details")
    waiting = queries.waiting_address_of(profile.id)
    return render(request, "account/details.html", {"form": form, "profile": profile, "waiting": waiting})


@step_up
def details_email(request: HttpRequest) -> HttpResponse:
    """Ask for another e-mail address. The answer is the same whether or not it has an account."""
    form = forms.NewAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "letter", str(person_of(request)))
        if too_many is not None:
            return too_many
        try:
            actions.ask_address_change(
                person=person_of(request),
                address=form.cleaned_data["email"],
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            forms.show(form, refusal)
        else:
            messages.success(request, _("We have written to both addresses. Open the link in each letter."))
            return redirect("account:details")
    return render(request, "account/details_email.html", {"form": form})


def change_address(request: HttpRequest, side: str, token: str) -> HttpResponse:
    """Confirm one side of a change of address, by the link from the letter."""
    if side not in SIDES:
        raise Http404
    if request.method != "POST":
        return render(request, "account/change_address.html", {"side": side})
    too_many = limited(request, "enter", token)
    if too_many is not None:
        return too_many
    try:
        done = actions.confirm_address_change(
            kind=SIDES[side], token=token, by=Actor.stranger(), at=clock.now()
        )
    except Refusal:
        return render(request, "account/link_used.html", {"again": "account:details"}, status=410)
    return render(request, "account/address_confirmed.html", {"done": done})


@signed_in
def close(request: HttpRequest) -> HttpResponse:
    """Lead to where an account is deleted."""
    return render(request, "account/close.html")


urlpatterns = [
    path("account/details/", details, name="details"),
    path("account/details/email/", details_email, name="details_email"),
    path("address/<str:side>/<str:token>/", change_address, name="change_address"),
    path("account/close/", close, name="close"),
]
