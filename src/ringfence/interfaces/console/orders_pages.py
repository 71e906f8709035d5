"""Staff find orders by their id or the number's digits, and see how each went; who bought it, they do not see here."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import staff_only
from ringfence.interfaces.account.shop_pages import KINDS
from ringfence.interfaces.account.shop_pages import STATES as STATES_OF_THE_CUSTOMER
from ringfence.interfaces.console import purpose
from ringfence.interfaces.console.customer_pages import PurposeForm
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.shop import queries, staff_queries
from ringfence.shop.rules import OrderState
from ringfence.telephony import lookups

READERS: Final = (Role.SUPPORT, Role.OPERATIONS)
STATES: Final = {
    **STATES_OF_THE_CUSTOMER,
    OrderState.HELD: gettext_lazy("On hold"),
    OrderState.CHOOSING: gettext_lazy("Chooses an equal number"),
    OrderState.CHARGED_BACK: gettext_lazy("Taken back by the bank"),
}
"""The states as staff say them."""
LONGEST_SEARCH: Final = 60
PERIODS: Final = {
    "day": (timedelta(days=1), gettext_lazy("Last 24 hours")),
    "week": (timedelta(days=7), gettext_lazy("Last 7 days")),
    "month": (timedelta(days=31), gettext_lazy("Last 31 days")),
    "year": (timedelta(days=366), gettext_lazy("Last year")),
}
NEWS: Final = {
    "payment.paid": gettext_lazy("Paid"),
    "payment.failed": gettext_lazy("Refused"),
    "payment.expired": gettext_lazy("Page closed, nobody paid"),
    "payment.charged_back": gettext_lazy("Taken back by the bank"),
    "refund.succeeded": gettext_lazy("Paid back"),
    "refund.failed": gettext_lazy("Paying back failed"),
}


def _wanted(request: HttpRequest) -> tuple[staff_queries.Wanted, dict[str, str]]:
    """Return what is looked for, and the address that says so."""
    words = request.GET.get("words", "").strip()[:LONGEST_SEARCH]
    state, period = request.GET.get("state", ""), request.GET.get("period", "")
    state = state if state in set(OrderState) else ""
    length, _label = PERIODS.get(period, (None, ""))
    said = {"words": words, "state": state, "period": period if length else ""}
    since = clock.now() - length if length else None
    return staff_queries.Wanted(words, state, since), {name: value for name, value in said.items() if value}


@require_safe
@staff_only(*READERS)
def orders(request: HttpRequest) -> HttpResponse:
    """List orders, the newest first; the address bar holds the whole search."""
    wanted, said = _wanted(request)
    after = request.GET.get("after", "")
    page = staff_queries.orders(wanted, after)
    around = {
        "rows": [_shown(row) for row in page.rows],
        "said": said,
        "states": list(STATES.items()),
        "periods": [(name, label) for name, (_length, label) in PERIODS.items()],
        "next": urlencode({**said, "after": page.cursor}) if page.cursor else "",
        "first": urlencode(said) if after else "",
        "is_later_page": bool(after),
    }
    return render(request, "console/orders.html", around)


def _shown(row: staff_queries.OrderRow) -> dict[str, Any]:
    return {
        "order": row,
        "place": places.country(row.country),
        "state": STATES[row.state],
        "tag": KINDS.get(row.state, ""),
    }


@require_safe
@staff_only(*READERS)
def order(request: HttpRequest, order: str) -> HttpResponse:
    """Show how one order went: its steps, what the payment provider told, and its refund."""
    found = queries.order(order)
    if found is None:
        raise Http404
    at = clock.now()
    digits = lookups.digits_of([found.number]) if found.number else {}
    around = {
        "order": found,
        "digits": digits.get(found.number, "") if found.number else "",
        "place": places.country(found.country),
        "state": STATES[found.state],
        "tag": KINDS.get(found.state, ""),
        "steps": [(STATES[step.state], step.at) for step in found.steps],
        "news": [(NEWS.get(event.kind, event.kind), event) for event in staff_queries.events_of(found.id)],
        "refund": staff_queries.refund_of(found.id, at),
        "has_customer": found.subject is not None,
        "cancellable": found.is_cancellable(at),
    }
    return render(request, "console/order.html", around)


@require_http_methods(["GET", "POST"])
@staff_only(*READERS)
def order_customer(request: HttpRequest, order: str) -> HttpResponseBase:
    """Lead from an order to its customer, once a purpose is stated; before that, not even their id is shown."""
    found = queries.order(order)
    if found is None or found.subject is None:
        raise Http404
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        purpose.state(request, found.subject, form.cleaned_data["purpose"])
    if purpose.actor_looking_at(request, found.subject) is None:
        return render(request, "console/customer_purpose.html", {"form": form, "number": found.public_id})
    return redirect("console:customer", number=public_id("cus", found.subject))


urlpatterns = [
    path("orders/", orders, name="orders"),
    path("orders/<str:order>/", order, name="order"),
    path("orders/<str:order>/customer/", order_customer, name="order_customer"),
]
