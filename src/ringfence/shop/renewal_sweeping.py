"""The sweep of renewals: takes each step whose time has come, and finds what got lost between two steps."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.db.models import F, Q

from ringfence.kernel.actor import Actor
from ringfence.shop import actions, collecting, renewal_watch
from ringfence.shop.buyers import is_closing
from ringfence.shop.models import Mandate, Renewal, RenewalPayment, Subscription
from ringfence.shop.models.orders import CARD_TO_FETCH
from ringfence.shop.models.renewals import UNDECIDED
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.renewal_rules import OPEN, UNPAID, WAITING_FOR_US, RenewalState
from ringfence.shop.rules import OrderState

log = structlog.get_logger(__name__)

ASK_AFTER: Final = timedelta(minutes=2)
AT_ONCE: Final = 500
BATCH: Final = 50
STEPS: Final = (
    ("renewals", Q(next_at__gte=F("period_from")), 35),
    ("reminders", Q(next_at__lt=F("period_from")), 50),
)
"""What is due, money first, and by which second of a sweep no more of it is begun: the next one goes on with it."""

Each = Callable[[Collection[UUID], Callable[[UUID], object], str], int]


def sweep_renewals(done: Counter[str], each: Each, *, by: Actor, at: datetime) -> None:
    """Take every step that is due. Safe to run at any time and by several workers at once."""
    going_on = Subscription.objects.filter(ended_at=None, order__state=OrderState.ACTIVE)
    if at.minute:  # Each has one from the beginning; whether that is so is looked at for all once an hour.
        going_on = going_on.filter(renews_at__lte=at)
    without = going_on.exclude(renewals__state__in=OPEN).order_by("renews_at", "id")
    keys = list(without.values_list("pk", flat=True)[:AT_ONCE])
    done["renewals opened"] += each(
        keys, lambda key: actions.open_next(subscription=key, by=by, at=at), "open"
    )
    _fetch_cards(done, each, by, at)
    _ask_payments(done, each, by, at)
    began = monotonic()
    for what, wanted, seconds in STEPS:
        for keys in _due(wanted, at):
            done[what] += each(keys, lambda key: take_step(key, by=by, at=at), "renewal")
            if monotonic() - began > seconds:
                break
    _pay_back(done, each, by, at)
    _forget(done, each, by, at)
    renewal_watch.tell_log(at)


def _due(wanted: Q, at: datetime) -> Iterator[list[UUID]]:
    """Yield the renewals whose step is due, batch by batch until there is none; each once, also when it fails."""
    due = Renewal.objects.filter(wanted, state__in=OPEN, next_at__lte=at).order_by("next_at", "id")
    found = list(due.values_list("next_at", "pk")[:BATCH])
    while found:
        yield [key for _moment, key in found]
        moment, key = found[-1]
        after = Q(next_at__gt=moment) | Q(next_at=moment, pk__gt=key)
        found = list(due.filter(after, next_at__gte=moment).values_list("next_at", "pk")[:BATCH])


def take_step(renewal: UUID, *, by: Actor, at: datetime) -> None:
    """Take the step of one renewal whose time has come. Nothing happens when another worker was faster."""
    row = Renewal.objects.select_related("subscription__order").get(pk=renewal)
    state = RenewalState(row.state)
    if state in WAITING_FOR_US and _waits(row, by, at):
        return
    is_due = at >= row.period_from
    if state in UNPAID or (state is RenewalState.UPCOMING and is_due):
        collecting.close_pages(renewal, by=by, at=at)
    if state is RenewalState.UPCOMING and not is_due:
        actions.remind(renewal=renewal, by=by, at=at)
    elif state in {RenewalState.UPCOMING, RenewalState.RETRYING}:
        payment = actions.begin_charge(renewal=renewal, by=by, at=at)
        if payment is not None:
            collecting.ask_payment(payment, by=by, at=at)
    elif state is RenewalState.CHARGING:
        undecided = RenewalPayment.objects.filter(renewal=row, status__in=UNDECIDED)
        for payment in undecided.values_list("pk", flat=True):
            collecting.ask_payment(payment, by=by, at=at)
    elif state is RenewalState.GRACE:
        actions.suspend(renewal=renewal, by=by, at=at)
    else:
        actions.end(renewal=renewal, by=by, at=at)


def _waits(row: Renewal, by: Actor, at: datetime) -> bool:
    """Tell whether a step waits, since its customer's account is about to be closed; its open pages are closed."""
    if not (row.waits_since or is_closing(row.subscription.order.subject)):
        return False
    collecting.close_pages(row.pk, by=by, at=at)
    return actions.wait(renewal=row.pk, by=by, at=at)


def _fetch_cards(done: Counter[str], each: Each, by: Actor, at: datetime) -> None:
    long_ago = Q(card_asked_at=None) | Q(card_asked_at__lte=at - ASK_AFTER)
    left = Subscription.objects.filter(long_ago, CARD_TO_FETCH).order_by("card_asked_at", "id")
    keys = list(left.values_list("pk", flat=True)[:AT_ONCE])
    done["cards"] += each(keys, lambda key: collecting.fetch_card(key, by=by, at=at), "card")


def _ask_payments(done: Counter[str], each: Each, by: Actor, at: datetime) -> None:
    """Ask about payments whose news may be lost: those at a page, and those of renewals that moved on without them."""
    long_ago = Q(asked_at=None, opened_at__lte=at - ASK_AFTER) | Q(asked_at__lte=at - ASK_AFTER)
    waiting = RenewalPayment.objects.filter(long_ago, status__in=UNDECIDED).exclude(
        renewal__state=RenewalState.CHARGING, how="charge"
    )
    keys = list(waiting.order_by("asked_at", "id").values_list("pk", flat=True)[:AT_ONCE])
    done["renewal payments"] += each(keys, lambda key: collecting.ask_payment(key, by=by, at=at), "ask")


def _pay_back(done: Counter[str], each: Each, by: Actor, at: datetime) -> None:
    long_ago = Q(asked_at=None) | Q(asked_at__lte=at - timedelta(minutes=1))
    owed = RenewalPayment.objects.filter(long_ago, back_state__in=(RefundStep.OWED, RefundStep.SENT))
    keys = list(owed.order_by("back_owed_at", "id").values_list("pk", flat=True)[:AT_ONCE])
    done["renewals back"] += each(keys, lambda key: collecting.pay_back(key, by=by, at=at), "back")


def _forget(done: Counter[str], each: Each, by: Actor, at: datetime) -> None:
    long_ago = Q(tried_at=None) | Q(tried_at__lte=at - timedelta(minutes=10))
    leaving = Mandate.objects.filter(long_ago, leaving_at__isnull=False).order_by("leaving_at", "id")
    keys = list(leaving.values_list("pk", flat=True)[:AT_ONCE])
    done["cards forgotten"] += each(keys, lambda key: collecting.forget_mandate(key, by=by, at=at), "forget")
