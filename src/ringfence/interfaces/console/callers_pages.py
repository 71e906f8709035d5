"""A customer calls to cancel: who they are is shown by a code, and the rule decides the rest (clauses 6.1 and 6.2).

Nothing of an order is shown before the code that went to the customer's address has been read out.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, limited, person_of, sent_only, staff_only
from ringfence.interfaces.console import purpose
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, staff_queries
from ringfence.shop.rules import OrderState

SECTION_ORDER = 30
REASONS = ("customer-called", "customer-wrote")


class CallerForm(forms.Form):
    """What the caller says."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        help_text=gettext_lazy("The customer reads it, with the time and your role."),
    )
    order = forms.CharField(
        label=gettext_lazy("Order number, as the caller says it"),
        help_text=gettext_lazy("It begins with ord_ and stands in every letter about the order."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail address, as the caller says it"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the two purposes in the language of the page."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own arguments
        said = [(name, purpose.SAID_AT_THE_DESK[name]) for name in REASONS]
        self.fields["purpose"].choices = said  # type: ignore[attr-defined] # a ChoiceField


class CodeForm(forms.Form):
    """What the caller reads out."""

    code = forms.CharField(
        label=gettext_lazy("The six digits that the caller reads out"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


@require_http_methods(["GET", "POST"])
@staff_only(Role.SUPPORT)
def callers(request: HttpRequest) -> HttpResponseBase:
    """Take down what a caller says, and have a code sent. The answer is the same whether it fits or not."""
    form = CallerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "caller", str(person_of(request)))
        if too_many is not None:
            return too_many
        said = form.cleaned_data
        by = actor_of(request).for_purpose(said["purpose"])
        check = actions.ask_caller(order=said["order"], email=said["email"], by=by, at=clock.now())
        request.session[_stated(check)] = said["purpose"]
        return redirect("console:caller", check=check)
    return render(request, "console/callers.html", {"form": form})


def _stated(check: UUID) -> str:
    return f"caller-{check}"


def _purpose(request: HttpRequest, check: UUID) -> str:
    """Return the purpose stated for a caller. Raises Http404 when this session took down no such caller."""
    stated = request.session.get(_stated(check))
    if stated not in REASONS:
        raise Http404
    return str(stated)


@require_http_methods(["GET", "POST"])
@staff_only(Role.SUPPORT)
def caller(request: HttpRequest, check: UUID) -> HttpResponseBase:
    """Ask for the code; once it was right, show the order, until when it can be cancelled, and by which rule."""
    by, at = actor_of(request).for_purpose(_purpose(request, check)), clock.now()
    found = staff_queries.caller(check, person_of(request), at)
    if found is None:
        raise Http404
    form = CodeForm(request.POST or None)
    if request.method == "POST" and not found.confirmed and form.is_valid():
        try:
            is_right = actions.confirm_caller(check=check, code=form.cleaned_data["code"], by=by, at=at)
        except Refusal as refused:
            messages.error(request, errors.sentence(refused))
            return redirect("console:callers")
        if is_right:
            return redirect("console:caller", check=check)
        form.add_error("code", _("That is not the code. Ask the caller to read it out once more."))
    if not found.confirmed:
        return render(request, "console/caller_code.html", {"form": form})
    return render(request, "console/caller.html", _shown(found) | {"check": check})


def _shown(found: staff_queries.CallerView) -> dict[str, Any]:
    order = found.order
    if order is None:
        raise Http404
    at = clock.now()
    return {
        "order": order,
        "place": places.country(order.country),
        "buyer_country": places.country(order.buyer_country),
        "cancellable": order.is_cancellable(at),
        "unprovided": order.state in {OrderState.PAID, OrderState.CHOOSING},
        "past": order.is_past_its_window(at),
        "filed": found.filed,
        "is_over": not found.filed and not found.usable,
    }


@sent_only
@staff_only(Role.SUPPORT)
def file_cancellation(request: HttpRequest, check: UUID) -> HttpResponse:
    """File the cancellation for a confirmed caller."""
    by, at = actor_of(request).for_purpose(_purpose(request, check)), clock.now()
    found = staff_queries.caller(check, person_of(request), at)
    if found is None or found.order is None:
        raise Http404
    try:
        actions.cancel(order=found.order.public_id, by=by, at=at)
    except Refusal as refused:
        if refused.code != "order.window_closed":
            messages.error(request, errors.sentence(refused))
    else:
        messages.success(
            request, _("Cancelled. The customer has a letter, and the money is on its way back.")
        )
    return redirect("console:caller", check=check)


urlpatterns = [
    path("callers/", callers, name="callers"),
    path("callers/<uuid:check>/", caller, name="caller"),
    path("callers/<uuid:check>/cancel/", file_cancellation, name="caller_cancel"),
]
