"""Renewals before their payment: opened one by one, reminded of, and dropped with the order."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ringfence.accounts.actions import queue_letter
from ringfence.accounts.queries import profile_of
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, new_id, parse, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import queries as privacy
from ringfence.shop import seller
from ringfence.shop.actions.orders import locked
from ringfence.shop.buyers import buyer_of
from ringfence.shop.models import Mandate, Order, Renewal, RenewalPayment, Subscription
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.renewal_rules import (
    OPEN,
    RenewalEvent,
    RenewalState,
    first_period_after,
    move_renewal,
    next_moment,
    period,
    reminder_due,
    spread_of,
)
from ringfence.shop.rules import Price, Term, price
from ringfence.shop.vat_rules import Buyer, vat


class Held(NamedTuple):
    """A renewal with what it belongs to, all of it locked."""

    order: Order
    subscription: Subscription
    renewal: Renewal


def unknown_renewal() -> Refusal:
    """Return the refusal for a renewal that is not there, or not the asker's."""
    return Refusal("renewal.unknown", gettext_noop("There is no such renewal in this account."))


def key_of_renewal(renewal: str) -> UUID:
    """Return the key of a public id. Raises Refusal `renewal.unknown`."""
    try:
        return parse(renewal, "rnw")
    except NotAPublicId:
        raise unknown_renewal() from None


def held(renewal: UUID) -> Held:
    """Lock an order, its subscription and a renewal of it, in that order. Raises Refusal `renewal.unknown`."""
    order = Renewal.objects.filter(pk=renewal).values_list("subscription__order", flat=True).first()
    if order is None:
        raise unknown_renewal()
    row = locked(order)
    subscription = Subscription.objects.select_for_update().get(order=row)
    return Held(row, subscription, Renewal.objects.select_for_update().get(pk=renewal))


def zone_of(order: Order) -> str:
    """Return the time zone that a customer's periods are counted in; UTC once they are forgotten."""
    return order.time_zone or "UTC"


def advance_renewal(row: Renewal, event: RenewalEvent, at: datetime, *, next_at: datetime | None) -> None:
    """Move a renewal and say when its next step is due; the caller saves. Raises Refusal `renewal.cannot_move`."""
    row.state, row.state_since, row.next_at = move_renewal(RenewalState(row.state), event), at, next_at


def note_renewal(it: Held) -> None:
    """Say in the ledger which renewal this is about, and how it stands now."""
    subjects = [it.order.subject] if it.order.subject else []
    about(
        *subjects,
        order=public_id("ord", it.order.pk),
        renewal=public_id("rnw", it.renewal.pk),
        state=str(it.renewal.state),
    )


def amount_of(row: Renewal, currency: str) -> Money:
    """Return what a renewal costs, once its price is fixed."""
    return Money(row.gross_minor or 0, currency)


def price_now(subscription: Subscription, order: Order) -> Price:
    """Return the price of the next period: what was agreed at purchase, with the tax of the buyer's present country."""
    net = Money(subscription.period_minor, subscription.currency)
    return price(net, vat(present_buyer(order), seller_country=seller.country()).rate)


def present_buyer(order: Order) -> Buyer:
    """Return whom an order is taxed for by now."""
    return buyer_of(profile_of(order.subject) if order.subject else None)


def fix_price(it: Held) -> Money:
    """Fix the price of a renewal, and whom it is for, the first time that it is asked for. The caller saves."""
    row = it.renewal
    if row.gross_minor is None:
        cost = price_now(it.subscription, it.order)
        row.net_minor, row.vat_minor = cost.net.minor, cost.vat.minor
        row.gross_minor, row.vat_rate = cost.gross.minor, cost.vat_rate
        row.buyer = asdict(present_buyer(it.order)) if it.order.subject else None
    return amount_of(row, it.subscription.currency)


def forget_buyers(orders: Iterable[Order]) -> None:
    """Let go of whom the prices of orders' renewals were fixed for, in the running action: their invoices say it."""
    known = Renewal.objects.filter(subscription__order__in=list(orders), buyer__isnull=False)
    for row in known.select_for_update(of=("self",)):
        row.buyer = None
        row.save(update_fields=["buyer"])


def write_letter(it: Held, kind: str, by: Actor, at: datetime, **more: str | int | bool | None) -> None:
    """Queue a letter about a renewal to its customer, unless they have left or are leaving."""
    order, row = it.order, it.renewal
    if order.subject is None or order.e164 is None or privacy.being_erased(order.subject):
        return
    fixed = row.gross_minor is not None
    amount = amount_of(row, it.subscription.currency) if fixed else price_now(it.subscription, order).gross
    facts: dict[str, str | int | bool | list[str] | None] = {
        "order": public_id("ord", order.pk),
        "renewal": public_id("rnw", row.pk),
        "number": str(order.e164.open()),
        "amount": str(amount),
        "due": row.period_from.isoformat(),
        "until": row.period_to.isoformat(),
        "by_card": it.subscription.mandate_id is not None,
        **more,
    }
    queue_letter(kind=kind, person=order.subject, facts=facts, by=by, at=at)


def open_renewal(subscription: Subscription, order: Order, at: datetime, number: int) -> Renewal:
    """Open the renewal of a period, in the running action. Only one is open at a time, by the database."""
    zone, term = zone_of(order), Term(subscription.term)
    start, end = period(order.provided_at or at, number, term, zone)
    state = RenewalState.UPCOMING if subscription.renewing else RenewalState.SWITCHED_OFF
    key = new_id()
    coming = next_moment(start, zone, None, at, spread_of(key)) if subscription.renewing else start
    if subscription.renews_at != start:
        subscription.renews_at = start
        subscription.save(update_fields=["renews_at"])
    opened = Renewal.objects.filter(subscription=subscription, number=number).first()
    return opened or Renewal.objects.create(
        id=key,
        subscription=subscription,
        number=number,
        period_from=start,
        period_to=end,
        state=state,
        state_since=at,
        next_at=coming,
    )


@action("renewal.open_next")
def open_next(*, subscription: UUID, by: Actor, at: datetime) -> None:
    """Open the next renewal of a subscription that goes on and has none open; otherwise do nothing.

    Subscriptions from before there were renewals begin with the first period that has not begun yet.
    """
    found = Subscription.objects.filter(pk=subscription).values_list("order", flat=True).first()
    order = locked(found) if found else None
    row = Subscription.objects.select_for_update().get(pk=subscription)
    mine = Renewal.objects.filter(subscription=row)
    goes_on = order is not None and row.ended_at is None and order.provided_at is not None
    if not goes_on or mine.filter(state__in=OPEN).exists() or order is None:
        nothing_happened()
        return
    last = mine.order_by("-number").values_list("number", flat=True).first()
    anchor = order.provided_at or at
    number = last + 1 if last else first_period_after(anchor, Term(row.term), zone_of(order), at)
    opened = open_renewal(row, order, at, number)
    note_renewal(Held(order, row, opened))


@action("renewal.remind")
def remind(*, renewal: UUID, by: Actor, at: datetime) -> None:
    """Send the reminder that is due by now, once; of several that were missed only the last."""
    it = held(renewal)
    row = it.renewal
    zone = zone_of(it.order)
    days = reminder_due(row.period_from, zone, row.told_days, at, spread_of(row.pk))
    if row.state != RenewalState.UPCOMING or row.next_at is None:
        nothing_happened()
        return
    if days is None:
        nothing_happened()
    else:
        row.told_days = days
        write_letter(it, "renewal-reminder", by, at, days=days)
        note_renewal(it)
    row.next_at = next_moment(row.period_from, zone, row.told_days, at, spread_of(row.pk))
    row.save(update_fields=["told_days", "next_at"])


def drop_renewals(order: Order, at: datetime) -> None:
    """End every renewal of an order that ends, in the running action: nothing is charged for it any more.

    What was paid ahead for a period that has not begun goes back; a payment under way goes back when it arrives.
    """
    for subscription in Subscription.objects.select_for_update().filter(order=order):
        for row in Renewal.objects.select_for_update().filter(subscription=subscription, state__in=OPEN):
            advance_renewal(row, RenewalEvent.ORDER_ENDS, at, next_at=None)
            row.save()
        ahead = RenewalPayment.objects.filter(
            renewal__subscription=subscription,
            renewal__period_from__gt=at,
            status=PaymentStatus.PAID,
            back_state="",
        )
        for payment in ahead.select_for_update(of=("self",)):
            owe_back(payment, at)
        let_mandate_go(subscription, at)


def owe_back(payment: RenewalPayment, at: datetime) -> None:
    """Owe a renewal's payment back, once, and have it sent after the commit."""
    from ringfence.shop import tasks

    if payment.back_state:
        return
    payment.back_state, payment.back_owed_at = RefundStep.OWED, at
    payment.save(update_fields=["back_state", "back_owed_at"])
    tasks.pay_renewal_back.defer(payment=str(payment.pk))


def let_mandate_go(subscription: Subscription, at: datetime) -> None:
    """Take the card from a subscription and have the provider forget it after the commit.

    One that was left at a page and is not fetched yet is fetched all the same, in order to be forgotten.
    """
    leaving, is_left = subscription.mandate_id, bool(subscription.mandate_from)
    subscription.mandate = None
    await_card(subscription, "")
    if leaving is not None:
        mandate_leaves(leaving, at)
    if is_left:
        fetch_soon(subscription)


def mandate_leaves(mandate: UUID, at: datetime) -> None:
    """Have the provider forget a card after the commit."""
    from ringfence.shop import tasks

    Mandate.objects.filter(pk=mandate, leaving_at=None).update(leaving_at=at)
    tasks.forget_mandates.defer()


def await_card(subscription: Subscription, reference: str) -> None:
    """Remember the page where a card is left, or none. The card of a page before it is only to be forgotten."""
    if subscription.mandate_from and subscription.mandate_from != reference:
        subscription.unwanted_from = [*subscription.unwanted_from, subscription.mandate_from]
    subscription.mandate_from = reference
    subscription.save(update_fields=["mandate", "mandate_from", "unwanted_from"])


def fetch_soon(subscription: Subscription) -> None:
    """Have the card that was left at a page fetched after the commit."""
    from ringfence.shop import tasks

    tasks.fetch_card.defer(subscription=str(subscription.pk))
