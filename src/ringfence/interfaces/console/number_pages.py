"""One number of the stock: what it is, how it stands, and what operations may do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ringfence.accounts import actions as accounts
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.console import purpose
from ringfence.interfaces.console.customer_pages import PurposeForm
from ringfence.interfaces.console.numbers_pages import row
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.interfaces.stock_words import BY_STAFF, CAPABILITIES, DOCUMENTS, STATES, SUSPENDED_FOR
from ringfence.kernel.actor import Role
from ringfence.support.abuse import queries as abuse
from ringfence.telephony import queries as telephony
from ringfence.telephony import stock_search
from ringfence.telephony.actions import numbers
from ringfence.telephony.rules import DocumentKind, NumberEvent, NumberState
from ringfence.telephony.stock_search import StockNumber


@dataclass(frozen=True, slots=True)
class Change:
    """Something operations may do with a number; a purpose is asked for where it concerns its holder."""

    event: NumberEvent
    act: Callable[..., object]
    title: Promise
    text: Promise
    submit: Promise
    done: Promise
    concerns_holder: bool = False
    danger: bool = True


CHANGES: Final = {
    "retire": Change(
        NumberEvent.RETIRE,
        numbers.retire_from_stock,
        _("Retire this number?"),
        _("It is no longer sold. It stays in the list, and you can return it to stock later."),
        _("Retire"),
        _("The number is retired."),
    ),
    "return": Change(
        NumberEvent.RETURN,
        numbers.return_to_stock,
        _("Return this number to stock?"),
        _("It is sold again. If its last customer left too short a while ago, it rests first."),
        _("Return to stock"),
        _("The number is back in stock."),
        danger=False,
    ),
    "suspend": Change(
        NumberEvent.SUSPEND,
        numbers.suspend,
        _("Suspend this number?"),
        _("Calls to it are refused at once. Its customer keeps it, and reads that you did this, and why."),
        _("Suspend"),
        _("The number is suspended."),
        concerns_holder=True,
    ),
    "resume": Change(
        NumberEvent.RESUME,
        numbers.resume,
        _("Let this number ring again?"),
        _("Calls to it go through again. Its customer reads that you did this, and why."),
        _("Let it ring"),
        _("The number rings again."),
        concerns_holder=True,
        danger=False,
    ),
}


def _number(public: str) -> StockNumber:
    found = stock_search.number(public)
    if found is None:
        raise Http404
    return found


@staff_only(Role.OPERATIONS)
@require_safe
def number(request: HttpRequest, number: str) -> HttpResponse:
    """Show one number; whose it is stays closed here."""
    found = _number(number)
    context = {
        **row(found),
        "capabilities": [CAPABILITIES.get(name, name) for name in sorted(found.capabilities, reverse=True)],
        "documents": [DOCUMENTS[DocumentKind(kind)] for kind in found.documents],
        "suspended_for": [SUSPENDED_FOR.get(code, _("Suspended by staff")) for code in found.suspended_for],
        "in_service_since": found.state_since if found.state is NumberState.IN_SERVICE else None,
        "changes": [(verb, change) for verb, change in CHANGES.items() if found.can(change.event)],
    }
    return render(request, "console/number.html", context)


@staff_only(Role.OPERATIONS)
def change(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Ask whether a number is really to be changed, and do it."""
    found, wanted = _number(number), CHANGES.get(verb)
    if wanted is None:
        raise Http404
    if wanted.event is NumberEvent.RESUME and abuse.is_suspended(found.id):
        messages.error(request, _("A case of abuse suspended it. It rings again when the case says so."))
        return redirect("console:number", number=number)
    form = PurposeForm(request.POST or None) if wanted.concerns_holder else None
    if request.method == "POST" and (form is None or form.is_valid()):
        by, said = actor_of(request), {}
        if form:
            by = by.for_purpose(form.cleaned_data["purpose"])
            said = {"reason": BY_STAFF + form.cleaned_data["purpose"]}
        with told(request, str(wanted.done)):
            wanted.act(number=found.id, by=by, at=clock.now(), **said)
        return redirect("console:number", number=number)
    return render(request, "console/number_change.html", {**row(found), "change": wanted, "form": form})


def customer_section(request: HttpRequest, person: UUID) -> Part | None:
    """Show on a customer's page which numbers they have, which they read of; their pages are for operations."""
    by = purpose.actor_looking_at(request, person)
    held = telephony.numbers_of(person) if by is not None else []
    if by is None or not held:
        return None
    accounts.look_at_customer(person=person, what="numbers", by=by, at=clock.now())
    rows = [(one, STATES[one.state]) for one in held]
    around = {"rows": rows, "opens": actor_of(request).has(Role.OPERATIONS)}
    return ("console/sections/customer_numbers.html", around)


urlpatterns = [
    path("numbers/<str:number>/", number, name="number"),
    path("numbers/<str:number>/<str:verb>/", change, name="number_change"),
]
