"""The promises the shop keeps, and their checks over live data."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Min, OuterRef, Q, Subquery, Sum

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.payment_watch import schema
from ringfence.privacy.policy import facts
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.shop.models import Order, PaymentEvent, Refund
from ringfence.shop.ports import EventKind
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, WITHDRAWAL_DAYS, OrderState, cancellation_window

REFUND_SOON: Final = timedelta(hours=1)
"""A refund that waits longer than this deserves a look; most arrive within seconds."""

REFUND_WITHIN: Final = timedelta(days=14)
"""The longest a refund may take (Directive 2011/83/EU, article 13(1); angrerettloven § 24)."""

CLAUSE_6_1: Final = gettext_noop(
    "Every order in service shows the right end of its window for cancelling, every cancelled order is paid back, once"
    " and in time."
)
TEXT_6_1: Final = gettext_noop(
    "Windows open now: %(open)s. Wrong windows: %(wrong)s. Refunds on their way: %(waiting)s, late: %(late)s. Paid"
    " back twice: %(twice)s. Forgotten: %(forgotten)s."
)


TAKEN_IN: Final = ("event_id", "order_id", "kind", "minor", "currency", "occurred_at", "received_at")
"""What is kept of a payment provider's event (clause 2.4)."""


def enter() -> None:
    """Enter the shop's checks, and the figures of the policy's text that it decides."""
    register("6.1", CLAUSE_6_1, check_windows_and_refunds)
    schema.allow_only(PaymentEvent._meta.db_table, TAKEN_IN)
    facts.state("cancel_working_days", lambda: str(CANCELLATION_WORKING_DAYS))
    facts.state("eea_days", lambda: str(WITHDRAWAL_DAYS))


def check_windows_and_refunds(at: datetime) -> Finding:
    """Check clause 6.1: windows computed anew, refunds against their time, and nothing paid back twice."""
    waiting = Refund.objects.filter(state__in=(RefundStep.OWED, RefundStep.SENT))
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
    events = PaymentEvent.objects.filter(order=OuterRef("pk"), kind=EventKind.REFUND_SUCCEEDED)
    total = events.order_by().values("order").annotate(total=Sum("minor")).values("total")
    told = Order.objects.annotate(told=Subquery(total)).filter(told__gt=F("gross_minor"))
    paid = PaymentEvent.objects.filter(order=OuterRef("order"), kind=EventKind.PAID).order_by("event_id")
    ours = Refund.objects.annotate(paid=Subquery(paid.values("minor")[:1])).filter(
        Q(paid__isnull=False, minor__gt=F("paid")) | Q(paid=None, minor__gt=F("order__gross_minor"))
    )
    return told.count() + ours.count()


def _forgotten_refunds() -> int:
    """Count the cancelled orders that owe money to nobody's knowledge."""
    return Order.objects.filter(state=OrderState.CANCELLED, refund=None).count()
