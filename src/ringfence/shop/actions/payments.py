"""What a payment does to an order: it settles it, in whatever order, and however often, the news arrives."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.refusal import Refusal
from ringfence.kernel.working_days import calendar_month_later
from ringfence.privacy import queries as privacy
from ringfence.shop.actions import papers
from ringfence.shop.actions.books import book_credit, book_sale
from ringfence.shop.actions.orders import OPEN_STATES, advance, let_number_go, locked, note
from ringfence.shop.actions.refunds import ask_soon, note_refund, owe, void
from ringfence.shop.models import Order, PaymentEvent, Refund, Subscription
from ringfence.shop.ports import EventKind, PaymentStatus, RefundStatus
from ringfence.shop.ports import PaymentEvent as Event
from ringfence.shop.rules import MOVES, OrderEvent, OrderState, cancellation_window
from ringfence.telephony.actions import numbers

log = structlog.get_logger(__name__)

STATUS_OF: Final = {
    EventKind.PAID: PaymentStatus.PAID,
    EventKind.FAILED: PaymentStatus.FAILED,
    EventKind.EXPIRED: PaymentStatus.EXPIRED,
    EventKind.CHARGED_BACK: PaymentStatus.CHARGED_BACK,
}
ONE_MICROSECOND: Final = timedelta(microseconds=1)


@action("payment.take_event")
def take_event(*, event: Event, by: Actor, at: datetime) -> bool:
    """Take in an event of the payment provider, once; answer whether it was about an order of ours.

    The event itself leaves no ledger line; what it leads to does.
    """
    nothing_happened()
    try:
        row = locked(parse(event.order_id, "ord"))
    except (NotAPublicId, Refusal):
        log.warning("payment.unknown_order", kind=str(event.kind))
        return False
    if row.payment_reference not in {None, event.reference}:
        log.warning("payment.other_reference", order=event.order_id, kind=str(event.kind))
        return False
    _kept, is_new = PaymentEvent.objects.get_or_create(
        event_id=event.event_id,
        defaults={
            "order": row,
            "kind": event.kind,
            "minor": event.amount.minor,
            "currency": event.amount.currency,
            "occurred_at": event.occurred_at,
            "received_at": at,
        },
    )
    if not is_new:
        return True
    if row.payment_reference is None:
        row.payment_reference = event.reference
        row.save(update_fields=["payment_reference"])
    if event.kind in STATUS_OF:
        settle(order=row.pk, status=STATUS_OF[event.kind], amount=event.amount, by=by, at=at)
    elif hasattr(row, "refund"):
        _refund_news(row.refund, event, by, at)
    return True


def _refund_news(refund: Refund, event: Event, by: Actor, at: datetime) -> None:
    """A success of all that is owed is final.

    A failure may be that of an older attempt, and another amount that of a refund by hand: then the provider is asked.
    """
    if event.kind is not EventKind.REFUND_SUCCEEDED or event.amount != Money(refund.minor, refund.currency):
        ask_soon(refund)
        return
    done = RefundStatus.SUCCEEDED
    note_refund(refund=refund.pk, attempt=refund.attempt, status=done, reference="", by=by, at=at)


@action("order.settle")
def settle(*, order: UUID, status: PaymentStatus, amount: Money, by: Actor, at: datetime) -> None:
    """Bring an order to where its payment stands. Safe to repeat, and in any sequence of news.

    Paid: the number is put into service, also when the hold has lapsed and it is still free; otherwise the money
    goes back by itself. `amount` is what was paid.
    """
    row = locked(order)
    state = OrderState(row.state)
    if status is PaymentStatus.PAID and state in {*OPEN_STATES, OrderState.LAPSED, OrderState.FAILED}:
        _paid(row, amount, by, at)
    elif status is PaymentStatus.CHARGED_BACK and (state, OrderEvent.CHARGE_BACK) in MOVES:
        _charged_back(row, by, at)
    elif status not in {PaymentStatus.OPEN, PaymentStatus.PAID} and state is OrderState.AWAITING_PAYMENT:
        _not_paid(row, by, at, expired=status is PaymentStatus.EXPIRED)
    else:
        nothing_happened()
        return
    row.save()
    note(row)


def _not_paid(row: Order, by: Actor, at: datetime, *, expired: bool) -> None:
    """The number is let go. A refused payment is told by letter; a page that nobody paid on is not."""
    let_number_go(row, by, at)
    advance(row, OrderEvent.HOLD_ENDS if expired else OrderEvent.PAYMENT_REFUSED, at)
    if not expired:
        _write(row, "order-failed", by, at)


def _write(row: Order, kind: str, by: Actor, at: datetime, amount: Money | None = None) -> None:
    """Queue a letter about an order to its customer, unless they have left or are leaving."""
    if row.subject is None or row.e164 is None or privacy.being_erased(row.subject):
        return
    facts = {"order": public_id("ord", row.pk), "number": row.e164.open()}
    if amount is not None:
        facts["amount"] = str(amount)
    queue_letter(kind=kind, person=row.subject, facts=facts, by=by, at=at)


def _paid(row: Order, amount: Money, by: Actor, at: datetime) -> None:
    is_late = row.state != OrderState.AWAITING_PAYMENT
    is_right = amount == Money(row.gross_minor or 0, row.currency)
    if not is_right:
        log.error("payment.amount_differs", order=public_id("ord", row.pk))
    if is_right and papers.want(row, by, at):
        advance(row, OrderEvent.NUMBER_STILL_FREE if is_late else OrderEvent.PAYMENT_CONFIRMED, at)
        return
    if is_right and _put_into_service(row, by, at):
        advance(row, OrderEvent.NUMBER_STILL_FREE if is_late else OrderEvent.PAYMENT_CONFIRMED, at)
        _activate(row, by, at)
        return
    advance(row, OrderEvent.PAYMENT_CONFIRMED, at)
    if not is_late:
        advance(row, OrderEvent.ACTIVATION_FAILED, at)
    owe(row, amount, at)
    _write(row, "order-too-late", by, at, amount)


def provide(row: Order, by: Actor, at: datetime) -> None:
    """Provide what was paid for once its papers are approved; when the number is gone, the money goes back."""
    if _put_into_service(row, by, at):
        _activate(row, by, at)
    else:
        amount = Money(row.gross_minor or 0, row.currency)
        advance(row, OrderEvent.ACTIVATION_FAILED, at)
        owe(row, amount, at)
        _write(row, "order-too-late", by, at, amount)
    row.save()


def _put_into_service(row: Order, by: Actor, at: datetime) -> bool:
    if row.number is None or row.subject is None or privacy.being_erased(row.subject):
        return False
    if papers.is_another_orders(row):
        return False
    try:
        numbers.put_into_service(number=row.number, subject=row.subject, by=by, at=at)
    except Refusal:
        return False
    return True


def _activate(row: Order, by: Actor, at: datetime) -> None:
    """The service is provided: the window for cancelling begins (clause 6.1), the books and the customer are told."""
    window = cancellation_window(
        provided_at=at, country=row.buyer_country, consumer=bool(row.consumer), time_zone=row.time_zone
    )
    row.provided_at, row.window_ends_at, row.window_rule = at, window.ends_at, window.rule
    advance(row, OrderEvent.ACTIVATE, at + ONE_MICROSECOND)
    Subscription.objects.get_or_create(
        order=row,
        defaults={
            "monthly_minor": row.monthly_minor,
            "currency": row.currency,
            "renews_at": calendar_month_later(at, row.time_zone),
        },
    )
    book_sale(row, at)
    if row.subject is None or row.e164 is None:
        return
    facts = {
        "order": public_id("ord", row.pk),
        "number": row.e164.open(),
        "number_id": public_id("num", row.number) if row.number else "",
        "amount": str(Money(row.gross_minor or 0, row.currency)),
        "vat": str(Money(row.vat_minor or 0, row.currency)),
        "vat_rate": f"{row.vat_rate or 0:f}".rstrip("0").rstrip(".") or "0",
        "monthly": str(Money(row.monthly_minor, row.currency)),
        "terms": row.policy_version,
        "last_moment": (window.ends_at - timedelta(minutes=1)).isoformat(),
        "rule": str(window.rule),
    }
    queue_letter(kind="order-active", person=row.subject, facts=facts, by=by, at=at)


def _charged_back(row: Order, by: Actor, at: datetime) -> None:
    """The buyer's bank took the money back: the number goes to rest, and nothing is paid back a second time.

    The books get their credit, as for every sale that is undone, and the customer a letter.
    """
    end_service(row, by, at)
    advance(row, OrderEvent.CHARGE_BACK, at)
    if hasattr(row, "refund"):
        void(row.refund)
    taken = Money(row.gross_minor or 0, row.currency)
    book_credit(row, taken, at)
    _write(row, "order-charged-back", by, at, taken)


def end_service(row: Order, by: Actor, at: datetime) -> None:
    """Stop what an active order provides: calls are refused at once, the number rests, nothing renews."""
    papers.stop(row, by, at)
    if row.state == OrderState.ACTIVE and row.number is not None:
        numbers.rest(number=row.number, by=by, at=at)
    Subscription.objects.filter(order=row, ended_at=None).update(ended_at=at)
