"""A customer calls: who they are is shown by a code or by calling them back; then it is filed (clauses 6.1 and 6.2).

Nothing of a customer is shown before a code that went to their address has been read out, but for the number on file
that we call back ourselves.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock, errors, request_words
from ringfence.interfaces.access import actor_of, limited, person_of, sent_only, staff_only
from ringfence.interfaces.console.caller_forms import (
    REASONS,
    CalledForm,
    CallerAsksForm,
    CallerForm,
    CodeForm,
)
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import queries as requests
from ringfence.privacy.rules import RequestKind, RequestState
from ringfence.shop import actions, staff_queries
from ringfence.shop.caller_rules import Way
from ringfence.shop.queries import OrderView
from ringfence.shop.rules import OrderState
from ringfence.shop.staff_queries import CallerView

SECTION_ORDER = 30
GOING_ON = (OrderState.PAID, OrderState.CHOOSING, OrderState.ACTIVE)


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
        check = actions.ask_caller(wanted=said["wanted"], way=Way(said["way"]), by=by, at=clock.now())
        request.session[_stated(check)] = said["purpose"]
        return redirect("console:caller", check=check)
    return render(request, "console/callers.html", {"form": form})


def _stated(check: UUID) -> str:
    return f"caller-{check}"


def _staff(request: HttpRequest, check: UUID) -> Actor:
    """Return the actor with the purpose stated for a caller. Raises Http404 when this session took down no such."""
    stated = request.session.get(_stated(check))
    if stated not in REASONS:
        raise Http404
    return actor_of(request).for_purpose(str(stated))


def _found(request: HttpRequest, check: UUID) -> CallerView:
    found = staff_queries.caller(check, person_of(request), clock.now())
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@staff_only(Role.SUPPORT)
def caller(request: HttpRequest, check: UUID) -> HttpResponseBase:
    """Ask for the code, or to call back; once it is shown who calls, show what can be filed for them."""
    by, found = _staff(request, check), _found(request, check)
    if found.confirmed:
        return _customer(request, check, found, CallerAsksForm(has_orders=bool(_going_on(found))))
    if found.way is Way.CALLED_BACK:
        return render(request, "console/caller_back.html", {"check": check})
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            is_right = actions.confirm_caller(
                check=check, code=form.cleaned_data["code"], by=by, at=clock.now()
            )
        except Refusal as refused:
            messages.error(request, errors.sentence(refused))
            return redirect("console:callers")
        if is_right:
            return redirect("console:caller", check=check)
        form.add_error("code", _("That is not the code. Ask the caller to read it out once more."))
    return render(request, "console/caller_code.html", {"form": form})


@sent_only
@staff_only(Role.SUPPORT)
def number(request: HttpRequest, check: UUID) -> HttpResponse:
    """Show the number on file, to call it; the customer reads of it."""
    try:
        phone = actions.number_to_call(check=check, by=_staff(request, check), at=clock.now())
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("console:callers")
    around = {"check": check, "phone": phone, "none": not phone, "form": CalledForm()}
    return render(request, "console/caller_back.html", around)


@sent_only
@staff_only(Role.SUPPORT)
def called(request: HttpRequest, check: UUID) -> HttpResponse:
    """Note that the number on file was called and the customer answered."""
    by = _staff(request, check)
    if not CalledForm(request.POST).is_valid():
        messages.error(request, _("Call the number first, and say here that the customer answered."))
        return redirect("console:caller", check=check)
    with told(request, ""):
        actions.called_back(check=check, by=by, at=clock.now())
    return redirect("console:caller", check=check)


def _customer(
    request: HttpRequest, check: UUID, found: CallerView, form: CallerAsksForm, status: int = 200
) -> HttpResponse:
    """Show a confirmed caller's orders, and what else can be filed for them."""
    known = requests.requests_of(found.person) if found.person else []
    around = {
        "check": check,
        "found": found,
        "customer": public_id("cus", found.person) if found.person else "",
        "orders": [_shown(one, found) for one in _going_on(found)],
        "asked": [one for one in known if one.id in found.filed],
        "open": [
            (request_words.ASKED_OF_US[one.kind], one)
            for one in known
            if one.open and one.id not in found.filed
        ],
        "form": form,
    }
    return render(request, "console/caller.html", around, status=status)


def _going_on(found: CallerView) -> list[OrderView]:
    return [one for one in found.orders if one.state in GOING_ON or one.id in found.filed]


def _shown(order: OrderView, found: CallerView) -> dict[str, Any]:
    at = clock.now()
    return {
        "order": order,
        "place": places.country(order.country),
        "buyer_country": places.country(order.buyer_country),
        "cancellable": order.is_cancellable(at),
        "unprovided": order.state in {OrderState.PAID, OrderState.CHOOSING},
        "past": order.is_past_its_window(at),
        "filed": order.id in found.filed,
    }


def _confirmed(request: HttpRequest, check: UUID) -> CallerView:
    found = _found(request, check)
    if not found.confirmed:
        raise Http404
    return found


@sent_only
@staff_only(Role.SUPPORT)
def file_cancellation(request: HttpRequest, check: UUID) -> HttpResponse:
    """File the cancellation of one order for a confirmed caller."""
    by, found = _staff(request, check), _confirmed(request, check)
    wanted = request.POST.get("order", "")
    order = next((one for one in found.orders if one.public_id == wanted), None)
    if order is None:
        raise Http404
    try:
        actions.cancel(order=order.public_id, by=by, at=clock.now())
    except Refusal as refused:
        if refused.code != "order.window_closed":
            messages.error(request, errors.sentence(refused))
    else:
        messages.success(
            request, _("Cancelled. The customer has a letter, and the money is on its way back.")
        )
    return redirect("console:caller", check=check)


@sent_only
@staff_only(Role.SUPPORT)
def file_request(request: HttpRequest, check: UUID) -> HttpResponse:
    """File what a confirmed caller asks about their data."""
    by, found = _staff(request, check), _confirmed(request, check)
    form = CallerAsksForm(request.POST, has_orders=bool(_going_on(found)))
    if not form.is_valid():
        return _customer(request, check, found, form, 422)
    said = form.cleaned_data
    try:
        number = actions.file_request(
            check=check, kind=RequestKind(said["kind"]), asked=said["asked"], by=by, at=clock.now()
        )
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
    else:
        messages.success(request, _outcome(number))
    return redirect("console:caller", check=check)


def _outcome(number: str) -> str:
    """Say what becomes of a request that was filed."""
    made = requests.request(number)
    if made is not None and made.state in {RequestState.RECEIVED, RequestState.CONFIRMING}:
        return _("Filed. A letter asks the customer once more: they confirm it by the link in it.")
    return _("Filed and confirmed. It is being carried out.")


urlpatterns = [
    path("callers/", callers, name="callers"),
    path("callers/<uuid:check>/", caller, name="caller"),
    path("callers/<uuid:check>/number/", number, name="caller_number"),
    path("callers/<uuid:check>/called/", called, name="caller_called"),
    path("callers/<uuid:check>/cancel/", file_cancellation, name="caller_cancel"),
    path("callers/<uuid:check>/request/", file_request, name="caller_request"),
]
