"""A late payer chooses: an equal number, or the money; and after a day the money goes back by itself."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.actions.equals import give_money_back
from ringfence.shop.actions.orders import advance, key_of, locked, note, require_owner
from ringfence.shop.actions.payments import activate, put_into_service, write
from ringfence.shop.buyers import require_open
from ringfence.shop.models import Order
from ringfence.shop.rules import OrderEvent, OrderState
from ringfence.telephony.equals import equal_among


@action("order.choose_equal")
def choose_equal(*, order: str, number: str, by: Actor, at: datetime) -> None:
    """Go on with an equal number, at the price that was paid. A repeat does nothing.

    Raises Refusal: `order.choice_over`, `order.account_closing`, `number.taken`.
    """
    row = locked(key_of(order))
    require_owner(row, by)
    try:
        chosen = parse(number, "num")
    except NotAPublicId:
        raise _taken() from None
    if row.state == OrderState.ACTIVE and row.number == chosen:
        nothing_happened()
        return
    if row.state != OrderState.CHOOSING or row.choose_until is None or at >= row.choose_until:
        raise Refusal(
            "order.choice_over",
            gettext_noop(
                "The choice for this order has been made, or its time is over. Here is how it stands."
            ),
        )
    equal = equal_among(row.number, chosen) if row.number else None
    if equal is None:
        raise _taken()
    require_open(row.subject)
    row.number, row.e164 = equal.id, equal.e164
    if not put_into_service(row, by, at):
        raise _taken()
    advance(row, OrderEvent.CHOOSE, at)
    activate(row, by, at)
    row.save()
    note(row)


def _taken() -> Refusal:
    return Refusal(
        "number.taken",
        gettext_noop("That number has just gone too. Choose another one, or take your money back."),
    )


@action("order.take_money_back")
def take_money_back(*, order: str, by: Actor, at: datetime) -> None:
    """Take the money rather than an equal number. A repeat does nothing. Raises Refusal `order.cannot_move`."""
    row = locked(key_of(order))
    require_owner(row, by)
    if row.state in {OrderState.CANCELLED, OrderState.REFUNDED}:
        nothing_happened()
        return
    _end(row, OrderEvent.MONEY_BACK, by, at)


@action("order.end_choice")
def end_choice(*, order: UUID, by: Actor, at: datetime) -> None:
    """Give the money back to whoever has not chosen in time; otherwise do nothing."""
    row = locked(order)
    if row.state != OrderState.CHOOSING or row.choose_until is None or at < row.choose_until:
        nothing_happened()
        return
    _end(row, OrderEvent.CHOICE_ENDS, by, at)


def _end(row: Order, event: OrderEvent, by: Actor, at: datetime) -> None:
    paid = give_money_back(row, event, at)
    row.save(update_fields=["state"])
    note(row)
    write(row, "order-too-late", by, at, paid)
