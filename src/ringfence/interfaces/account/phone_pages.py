"""A customer's phones: which there are, whether they are registered, and what each is set up with."""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, customer_only, person_of, step_up
from ringfence.interfaces.account.forms import show
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.outcomes import told
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import phone_queries
from ringfence.telephony.actions import phones
from ringfence.telephony.rules import PHONE_NAME_LENGTH, PHONES_AT_MOST

SECTION_ORDER = 12
LOOK_AGAIN_SECONDS: Final = "3"

add_words(
    {
        "phone.add": gettext_lazy("A phone was added"),
        "phone.new_password": gettext_lazy("A phone got another password"),
        "phone.rename": gettext_lazy("A phone got another name"),
        "phone.remove": gettext_lazy("A phone was removed"),
        "phone.remove_all": gettext_lazy("All phones were removed"),
    }
)


class PhoneForm(forms.Form):
    """What a phone is called."""

    name = forms.CharField(
        label=gettext_lazy("Name of the phone"),
        max_length=PHONE_NAME_LENGTH,
        help_text=gettext_lazy("So that you know which one it is, for example Reception or My mobile."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A phone on the page; `registered` is None when that is not known at the moment."""

    phone: phone_queries.HeldPhone
    registered: bool | None


def _phone(request: HttpRequest, phone: str) -> phone_queries.HeldPhone:
    held = phone_queries.phone_of(person_of(request), phone)
    if held is None:
        raise Http404
    return held


def _server() -> dict[str, object]:
    """What every phone is set up with."""
    return {
        "server": settings.SIP_NAME,
        "port": settings.SIP_TLS_PORT,
        "transport": "TLS",
        "is_own_certificate": settings.SIP_TLS_CERTIFICATE is None,
    }


@require_safe
@customer_only
def phone_list(request: HttpRequest) -> HttpResponse:
    """List the customer's phones, and say which are registered now."""
    held = phone_queries.phones_of(person_of(request))
    registered = phone_queries.registered(held)
    found = [Shown(one, None if registered is None else one.username in registered) for one in held]
    context = {
        **_server(),
        "phones": found,
        "most": PHONES_AT_MOST,
        "is_full": len(found) >= PHONES_AT_MOST,
        "can_register": phone_queries.can_register(),
    }
    return render(request, "account/phones/list.html", context)


@customer_only
@step_up
def phone_add(request: HttpRequest) -> HttpResponse:
    """Add a phone, and show once what it is set up with."""
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = phones.add(
                subject=person_of(request),
                name=form.cleaned_data["name"],
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            show(form, refusal)
        else:
            return _credentials(request, made)
    return render(request, "account/phones/add.html", {"form": form}, status=422 if form.errors else 200)


@customer_only
@step_up
def phone_password(request: HttpRequest, phone: str) -> HttpResponse:
    """Ask once, then make another password and show it, this one time."""
    held = _phone(request, phone)
    if request.method != "POST":
        return render(request, "account/phones/password.html", {"phone": held})
    try:
        made = phones.new_password(phone=held.id, by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, errors.sentence(refusal))
        return redirect("account:phones")
    return _credentials(request, made)


def _credentials(request: HttpRequest, made: phones.Credentials) -> HttpResponse:
    """Show what a phone is set up with. The page is the answer itself: nothing keeps the password for a second one."""
    context = {**_server(), "made": made, "phone": _phone(request, made.public_id)}
    return render(request, "account/phones/credentials.html", context)


@customer_only
def phone_rename(request: HttpRequest, phone: str) -> HttpResponse:
    """Give a phone another name."""
    held = _phone(request, phone)
    form = PhoneForm(request.POST or None, initial={"name": held.name.open()})
    if request.method == "POST" and form.is_valid():
        try:
            phones.rename(phone=held.id, name=form.cleaned_data["name"], by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, _("The phone has its new name."))
            return redirect("account:phones")
    status = 422 if form.errors else 200
    return render(request, "account/phones/rename.html", {"phone": held, "form": form}, status=status)


@customer_only
def phone_remove(request: HttpRequest, phone: str) -> HttpResponse:
    """Ask once, then remove a phone."""
    held = _phone(request, phone)
    if request.method != "POST":
        kept = phones.why_kept(held.id)
        context = {
            "phone": held,
            "why_kept": errors.sentence(kept) if kept else "",
            "numbers": phone_queries.numbers_ringing(person_of(request), held.id),
        }
        return render(request, "account/phones/remove.html", context)
    with told(request, _("The phone is removed. It can register no more.")):
        phones.remove(phone=held.id, by=actor_of(request), at=clock.now())
    return redirect("account:phones")


@require_safe
@customer_only
def phone_help(request: HttpRequest) -> HttpResponse:
    """Say in plain words how a phone is set up."""
    return render(request, "account/phones/help.html", _server())


@require_safe
@customer_only
def phone_state(request: HttpRequest, phone: str) -> HttpResponse:
    """Say whether a phone is registered now; by itself again and again, until it is."""
    held = _phone(request, phone)
    registered = phone_queries.registered([held])
    state = None if registered is None else held.username in registered
    response = render(request, "account/phones/state.html", {"row": Shown(held, state)})
    if not state:
        response["Refresh"] = LOOK_AGAIN_SECONDS
    return response


urlpatterns = [
    path("account/phones/", phone_list, name="phones"),
    path("account/phones/add/", phone_add, name="phone_add"),
    path("account/phones/help/", phone_help, name="phone_help"),
    path("account/phones/<str:phone>/state/", phone_state, name="phone_state"),
    path("account/phones/<str:phone>/name/", phone_rename, name="phone_rename"),
    path("account/phones/<str:phone>/password/", phone_password, name="phone_password"),
    path("account/phones/<str:phone>/remove/", phone_remove, name="phone_remove"),
]
