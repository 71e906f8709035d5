"""What the checks of clauses 6.1 and 6.2 read: refunds in one pass, windows that are open and a sample of others.

A million orders are not computed anew every five minutes. Those that can still be cancelled longest are, and others
from a place among the keys that is chosen anew each time; both are found by index, as the order of each refund is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Sum

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.guarded import GuardedQuerySet
from ringfence.shop.actions.cancelling import REFUND_WITHIN
from ringfence.shop.models import Order, PaymentEvent, Refund
from ringfence.shop.ports import EventKind
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import OrderState, cancellation_window
from ringfence.shop.staff_queries import WAITING

NEWEST: Final = 2_000
SAMPLE: Final = 500


@dataclass(frozen=True, slots=True)
class Refunds:
    """How refunds stand: done, on their way, late, done late, another way than they came, more than was paid."""

    done: int
    waiting: int
    late: int
    done_late: int
    elsewhere: int
    twice: int
    oldest: datetime | None


def refunds(at: datetime) -> Refunds:
    """Read all refunds once."""
    paid = PaymentEvent.objects.filter(order=OuterRef("order"), kind=EventKind.PAID).order_by("event_id")
    late, waits = Q(owed_at__lt=at - REFUND_WITHIN), Q(state__in=WAITING)
    gone = Q(state__in=(RefundStep.SENT, RefundStep.DONE))
    order = Order.objects.filter(pk=OuterRef("order"))
    found = Refund.objects.annotate(
        paid=Subquery(paid.values("minor")[:1]),
        other=Exists(paid.exclude(currency=OuterRef("currency"))),
        gross=Subquery(order.values("gross_minor")),
        reference_of_order=Subquery(order.values("payment_reference")),
    ).aggregate(
        done=Count("pk", filter=Q(state=RefundStep.DONE)),
        waiting=Count("pk", filter=waits),
        late=Count("pk", filter=waits & late),
        done_late=Count("pk", filter=Q(state=RefundStep.DONE, done_at__gt=F("owed_at") + REFUND_WITHIN)),
        elsewhere=Count("pk", filter=gone & (Q(reference_of_order=None) | Q(other=True))),
        twice=Count(
            "pk", filter=Q(paid__isnull=False, minor__gt=F("paid")) | Q(paid=None, minor__gt=F("gross"))
        ),
        oldest=Min("owed_at", filter=waits),
    )
    return Refunds(**found)


def told_twice() -> int:
    """Count the orders for which the provider told of more going back than was paid."""
    order = Order.objects.filter(pk=OuterRef("order"))
    events = PaymentEvent.objects.filter(kind=EventKind.REFUND_SUCCEEDED).order_by()
    told = events.values("order").annotate(total=Sum("minor"), gross=Subquery(order.values("gross_minor")))
    return told.filter(total__gt=F("gross")).count()


def open_windows(at: datetime) -> int:
    """Count the orders that can be cancelled now."""
    return Order.objects.filter(state=OrderState.ACTIVE, window_ends_at__gt=at).count()


def wrong_windows(at: datetime) -> tuple[int, int]:
    """Return how many orders in service were computed anew, and how many of them have another window stored."""
    looked = [_is_wrong(order) for order in _some(at)]
    return len(looked), sum(looked)


def _some(at: datetime) -> Iterator[Order]:
    """Yield the orders whose window is open longest, and some others."""
    active = Order.objects.filter(state=OrderState.ACTIVE, provided_at__isnull=False).defer("e164")
    newest = list(active.filter(window_ends_at__gt=at).order_by("-window_ends_at", "id")[:NEWEST])
    seen = {order.pk for order in newest}
    yield from newest
    yield from (order for order in _anywhere(active) if order.pk not in seen)


def _anywhere(active: GuardedQuerySet[Order]) -> list[Order]:
    somewhere = new_id()
    found = list(active.filter(pk__gte=somewhere).order_by("pk")[:SAMPLE])
    if len(found) < SAMPLE:
        found += active.filter(pk__lt=somewhere).order_by("pk")[: SAMPLE - len(found)]
    return found


def _is_wrong(order: Order) -> bool:
    if order.provided_at is None:
        return False
    window = cancellation_window(
        provided_at=order.provided_at,
        country=order.buyer_country,
        consumer=bool(order.consumer),
        time_zone=order.time_zone,
    )
    return (order.window_ends_at, order.window_rule) != (window.ends_at, window.rule)
