"""What a payment does to an order: it settles it, in whatever order, and however often, the news arrives."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import structlog

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.refusal import Refusal
from ringfence.kernel.working_days import calendar_months_later
from ringfence.privacy import queries as privacy
from ringfence.shop.actions import papers
from ringfence.shop.actions.books import book_credit, book_sale
from ringfence.shop.actions.cards_left import let_card_go
from ringfence.shop.actions.equals import offer_equal
from ringfence.shop.actions.keeping import is_another_orders, let_kept_number_go, let_number_go
from ringfence.shop.actions.orders import OPEN_STATES, advance, locked, note
from ringfence.shop.actions.refunds import ask_soon, note_refund, owe, void
from ringfence.shop.actions.renewing import drop_renewals, fetch_soon, open_renewal
from ringfence.shop.buyers import buys_nothing
from ringfence.shop.models import Order, PaymentEvent, Refund, Subscription
from ringfence.shop.models.orders import IN_SERVICE
from ringfence.shop.ports import EventKind, PaymentStatus, RefundStatus
from ringfence.shop.ports import PaymentEvent as Event
from ringfence.shop.price_rules import MONTHS
from ringfence.shop.rules import MOVES, OrderEvent, OrderState, Term, cancellation_window, price
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
    if event.order_id.startswith("rnw_"):
        from ringfence.shop.actions.renewal_payments import take_renewal_event

        return take_renewal_event(event=event, by=by, at=at)
    try:
        row = locked(parse(event.order_id, "ord"))
    except (NotAPublicId, Refusal):
        log.warning("payment.unknown_order", kind=str(event.kind))
        return False
    if row.payment_reference not in {None, event.reference}:
        log.warning("payment.other_reference", order=event.order_id, kind=str(event.kind))
        return False
    if PaymentEvent.objects.filter(event_id=event.event_id).exists():
        return True
    PaymentEvent.objects.create(
        event_id=event.event_id,
        order=row,
        kind=event.kind,
        minor=event.amount.minor,
        currency=event.amount.currency,
        occurred_at=event.occurred_at,
        received_at=at,
    )
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

    Paid: the number is put into service, also when the hold has lapsed and it is still free; otherwise equal ones
    are offered, and when there are none the money goes back by itself. `amount` is what was paid.
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
        write(row, "order-failed", by, at)


def write(row: Order, kind: str, by: Actor, at: datetime, amount: Money | None = None) -> None:
    """Queue a letter about an order to its customer, unless they have left or are leaving."""
    if row.subject is None or row.e164 is None or privacy.being_erased(row.subject):
        return
    facts: dict[str, str | bool] = {"order": public_id("ord", row.pk), "number": row.e164.open()}
    if row.filed_by_staff:
        facts["filed_by_staff"] = True
    if row.provided_at is None:
        facts["unprovided"] = True
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
    if is_right and put_into_service(row, by, at):
        advance(row, OrderEvent.NUMBER_STILL_FREE if is_late else OrderEvent.PAYMENT_CONFIRMED, at)
        activate(row, by, at)
        return
    if is_right and offer_equal(row, by, at):
        return
    advance(row, OrderEvent.PAYMENT_CONFIRMED, at)
    if not is_late:
        advance(row, OrderEvent.ACTIVATION_FAILED, at)
    owe(row, amount, at)
    write(row, "order-too-late", by, at, amount)


def provide(row: Order, by: Actor, at: datetime) -> None:
    """Provide what was paid for once its papers are approved; when the number is gone, the money goes back."""
    if put_into_service(row, by, at):
        activate(row, by, at)
    else:
        amount = Money(row.gross_minor or 0, row.currency)
        let_kept_number_go(row, by, at)
        advance(row, OrderEvent.ACTIVATION_FAILED, at)
        owe(row, amount, at)
        write(row, "order-too-late", by, at, amount)
    row.save()


def put_into_service(row: Order, by: Actor, at: datetime) -> bool:
    """Give an order's number to its customer; False when it belongs to another order, be it of the same customer."""
    if row.number is None or row.subject is None or buys_nothing(row.subject):
        return False
    if is_another_orders(row):
        return False
    try:
        numbers.put_into_service(number=row.number, subject=row.subject, by=by, at=at)
    except Refusal:
        return False
    return not Order.objects.filter(number=row.number, state__in=IN_SERVICE).exclude(pk=row.pk).exists()


def activate(row: Order, by: Actor, at: datetime) -> None:
    """The service is provided: the window for cancelling begins (clause 6.1), the books and the customer are told."""
    window = cancellation_window(
        provided_at=at, country=row.buyer_country, consumer=bool(row.consumer), time_zone=row.time_zone
    )
    row.provided_at, row.window_ends_at, row.window_rule = at, window.ends_at, window.rule
    advance(row, OrderEvent.ACTIVATE, at + ONE_MICROSECOND)
    subscription = Subscription.objects.create(
        order=row,
        monthly_minor=row.monthly_minor,
        currency=row.currency,
        term=row.term,
        period_minor=row.period_minor,
        renews_at=calendar_months_later(at, MONTHS[Term(row.term)], row.time_zone),
        mandate_from=(row.payment_reference or "") if row.keep_card else "",
    )
    open_renewal(subscription, row, at, 1)
    if subscription.mandate_from:
        fetch_soon(subscription)
    invoice = book_sale(row, at)
    if row.subject is not None and row.e164 is not None:
        facts = _facts_of_sale(row, subscription, invoice)
        queue_letter(kind="order-active", person=row.subject, facts=facts, by=by, at=at)


def _facts_of_sale(
    row: Order, subscription: Subscription, invoice: int | None
) -> dict[str, str | int | None]:
    """Return what the confirmation of a purchase says."""
    period = price(Money(row.period_minor, row.currency), row.vat_rate or Decimal(0)).gross
    last_moment = row.window_ends_at - timedelta(minutes=1) if row.window_ends_at else None
    return {
        "order": public_id("ord", row.pk),
        "number": row.e164.open() if row.e164 else "",
        "number_id": public_id("num", row.number) if row.number else "",
        "amount": str(Money(row.gross_minor or 0, row.currency)),
        "vat": str(Money(row.vat_minor or 0, row.currency)),
        "vat_rate": f"{row.vat_rate or 0:f}".rstrip("0").rstrip(".") or "0",
        "monthly": str(Money(row.monthly_minor, row.currency)),
        "term": str(row.term),
        "period": str(period),
        "renews_at": subscription.renews_at.isoformat(),
        "invoice": invoice,
        "terms": row.policy_version,
        "last_moment": last_moment.isoformat() if last_moment else "",
        "rule": str(row.window_rule),
    }


def _charged_back(row: Order, by: Actor, at: datetime) -> None:
    """The buyer's bank took the money back: the number goes to rest, and nothing is paid back a second time.

    The books get their credit, as for every sale that is undone, and the customer a letter.
    """
    end_service(row, by, at)
    advance(row, OrderEvent.CHARGE_BACK, at)
    let_card_go(row)
    if hasattr(row, "refund"):
        void(row.refund)
    taken = Money(row.gross_minor or 0, row.currency)
    book_credit(row, taken, at)
    write(row, "order-charged-back", by, at, taken)


def end_service(row: Order, by: Actor, at: datetime) -> None:
    """Stop what an active order provides: calls are refused at once, the number rests, nothing renews."""
    papers.stop(row, by, at)
    if row.state == OrderState.ACTIVE and row.number is not None:
        numbers.rest(number=row.number, by=by, at=at)
    Subscription.objects.filter(order=row, ended_at=None).update(ended_at=at)
    drop_renewals(row, at)
