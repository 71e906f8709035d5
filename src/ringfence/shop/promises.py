"""The promises the shop keeps, and their checks over live data."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, Min, OuterRef, Q, Subquery, Sum

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside
from ringfence.privacy.payment_watch import schema
from ringfence.privacy.policy import facts
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.shop.actions.cancelling import REFUND_WITHIN
from ringfence.shop.models import CallerCheck, Mandate, Order, PaymentEvent, Refund, RenewalPayment
from ringfence.shop.ports import EventKind
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, WITHDRAWAL_DAYS, OrderState, cancellation_window
from ringfence.shop.staff_queries import REFUND_SOON, WAITING

OVERDUE: Final = timedelta(minutes=10)
"""How long after its end a choice may stand before the sweep that should have ended it is missed."""

CLAUSE_6_1: Final = gettext_noop(
    "Every order in service shows the right end of its window for cancelling, every cancelled order is paid back, once"
    " and in time."
)
TEXT_6_1: Final = gettext_noop(
    "Windows open now: %(open)s. Wrong windows: %(wrong)s. Refunds on their way: %(waiting)s, late: %(late)s. Paid"
    " back twice: %(twice)s. Forgotten: %(forgotten)s."
)

CLAUSE_6_2: Final = gettext_noop(
    "Every refund goes back the way the payment came, once and in time; for a caller we cancel only after a code has"
    " shown that it is the customer."
)
TEXT_6_2: Final = gettext_noop(
    "Paid back: %(done)s. On their way: %(waiting)s, late: %(late)s. Another way than they came: %(elsewhere)s. Paid"
    " back twice: %(twice)s. Choices past their end: %(overdue)s. Cancelled for callers: %(filed)s, without a code:"
    " %(unconfirmed)s."
)


TAKEN_IN: Final = ("event_id", "order_id", "kind", "minor", "currency", "occurred_at", "received_at")
"""What is kept of a payment provider's event (clause 2.4)."""


def enter() -> None:
    """Enter the shop's checks, and the figures of the policy's text that it decides."""
    register("6.1", CLAUSE_6_1, check_windows_and_refunds)
    register("6.2", CLAUSE_6_2, check_returns)
    schema.allow_only(PaymentEvent._meta.db_table, TAKEN_IN)
    outside.enter(PaymentEvent, *TAKEN_IN)
    outside.enter(Mandate, "id", "token", "given_at", "leaving_at", "tried_at")
    facts.state("cancel_working_days", lambda: str(CANCELLATION_WORKING_DAYS))
    facts.state("eea_days", lambda: str(WITHDRAWAL_DAYS))


def check_windows_and_refunds(at: datetime) -> Finding:
    """Check clause 6.1: windows computed anew, refunds against their time, and nothing paid back twice."""
    waiting = Refund.objects.filter(state__in=WAITING)
    oldest = waiting.aggregate(oldest=Min("owed_at"))["oldest"]
    figures = {
        "open": Order.objects.filter(state=OrderState.ACTIVE, window_ends_at__gt=at).count(),
        "wrong": sum(1 for _order in wrong_windows()),
        "waiting": waiting.count(),
        "late": waiting.filter(owed_at__lt=at - REFUND_WITHIN).count(),
        "twice": _paid_back_twice(),
        "forgotten": _forgotten_refunds(),
    }
    if figures["wrong"] or figures["late"] or figures["twice"] or figures["forgotten"]:
        return Finding(BROKEN, TEXT_6_1, figures)
    is_slow = oldest is not None and oldest < at - REFUND_SOON
    return Finding(DUE_SOON if is_slow else KEPT, TEXT_6_1, figures)


def check_returns(at: datetime) -> Finding:
    """Check clause 6.2: the way, the number and the time of refunds, and who was cancelled for."""
    waiting = Refund.objects.filter(state__in=WAITING)
    confirmed = CallerCheck.objects.filter(
        order=OuterRef("pk"), confirmed_at__isnull=False, filed_at__isnull=False
    )
    filed = Order.objects.filter(filed_by_staff=True)
    figures = {
        "done": Refund.objects.filter(state=RefundStep.DONE).count(),
        "waiting": waiting.count(),
        "late": waiting.filter(owed_at__lt=at - REFUND_WITHIN).count() + _done_late() + _renewals_late(at),
        "elsewhere": _paid_back_elsewhere(),
        "twice": _paid_back_twice(),
        "overdue": Order.objects.filter(state=OrderState.CHOOSING, choose_until__lt=at - OVERDUE).count(),
        "filed": filed.count(),
        "unconfirmed": filed.filter(~Exists(confirmed)).count(),
    }
    if any(figures[name] for name in ("late", "elsewhere", "twice", "overdue", "unconfirmed")):
        return Finding(BROKEN, TEXT_6_2, figures)
    is_slow = waiting.filter(owed_at__lt=at - REFUND_SOON).exists()
    return Finding(DUE_SOON if is_slow else KEPT, TEXT_6_2, figures)


def _done_late() -> int:
    """Count the refunds that arrived, but not in time."""
    return Refund.objects.filter(state=RefundStep.DONE, done_at__gt=F("owed_at") + REFUND_WITHIN).count()


def _renewals_late(at: datetime) -> int:
    """Count the payments of renewals that had to go back, and did not in time."""
    late = Q(back_state__in=WAITING, back_owed_at__lt=at - REFUND_WITHIN)
    done_late = Q(back_state=RefundStep.DONE, back_done_at__gt=F("back_owed_at") + REFUND_WITHIN)
    return RenewalPayment.objects.filter(late | done_late).count()


def _paid_back_elsewhere() -> int:
    """Count the refunds sent that are not of the order's own payment: without one, or in another currency."""
    sent = Refund.objects.filter(state__in=(RefundStep.SENT, RefundStep.DONE))
    paid = PaymentEvent.objects.filter(order=OuterRef("order"), kind=EventKind.PAID).exclude(
        currency=OuterRef("currency")
    )
    return sent.filter(Q(order__payment_reference=None) | Exists(paid)).count()


def wrong_windows() -> Iterator[Order]:
    """Yield the orders in service whose stored window is not what the rules give for them."""
    active = Order.objects.filter(state=OrderState.ACTIVE, provided_at__isnull=False)
    for order in active.defer("e164").order_by("id").iterator(chunk_size=2000):
        if order.provided_at is None:
            continue
        window = cancellation_window(
            provided_at=order.provided_at,
            country=order.buyer_country,
            consumer=bool(order.consumer),
            time_zone=order.time_zone,
        )
        if (order.window_ends_at, order.window_rule) != (window.ends_at, window.rule):
            yield order


def _paid_back_twice() -> int:
    """Count the orders for which more went back than was paid, by our refunds or by the provider's events."""
    events = PaymentEvent.objects.filter(kind=EventKind.REFUND_SUCCEEDED).order_by()
    told = events.values("order").annotate(total=Sum("minor")).filter(total__gt=F("order__gross_minor"))
    paid = PaymentEvent.objects.filter(order=OuterRef("order"), kind=EventKind.PAID).order_by("event_id")
    ours = Refund.objects.annotate(paid=Subquery(paid.values("minor")[:1])).filter(
        Q(paid__isnull=False, minor__gt=F("paid")) | Q(paid=None, minor__gt=F("order__gross_minor"))
    )
    return told.count() + ours.count()


def _forgotten_refunds() -> int:
    """Count the cancelled orders that owe money to nobody's knowledge."""
    return Order.objects.filter(state=OrderState.CANCELLED, refund=None).count()
