"""The page with our contacts, and a form by which anybody can write to us (clauses 1.4, 4.2, 6.2 and 7.2)."""

from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import limited, viewer_of
from ringfence.interfaces.account.mailbox_pages import mailbox_is_open
from ringfence.interfaces.language import of_page
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import address_field, without_payment_data
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, WITHDRAWAL_DAYS
from ringfence.support.ticket_rules import LONGEST_TEXT
from ringfence.support.tickets import taking_in

FIGURES: Final = {"working_days": CANCELLATION_WORKING_DAYS, "days": WITHDRAWAL_DAYS}


class ContactForm(forms.Form):
    """What somebody wants to tell us, and where the answer goes."""

    use_required_attribute = False
    email = address_field(
        label=gettext_lazy("Your e-mail address"),
        error_messages={"required": gettext_lazy("Give the address, so that we can write to you.")},
        help_text=gettext_lazy("The answer goes there, and we use it for nothing else."),
    )
    text = LongText(
        label=gettext_lazy("Your message"),
        most=LONGEST_TEXT,
        error_messages={"required": gettext_lazy("Write something first.")},
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 7}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Show how a person is reached, and take in what somebody writes; the answer is the same to everybody."""
    viewer = viewer_of(request)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        too_many = limited(request, "contact", said["email"])
        if too_many is not None:
            return too_many
        try:
            taking_in.open_by_form(
                address=said["email"],
                text=said["text"],
                language=of_page(),
                by=Actor.stranger(),
                at=clock.now(),
            )
        except Refusal as refused:
            form.add_error("email", errors.sentence(refused))
        else:
            return redirect("storefront:contact_sent")
    own = viewer.signed_in and not viewer.staff
    around = {**FIGURES, "form": form, "own": own}
    return render(request, "storefront/contact.html", around, status=422 if form.errors else 200)


@require_safe
def contact_sent(request: HttpRequest) -> HttpResponse:
    """Say what comes next."""
    mailbox = reverse("account:mailbox") if mailbox_is_open(request) else ""
    return render(request, "storefront/contact_sent.html", {"mailbox_url": mailbox})


urlpatterns = [
    path("contact/", contact, name="contact"),
    path("contact/sent/", contact_sent, name="contact_sent"),
]
