"""A customer changes their mind (clauses 6.1 and 6.2)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.shop.actions.callers import forget_caller, use_confirmation
from ringfence.shop.actions.equals import give_money_back
from ringfence.shop.actions.keeping import let_number_go
from ringfence.shop.actions.orders import (
    OPEN_STATES,
    advance,
    key_of,
    locked,
    note,
    require_owner,
    unknown,
)
from ringfence.shop.actions.papers import end_unprovided, papers_of
from ringfence.shop.actions.payments import end_service, write
from ringfence.shop.actions.refunds import owe
from ringfence.shop.actions.renewing import forget_buyers
from ringfence.shop.models import Order
from ringfence.shop.paper_rules import PaperEvent
from ringfence.shop.rules import OrderEvent, OrderState, Window, WindowRule, move, refund_amount

REFUND_WITHIN: Final = timedelta(days=14)
"""The longest a refund may take (Directive 2011/83/EU, article 13(1); angrerettloven § 24)."""


@action("order.cancel")
def cancel(*, order: str, by: Actor, at: datetime) -> None:
    """Cancel an order inside its window: calls stop, the number rests, and the money goes back, once.

    A repeat does nothing. Staff file it for a caller whom a code has confirmed (clause 6.2), also while what was paid
    for is not provided yet. Raises Refusal
    `order.window_closed`, `order.cannot_move`, `caller.not_confirmed`.
    """
    row = locked(key_of(order))
    require_owner(row, by)
    if row.state in {OrderState.CANCELLED, OrderState.REFUNDED}:
        nothing_happened()
        return
    if by.kind is Kind.STAFF and row.state in {OrderState.PAID, OrderState.CHOOSING}:
        _cancel_unprovided(row, by, at)
        return
    move(OrderState(row.state), OrderEvent.CANCEL)
    if row.window_ends_at is None:
        raise unknown()
    window = Window(row.window_ends_at, WindowRule(row.window_rule), "6.1")
    paid = Money(row.gross_minor or 0, row.currency)
    amount = refund_amount(paid=paid, refunded=Money.zero(row.currency), window=window, at=at)
    if by.kind is Kind.STAFF:
        use_confirmation(row, by, at)
    _cancel(row, amount, by, at)


def _cancel_unprovided(row: Order, by: Actor, at: datetime) -> None:
    """End for a caller what was paid and not provided: it waits for papers, or for the choice of an equal number."""
    use_confirmation(row, by, at)
    if row.state == OrderState.PAID:
        end_unprovided(row, papers_of(row), PaperEvent.STOP, "given-up", by, at)
    else:
        amount = give_money_back(row, OrderEvent.MONEY_BACK, at)
        row.save(update_fields=["state", "filed_by_staff"])
        write(row, "order-too-late", by, at, amount)
        note(row)
    about(filed_by_staff=True)


def _cancel(row: Order, amount: Money, by: Actor, at: datetime) -> None:
    end_service(row, by, at)
    advance(row, OrderEvent.CANCEL, at)
    row.save(update_fields=["state", "filed_by_staff"])
    owe(row, amount, at)
    note(row)
    if row.filed_by_staff:
        about(filed_by_staff=True)
    if row.subject is not None and row.e164 is not None:
        facts = {
            "order": public_id("ord", row.pk),
            "number": row.e164.open(),
            "amount": str(amount),
            "cancelled_at": at.isoformat(),
            "latest": (at + REFUND_WITHIN).isoformat(),
            "filed_by_staff": row.filed_by_staff,
        }
        queue_letter(kind="order-cancelled", person=row.subject, facts=facts, by=by, at=at)


@action("order.end_all")
def end_all(*, subject: UUID, by: Actor, at: datetime) -> int:
    """End every order of a customer who leaves; return how many. What can still be cancelled is paid back.

    No letters are queued: the customer sees it on the receipt.
    """
    states = (*OPEN_STATES, OrderState.CHOOSING, OrderState.PAID, OrderState.ACTIVE)
    going_on = Order.objects.filter(subject=subject, state__in=states).order_by("id")
    ended = 0
    for key in list(going_on.values_list("pk", flat=True)):
        row = locked(key)
        if row.state not in states:
            continue
        ended += 1
        if row.state in OPEN_STATES:
            let_number_go(row, by, at)
            advance(row, OrderEvent.GIVE_UP, at)
        elif row.state == OrderState.CHOOSING:
            give_money_back(row, OrderEvent.MONEY_BACK, at)
        else:
            _end(row, by, at)
        row.save(update_fields=["state"])
    if not ended:
        nothing_happened()
        return 0
    about(subject, count=ended)
    return ended


def _end(row: Order, by: Actor, at: datetime) -> None:
    paid = Money(row.gross_minor or 0, row.currency)
    is_unprovided = row.state == OrderState.PAID
    is_in_time = row.window_ends_at is not None and at < row.window_ends_at and not paid.is_zero
    in_window = is_unprovided or is_in_time
    end_service(row, by, at)
    advance(row, OrderEvent.CANCEL if in_window else OrderEvent.END, at)
    if in_window and not paid.is_zero:
        owe(row, paid, at)


@action("order.forget_customer")
def forget_customer(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Take a customer out of their orders; return how many. What must stay of a sale is in the books."""
    forget_caller(subject)
    rows = list(Order.objects.select_for_update().filter(subject=subject).order_by("id"))
    forget_buyers(rows)
    for row in rows:
        row.subject = row.number = row.e164 = row.consumer = row.vat_number = row.policy_version = None
        row.buyer_country = row.time_zone = ""
        row.save()
    if not rows:
        nothing_happened()
    return len(rows)
