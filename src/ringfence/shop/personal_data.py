"""What the shop holds about people, how it is handed over, and how it is let go.

A customer who is forgotten is taken out of their orders; what the books must show stays, sealed under the
retention class `books`, until five years after the end of its year (bokføringsloven § 13).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register, retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.retention import customers
from ringfence.shop import actions, book_retention, paper_sweeping
from ringfence.shop.models import (
    BookEntry,
    CallerCheck,
    Mandate,
    Order,
    Paper,
    PaperPiece,
    Papers,
    Refund,
    Renewal,
    RenewalPayment,
    Subscription,
)
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import OVER


def stop(*, subject: UUID, by: Actor, at: datetime) -> int:
    """End the person's orders while their keys still live, and pay back what can still be cancelled."""
    return actions.end_all(subject=subject, by=by, at=at)


def who_has_orders(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people who have orders, or for whom somebody called."""
    orders = Order.objects.filter(subject__in=[*people]).values_list("subject", flat=True)
    callers = CallerCheck.objects.filter(subject__in=[*people]).values_list("subject", flat=True)
    return {subject for subject in (*orders, *callers) if subject}


def forget(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Take the person out of the orders that remain."""
    return actions.forget_customer(subject=subject, by=by, at=at)


def enter() -> None:
    """Enter the shop's holders."""
    register.add_models(
        "shop.orders",
        gettext_noop("Your orders"),
        Order,
        Refund,
        Subscription,
        CallerCheck,
        Renewal,
        RenewalPayment,
        Mandate,
        release=stop,
        concerned=who_has_orders,
        erase=forget,
    )
    customers.enter("shop.orders", "subject", lambda: Order.objects.exclude(state__in=sorted(OVER)))
    customers.enter(
        "shop.refunds",
        "order__subject",
        lambda: Refund.objects.filter(state__in=(RefundStep.OWED.value, RefundStep.SENT.value)),
    )
    register.add_models("shop.papers", gettext_noop("Documents for your numbers"), PaperPiece, Paper, Papers)
    register.add_models(
        "shop.books", gettext_noop("Our books"), BookEntry, stays="GDPR 17(3)(b), bokføringsloven § 13"
    )
    _enter_ends()


def _enter_ends() -> None:
    retention.enter(
        "shop.papers",
        RetentionClass.PAPERS,
        overdue=paper_sweeping.past_their_time,
        let_go=paper_sweeping.let_go,
        title=gettext_noop("Documents for numbers"),
        of=(PaperPiece, Paper, Papers),
    )
    retention.enter(
        "shop.books",
        RetentionClass.BOOKS,
        overdue=book_retention.overdue,
        let_go=book_retention.let_go,
        title=gettext_noop("Our books"),
        of=(BookEntry,),
    )
