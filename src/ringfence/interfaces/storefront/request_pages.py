"""Asking for one's data without an account: a form on the contact page, and the link in the letter that answers it.

Nobody learns here whose address is known: the answer is the same for all, and only the owner of the address reads more.
"""

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.accounts import actions as accounts
from ringfence.interfaces import clock, errors, request_words
from ringfence.interfaces.access import limited, viewer_of
from ringfence.interfaces.account.mailbox_pages import mailbox_is_open
from ringfence.interfaces.language import of_page
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import address_field, without_payment_data
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import register, rules
from ringfence.privacy.requests import confirming
from ringfence.privacy.requests import forms as intake
from ringfence.privacy.requests.actions import LONGEST
from ringfence.privacy.requests.confirming import Begun
from ringfence.privacy.rules import RequestKind

KINDS: Final = (
    (RequestKind.COPY, gettext_lazy("A copy of my data")),
    (RequestKind.CHANGE, gettext_lazy("Change something about me")),
    (RequestKind.DELETE, gettext_lazy("Delete my account and my data")),
    (RequestKind.RESTRICT, gettext_lazy("Keep my data, but use it less")),
    (RequestKind.OBJECT, gettext_lazy("I object to how my data is used")),
)
NEXT: Final = {
    RequestKind.COPY: gettext_lazy(
        "It is being made now. A letter tells you when it is done; sign in to follow it and to fetch it."
    ),
    RequestKind.CHANGE: gettext_lazy(
        "We look at what you wrote and make the change. Most of it you can also change in your account at once."
    ),
    RequestKind.RESTRICT: format_lazy(
        "{} {} {}",
        gettext_lazy("It is in force now."),
        request_words.RESTRICTED_MEANS,
        gettext_lazy("You can lift it in your account."),
    ),
    RequestKind.OBJECT: gettext_lazy(
        "It is in force now: we no longer note where and with what you sign in, and what we had of that is deleted. You"
        " can lift it in your account."
    ),
    RequestKind.CANCEL: gettext_lazy("Our staff look at the order and write to you."),
}
"""What happens after a confirmation, by what was asked for."""


class RequestForm(forms.Form):
    """What somebody wants, and the address we know them by."""

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=gettext_lazy("What do you want?"),
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose one of these.")),
    )
    email = address_field(
        label=gettext_lazy("The e-mail address that we know you by"),
        error_messages={"required": gettext_lazy("Give the address, so that we can write to you.")},
        help_text=gettext_lazy("We write to it, and only to it, to make sure that it is you."),
    )
    asked = LongText(
        label=gettext_lazy("In your own words"),
        required=False,
        most=LONGEST,
        help_text=gettext_lazy("Needed only for a change: what is wrong, and what is right."),
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for words where nothing can be done without them."""
        cleaned = super().clean() or self.cleaned_data
        wants_words = cleaned.get("kind") == RequestKind.CHANGE and "asked" not in self.errors
        if wants_words and not (cleaned.get("asked") or "").strip():
            self.add_error("asked", gettext_lazy("Write what is wrong, and what is right."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def data_request(request: HttpRequest) -> HttpResponse:
    """Take in a request of somebody who need not have an account (clauses 4.2 and 7.2)."""
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        too_many = limited(request, "letter", said["email"])
        if too_many is not None:
            return too_many
        try:
            intake.take_in(
                kinds=[RequestKind(said["kind"])],
                address=said["email"],
                asked=said["asked"],
                language=of_page(),
                by=Actor.stranger(),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("email", errors.sentence(refusal))
        else:
            return redirect("storefront:data_request_sent")
    around = {"form": form, "days": rules.REQUEST_DAYS, "own": viewer_of(request).signed_in}
    return render(request, "storefront/data_request.html", around, status=422 if form.errors else 200)


@require_safe
def data_request_sent(request: HttpRequest) -> HttpResponse:
    """Say what comes next, the same to everybody."""
    mailbox = reverse("account:mailbox") if mailbox_is_open(request) else ""
    around = {"days": rules.REQUEST_DAYS, "link_days": rules.LINK_DAYS, "mailbox_url": mailbox}
    return render(request, "storefront/data_request_sent.html", around)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_request(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a request by the link from the letter; opening the page alone does nothing."""
    at = clock.now()
    found = confirming.waiting(token, at)
    if found is None:
        return render(request, "storefront/request_link_used.html", status=410)
    if request.method != "POST":
        return render(request, "storefront/request_confirm.html", _asked(found))
    too_many = limited(request, "enter", token)
    if too_many is not None:
        return too_many
    try:
        begun = confirming.use_link(token=token, by=Actor.stranger(), at=at)
    except Refusal as refusal:
        messages.error(request, errors.sentence(refusal))
        return redirect("storefront:data_request")
    return _begun(request, begun)


def _asked(found: confirming.Waiting) -> dict[str, Any]:
    titles = {holder.name: holder.title for holder in register.holders()}
    return {
        "found": found,
        "what": request_words.WHAT[found.kind],
        "deletes": found.kind is RequestKind.DELETE,
        "stays": [
            {
                **one,
                "title": titles.get(one["what"], one["what"]),
                "until": date.fromisoformat(one["until"]),
            }
            for one in found.stays
        ],
    }


def _begun(request: HttpRequest, begun: Begun) -> HttpResponse:
    """Lead to where it goes on: the page of a deletion, or what happens next."""
    if begun.word:
        accounts.sign_out_everywhere(person=begun.subject, by=Actor.system("privacy"), at=clock.now())
        return redirect("storefront:follow_deletion", begun.word)
    has_fee = begun.state in {rules.RequestState.RECEIVED, rules.RequestState.CONFIRMING}
    around = {"what": request_words.WHAT[begun.kind], "next": NEXT.get(begun.kind, ""), "has_fee": has_fee}
    return render(request, "storefront/request_confirmed.html", around)


urlpatterns = [
    path("contact/data/", data_request, name="data_request"),
    path("contact/data/sent/", data_request_sent, name="data_request_sent"),
    path("requests/<str:token>/", confirm_request, name="confirm_request"),
]
