"""Where the messages of a number are sent on to: by e-mail, or to a web address of the customer's, with a log."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.accounts.queries import profile_of
from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, customer_only, limited, person_of, sent_only, step_up
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import message_queries, message_signing, queries
from ringfence.telephony.actions import message_deliveries, message_forwarding
from ringfence.telephony.message_ports import Trouble
from ringfence.telephony.message_rules import DeliveryState, Way
from ringfence.telephony.queries import HeldNumber

STATES: Final = {
    DeliveryState.WAITING: ("due", gettext_lazy("On its way")),
    DeliveryState.DELIVERED: ("", gettext_lazy("Delivered")),
    DeliveryState.GIVEN_UP: ("broken", gettext_lazy("Given up")),
    DeliveryState.CANCELLED: ("plain", gettext_lazy("Not sent")),
}
WAYS: Final = {Way.LETTER: gettext_lazy("By e-mail"), Way.WEBHOOK: gettext_lazy("To your web address")}
TROUBLES: Final = {
    Trouble.ADDRESS: gettext_lazy("the name leads nowhere on the public internet"),
    Trouble.CONNECTION: gettext_lazy("no connection, or it broke off"),
    Trouble.CERTIFICATE: gettext_lazy("its certificate is not valid for that name"),
    Trouble.SLOW: gettext_lazy("no answer in time"),
    Trouble.STATUS: gettext_lazy("it answered with an error"),
}


class AddressForm(forms.Form):
    """The web address that messages are sent on to."""

    url = forms.CharField(
        label=gettext_lazy("Web address"),
        max_length=message_signing.LONGEST_URL,
        help_text=gettext_lazy(
            "For example https://example.com/messages. Only https, and only on the public internet."
        ),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what may be given on a machine that is there for trying things out."""
        super().__init__(*args, **kwargs)
        if settings.ENVIRONMENT.local:
            self.fields["url"].help_text = _(
                "For example https://example.com/messages. Only https, and only on the public internet; on this"
                " machine, where things are tried out, http://127.0.0.1 with a port as well."
            )


def _number(request: HttpRequest, number: str) -> HeldNumber:
    held = queries.number_of(person_of(request), number)
    if held is None:
        raise Http404
    return held


@require_safe
@customer_only
def forwarding_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show where messages are sent on to, how to check a signature, and how the last ones went."""
    held, person = _number(request, number), person_of(request)
    profile = profile_of(person)
    context = {
        "number": held,
        "forwarding": message_queries.forwarding_of(person, held.id),
        "email": profile.email if profile else "",
        "log": [_told(one) for one in message_queries.deliveries_of(person, held.id)],
        "headers": message_signing,
    }
    return render(request, "account/messages/forwarding.html", context)


def _told(one: message_queries.DeliveryShown) -> dict[str, Any]:
    kind, words = STATES[one.state]
    tries = [
        {"try": attempt, "trouble": TROUBLES[Trouble(attempt.trouble)] if attempt.trouble else ""}
        for attempt in one.attempts
    ]
    return {"delivery": one, "kind": kind, "state": words, "way": WAYS[one.way], "tries": tries}


def _do(request: HttpRequest, number: str, action: Any, said: str, **values: Any) -> HttpResponse:
    held = _number(request, number)
    try:
        action(number=held.id, by=actor_of(request), at=clock.now(), **values)
    except Refusal as refused:
        notices.error(request, errors.sentence(refused))
    else:
        notices.success(request, said)
    return redirect("account:message_forwarding", number=number)


@sent_only
@step_up
@customer_only
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """Send messages on by e-mail to the account's own address, or not any more."""
    on = request.POST.get("on") == "yes"
    said = _("Messages are sent on to you by e-mail.") if on else _("Messages are no longer sent by e-mail.")
    return _do(request, number, message_forwarding.set_letter, said, on=on)


@require_http_methods(["GET", "POST"])
@step_up
@customer_only
def address(request: HttpRequest, number: str) -> HttpResponse:
    """Take a web address, and show the secret that signs what is sent there, this once."""
    held, person = _number(request, number), person_of(request)
    before = message_queries.forwarding_of(person, held.id)
    form = AddressForm(request.POST or None, initial={"url": before.url})
    if request.method == "POST" and form.is_valid():
        try:
            secret = message_forwarding.set_webhook(
                number=held.id, url=form.cleaned_data["url"], by=actor_of(request), at=clock.now()
            )
        except Refusal as refused:
            form.add_error("url", errors.sentence(refused))
        else:
            context = {"number": held, "url": form.cleaned_data["url"], "secret": secret}
            response = render(request, "account/messages/secret.html", context)
            response["Cache-Control"] = "private, no-store"
            return response
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"number": held, "form": form, "before": before}
    return render(request, "account/messages/address.html", context, status=status)


@require_http_methods(["GET", "POST"])
@customer_only
def address_off(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once, then send nothing on to the web address any more."""
    held = _number(request, number)
    if request.method == "POST":
        said = _("Messages are no longer sent to a web address.")
        return _do(request, number, message_forwarding.clear_webhook, said)
    return render(request, "account/messages/address_off.html", {"number": held})


@sent_only
@customer_only
def resume(request: HttpRequest, number: str) -> HttpResponse:
    """Send on again to an address that was paused."""
    return _do(
        request,
        number,
        message_forwarding.resume_webhook,
        _("Messages are sent on to your web address again."),
    )


@sent_only
@customer_only
def test(request: HttpRequest, number: str) -> HttpResponse:
    """Send a test to the web address, a few times in a while."""
    too_many = limited(request, "test", str(person_of(request)))
    if too_many:
        return too_many
    said = _("A test is on its way. Reload the page in a moment to see how it went.")
    return _do(request, number, message_forwarding.test_webhook, said)


@sent_only
@customer_only
def again(request: HttpRequest, number: str, delivery: UUID) -> HttpResponse:
    """Send a message on once more."""
    _number(request, number)
    if message_queries.delivery(person_of(request), delivery) is None:
        raise Http404
    try:
        message_deliveries.send_again(delivery=delivery, by=actor_of(request), at=clock.now())
    except Refusal as refused:
        notices.error(request, errors.sentence(refused))
    else:
        notices.success(request, _("It is sent once more."))
    return redirect("account:message_forwarding", number=number)


_BASE: Final = "account/numbers/<str:number>/messages/"
urlpatterns = [
    path(_BASE, forwarding_page, name="message_forwarding"),
    path(f"{_BASE}letter/", letter, name="message_letter"),
    path(f"{_BASE}address/", address, name="message_address"),
    path(f"{_BASE}address/off/", address_off, name="message_address_off"),
    path(f"{_BASE}address/resume/", resume, name="message_address_resume"),
    path(f"{_BASE}address/test/", test, name="message_address_test"),
    path(f"{_BASE}again/<uuid:delivery>/", again, name="message_again"),
]
