"""An order before its payment: placed, checked out, given up, lapsed."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.queries import Profile, profile_of
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import policy
from ringfence.privacy import queries as privacy
from ringfence.shop import pricing
from ringfence.shop.actions.keeping import SETTLING, let_number_go
from ringfence.shop.buyers import buyer_of, require_open
from ringfence.shop.models import Order, OrderStep
from ringfence.shop.price_rules import ListPrice
from ringfence.shop.rules import FIRST_STATE, OrderEvent, OrderState, Term, hold_ends_at, move
from ringfence.shop.vat_rules import Buyer
from ringfence.telephony import queries as telephony
from ringfence.telephony.actions import numbers

MOST_OPEN: Final = 5
"""How many numbers one customer may hold at once."""

OPEN_STATES: Final = (OrderState.HELD, OrderState.AWAITING_PAYMENT)


def locked(order: UUID) -> Order:
    """Return an order with its row locked. Raises Refusal `order.unknown`."""
    row = Order.objects.select_for_update().filter(pk=order).first()
    if row is None:
        raise unknown()
    return row


def unknown() -> Refusal:
    """Return the refusal for an order that is not there, or not the asker's: the two look alike."""
    return Refusal("order.unknown", gettext_noop("There is no such order in this account."))


def key_of(order: str) -> UUID:
    """Return the key of a public id. Raises Refusal `order.unknown`."""
    try:
        return parse(order, "ord")
    except NotAPublicId:
        raise unknown() from None


def require_owner(row: Order, by: Actor) -> None:
    """Let the order's own customer, support with a purpose, and the house itself pass (clause 6.2)."""
    if by.kind is Kind.CUSTOMER and by.person == row.subject:
        return
    if by.has(Role.SUPPORT) or by.kind in {Kind.SYSTEM, Kind.CARRIER}:
        return
    raise unknown()


def advance(row: Order, event: OrderEvent, at: datetime) -> None:
    """Move an order and note the step; the caller saves the row. Raises Refusal `order.cannot_move`."""
    row.state = move(OrderState(row.state), event)
    OrderStep.objects.create(order=row, state=row.state, at=at)


def note(row: Order) -> None:
    """Say in the ledger which order this is about, and how it stands now."""
    about(*([row.subject] if row.subject else []), order=public_id("ord", row.pk), state=str(row.state))


def _open_orders(subject: UUID, at: datetime) -> dict[UUID | None, UUID]:
    """Return the orders that a customer can still pay for, by number."""
    mine = Order.objects.filter(subject=subject, state__in=OPEN_STATES, held_until__gt=at)
    return dict(mine.order_by("placed_at", "id").values_list("number", "pk"))


def _require_room(held: int) -> None:
    """Let a customer hold so many numbers at once. Raises Refusal `order.too_many_open`."""
    if held >= MOST_OPEN:
        raise Refusal(
            "order.too_many_open",
            gettext_noop(
                "You are holding %(most)s numbers already. Pay for one of them, or let one go, first."
            ),
            most=MOST_OPEN,
        )


@action("order.place")
def place(
    *, subject: UUID, number: str, by: Actor, at: datetime, language: str = "", currency: str = ""
) -> str:
    """Hold a number for ten minutes for a customer; return the public id of the order.

    `language` is that of the page it was chosen on: the payment page and the way back speak it too. Choosing a number
    again that one already holds gives the same order. `currency` is that of the page; where the number is not sold
    in it, the first that it is sold in. Raises Refusal: `number.taken`, `order.no_such_number`, `order.not_for_sale`,
    `order.too_many_open`, `order.account_closing`.
    """
    if (by.kind is Kind.CUSTOMER and by.person != subject) or privacy.being_erased(subject):
        raise unknown()
    require_open(subject)
    offer = telephony.offer(number)
    if offer is None:
        raise Refusal("order.no_such_number", gettext_noop("We have no such number."))
    listed = _listed(offer.country, offer.type, currency)
    mine = _open_orders(subject, at)
    existing = mine.get(offer.id)
    if existing is None:
        _require_room(len(mine))
        try:
            numbers.hold(number=offer.id, subject=subject, until=hold_ends_at(at) + SETTLING, by=by, at=at)
        except Refusal:
            existing = _open_orders(subject, at).get(offer.id)
            if existing is None:
                raise
    if existing is not None:
        nothing_happened()
        return public_id("ord", existing)
    row = Order(
        subject=subject, number=offer.id, number_country=offer.country, state=FIRST_STATE, placed_at=at
    )
    row.held_until, row.language = hold_ends_at(at), language
    row.e164, row.number_type = offer.e164, listed.type
    row.monthly_minor, row.setup_minor = listed.monthly.minor, listed.setup.minor
    row.period_minor, row.currency = listed.monthly.minor, listed.monthly.currency
    row.save(force_insert=True)
    OrderStep.objects.create(order=row, state=row.state, at=at)
    note(row)
    return public_id("ord", row.pk)


def _listed(country: str, kind: str, currency: str) -> ListPrice:
    prices = pricing.prices_of(country, kind)
    if not prices:
        raise Refusal(
            "order.not_for_sale", gettext_noop("This number has no price at the moment. Choose another one.")
        )
    return prices.get(currency) or next(iter(prices.values()))


@action("order.check_out")
def check_out(
    *,
    order: str,
    shown: Money,
    by: Actor,
    at: datetime,
    term: Term = Term.MONTH,
    language: str = "",
    keep_card: bool = False,
) -> None:
    """Fix the price, take note of the terms seen (clause 5.1) and begin the payment; a repeat does nothing.

    `shown` is the amount that the buyer saw and agreed to, and its currency the one they chose. The price is decided
    here, whatever was shown; when the two differ, nothing happens and the buyer is asked again. The number is kept ten
    more minutes. `language` is that of the page it was ordered on; when unsaid, that of the page it was chosen on, else
    the buyer's own. With `keep_card` the provider keeps the card for renewals. Raises Refusal: `order.hold_ended`,
    `order.account_closing`, `order.buyer_incomplete`, `order.not_sold_so`, `order.price_changed`.
    """
    row = locked(key_of(order))
    require_owner(row, by)
    if row.state == OrderState.AWAITING_PAYMENT and at < row.held_until:
        _require_shown(Money(row.gross_minor or 0, row.currency), shown)
        nothing_happened()
        return
    if row.subject is None or row.number is None or at >= row.held_until or row.state != OrderState.HELD:
        raise Refusal(
            "order.hold_ended",
            gettext_noop("The time to pay for this number is over, so it may be somebody else's by now."),
        )
    require_open(row.subject)
    buyer = _complete_buyer(row.subject)
    row.buyer_country, row.consumer = buyer.country, buyer.consumer
    row.time_zone, row.language = buyer.time_zone, language or row.language or buyer.language
    _fix(row, buyer_of(buyer), term, shown)
    row.keep_card = keep_card
    row.policy_version = policy.acknowledge(subject=row.subject, moment="order", by=by, at=at)
    row.held_until = hold_ends_at(at)
    numbers.keep(number=row.number, subject=row.subject, until=row.held_until + SETTLING, by=by, at=at)
    advance(row, OrderEvent.CHECK_OUT, at)
    row.save()
    note(row)


def _complete_buyer(subject: UUID) -> Profile:
    """Return the account of somebody who can order. Raises Refusal `order.buyer_incomplete`."""
    buyer = profile_of(subject)
    if buyer is None or not buyer.complete_for_orders or privacy.being_erased(subject):
        raise Refusal(
            "order.buyer_incomplete",
            gettext_noop(
                "We need your country, your time zone, and whether you buy for yourself or for a business."
            ),
        )
    return buyer


def _require_shown(price: Money, shown: Money) -> None:
    if price != shown:
        raise Refusal(
            "order.price_changed",
            gettext_noop(
                "You saw another price than the one that holds now, so nothing was ordered and nothing charged."
                " Look at the new one, and order again if you agree."
            ),
            price=str(price),
            shown=str(shown),
        )


def _fix(row: Order, buyer: Buyer, term: Term, shown: Money) -> None:
    """Work the price out and write it into the order, if it is what was shown."""
    cost = pricing.quote(
        country=row.number_country, kind=row.number_type, currency=shown.currency, term=term, buyer=buyer
    )
    if cost is None:
        raise Refusal(
            "order.not_sold_so",
            gettext_noop("This number is not sold to you in that currency. Choose another currency."),
        )
    _require_shown(cost.first.gross, shown)
    row.term, row.period_minor, row.currency = cost.term, cost.period.net.minor, cost.currency
    row.monthly_minor, row.setup_minor = cost.monthly.net.minor, cost.setup.net.minor
    row.net_minor, row.vat_minor, row.gross_minor = (
        cost.first.net.minor,
        cost.first.vat.minor,
        cost.first.gross.minor,
    )
    row.vat_rate, row.vat_number = cost.vat_rate, buyer.vat_number or None


@action("order.lapse")
def lapse(*, order: UUID, by: Actor, at: datetime) -> None:
    """End an order whose hold is over and that nobody can pay any more; otherwise do nothing."""
    row = locked(order)
    if row.state not in OPEN_STATES or at < row.held_until:
        nothing_happened()
        return
    let_number_go(row, by, at)
    advance(row, OrderEvent.HOLD_ENDS, at)
    row.save(update_fields=["state"])
    note(row)


@action("order.give_up")
def give_up(*, order: str, by: Actor, at: datetime) -> None:
    """Let a number go before paying for it. A repeat does nothing.

    When a payment page is open, close it first (`provider.close_page`). Raises Refusal `order.cannot_move`.
    """
    row = locked(key_of(order))
    require_owner(row, by)
    if row.state in {OrderState.LAPSED, OrderState.FAILED}:
        nothing_happened()
        return
    let_number_go(row, by, at)
    advance(row, OrderEvent.GIVE_UP, at)
    row.save(update_fields=["state"])
    note(row)


@action("order.note_payment_page")
def note_payment_page(*, order: UUID, reference: str, by: Actor, at: datetime) -> None:
    """Keep the provider's opaque reference of a payment. A repeat does nothing."""
    row = locked(order)
    if row.payment_reference == reference:
        nothing_happened()
        return
    if row.payment_reference is not None:
        raise Refusal("order.paid_elsewhere", gettext_noop("A payment for this order is already under way."))
    row.payment_reference = reference
    row.save(update_fields=["payment_reference"])
    note(row)


@action("order.note_asked")
def note_asked(*, order: UUID, by: Actor, at: datetime) -> None:
    """Remember when the provider was last asked about a payment. Leaves no ledger line: nothing was decided."""
    nothing_happened()
    Order.objects.filter(pk=order).update(asked_at=at)
