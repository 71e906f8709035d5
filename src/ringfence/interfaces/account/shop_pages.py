"""A customer's orders: what was bought, until when it can be undone, and the one button that does it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, invoice_words, paper_words
from ringfence.interfaces.access import actor_of, customer_only, person_of
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, invoices, paper_queries, queries
from ringfence.shop.paper_rules import OPEN, PaperState
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import OrderState
from ringfence.telephony.rules import quarantine

SECTION_ORDER = 20
ON_THE_OVERVIEW = 3

STATES = {
    OrderState.HELD: gettext_lazy("Kept for you"),
    OrderState.AWAITING_PAYMENT: gettext_lazy("Waiting for payment"),
    OrderState.CHOOSING: gettext_lazy("Choose another number"),
    OrderState.PAID: gettext_lazy("Paid"),
    OrderState.ACTIVE: gettext_lazy("In service"),
    OrderState.CANCELLED: gettext_lazy("Cancelled"),
    OrderState.REFUNDED: gettext_lazy("Paid back"),
    OrderState.LAPSED: gettext_lazy("Let go"),
    OrderState.FAILED: gettext_lazy("Payment failed"),
    OrderState.ENDED: gettext_lazy("Ended"),
    OrderState.CHARGED_BACK: gettext_lazy("Taken back by your bank"),
}
KINDS = {
    OrderState.HELD: "due",
    OrderState.AWAITING_PAYMENT: "due",
    OrderState.CHOOSING: "due",
    OrderState.FAILED: "plain",
    OrderState.LAPSED: "plain",
    OrderState.ENDED: "plain",
    OrderState.REFUNDED: "plain",
    OrderState.CANCELLED: "due",
    OrderState.CHARGED_BACK: "broken",
}
REFUNDS = {
    RefundStep.OWED: gettext_lazy("On its way to the payment provider"),
    RefundStep.SENT: gettext_lazy("With the payment provider"),
    RefundStep.DONE: gettext_lazy("Paid back"),
    RefundStep.VOID: gettext_lazy("Your bank has taken the money back already"),
}


add_words(
    {
        "order.place": gettext_lazy("A number was kept for you"),
        "order.check_out": gettext_lazy("You ordered a number and went on to payment"),
        "order.lapse": gettext_lazy("A number was let go, since it was not paid for in time"),
        "order.give_up": gettext_lazy("You let a number go"),
        "order.note_payment_page": gettext_lazy("The payment provider’s page was opened for you"),
        "order.choose_equal": gettext_lazy("You took an equal number for one that was gone"),
        "order.take_money_back": gettext_lazy("You took your money back for a number that was gone"),
        "order.end_choice": gettext_lazy("The time to choose an equal number was over"),
        "caller.ask": gettext_lazy("Somebody called us in your name, and had to show who they are"),
        "caller.confirm": gettext_lazy("The code we sent you was read out to us"),
        "caller.show_number": gettext_lazy("We looked up your phone number, to call you back"),
        "caller.called_back": gettext_lazy("We called you back at the number we have, and you answered"),
        "caller.file_request": gettext_lazy("We filed on the phone what you asked for"),
        "order.settle": gettext_lazy("The payment provider told us how a payment stands"),
        "order.cancel": gettext_lazy("An order was cancelled"),
        "order.end_all": gettext_lazy("Your orders were ended"),
        "order.forget_customer": gettext_lazy("You were taken out of your orders"),
        "refund.note": gettext_lazy("The payment provider told us how a refund stands"),
    },
    {
        "order-active": gettext_lazy("your number is in service"),
        "order-choose": gettext_lazy("your number is gone: choose another one, or take your money back"),
        "caller-code": gettext_lazy("a code to read out to us"),
        "order-cancelled": gettext_lazy("your order is cancelled"),
        "order-failed": gettext_lazy("your payment did not go through"),
        "order-charged-back": gettext_lazy("your bank has taken a payment back"),
        "order-too-late": gettext_lazy("your payment came too late"),
        "refund-sent": gettext_lazy("your money has been paid back"),
    },
)


def _shown(order: queries.OrderView, papers: PaperState | None = None) -> dict[str, object]:
    """Return an order with its state in words and colour; a paid one by how the papers it waits for stand."""
    at = clock.now()
    waits = papers in OPEN and order.state is OrderState.PAID
    return {
        "order": order,
        "place": places.country(order.country),
        "state": paper_words.STATES[papers] if papers and waits else STATES[order.state],
        "tag": "due" if waits else KINDS.get(order.state, ""),
        "papers": paper_words.STATES[papers] if papers else "",
        "waits_for_papers": waits,
        "cancellable": order.is_cancellable(at),
        "payable": order.is_payable(at),
    }


def _with_country(order: queries.OrderView, papers: PaperState | None = None) -> dict[str, object]:
    return {**_shown(order, papers), "buyer_country": places.country(order.buyer_country)}


def _order(request: HttpRequest, order: str) -> queries.OrderView:
    found = queries.order(order, person_of(request))
    if found is None:
        raise Http404
    return found


def section(request: HttpRequest) -> tuple[str, dict[str, object]]:
    """Return the newest orders for the account's first page."""
    found = queries.orders_of(person_of(request), limit=ON_THE_OVERVIEW)
    return "account/sections/orders.html", {"orders": _all_shown(found)}


def _all_shown(found: list[queries.OrderView]) -> list[dict[str, object]]:
    papers = paper_queries.states_of([order.id for order in found])
    return [_shown(order, papers.get(order.id)) for order in found]


@require_safe
@customer_only
def orders(request: HttpRequest) -> HttpResponse:
    """List the orders, the newest first."""
    found = queries.orders_of(person_of(request))
    return render(request, "account/orders/list.html", {"orders": _all_shown(found)})


@require_safe
@customer_only
def order(request: HttpRequest, order: str) -> HttpResponse:
    """Show one order: its timeline, the exact end of its window and the rule behind it, its refund."""
    found = _order(request, order)
    steps = [(STATES[step.state], step.at) for step in found.steps]
    papers = paper_queries.states_of([found.id]).get(found.id)
    context = {**_with_country(found, papers), "steps": steps}
    context["invoices"] = [
        (entry, invoice_words.title(entry)) for entry in invoices.entries_of_order(found.id)
    ]
    context["rest_days"] = quarantine().days
    return render(request, "account/orders/order.html", context)


@require_http_methods(["GET", "POST"])
@customer_only
def cancel(request: HttpRequest, order: str) -> HttpResponseBase:
    """Ask once, then cancel (clause 6.1)."""
    found = _order(request, order)
    if request.method == "POST":
        try:
            actions.cancel(order=order, by=actor_of(request), at=clock.now())
        except Refusal as refused:
            if refused.code == "order.window_closed":
                return redirect("account:order_cancel", order=order)
            messages.error(request, errors.sentence(refused))
        else:
            messages.success(request, _("The order is cancelled, and your money is on its way back."))
        return redirect("account:order", order=order)
    if found.is_past_its_window(clock.now()):
        return render(request, "account/orders/window_over.html", _with_country(found))
    if not found.is_cancellable(clock.now()):
        return redirect("account:order", order=order)
    return render(request, "account/orders/cancel.html", _shown(found))


urlpatterns = [
    path("account/orders/", orders, name="orders"),
    path("account/orders/<str:order>/", order, name="order"),
    path("account/orders/<str:order>/cancel/", cancel, name="order_cancel"),
]
