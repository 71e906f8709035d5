"""An equal number for whoever paid too late: offered, and the money back instead."""

from datetime import datetime
from typing import Final

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.shop.actions.orders import advance
from ringfence.shop.actions.refunds import owe
from ringfence.shop.buyers import buys_nothing
from ringfence.shop.models import Order
from ringfence.shop.rules import OrderEvent, choice_ends_at
from ringfence.telephony.equals import equal_to

IN_THE_LETTER: Final = 3


def offer_equal(row: Order, by: Actor, at: datetime) -> bool:
    """Let a late payer choose among equal numbers, in the running action; False when there is none to offer."""
    if row.subject is None or row.number is None or row.e164 is None or buys_nothing(row.subject):
        return False
    equals = equal_to(row.number, IN_THE_LETTER)
    if not equals:
        return False
    advance(row, OrderEvent.EQUAL_OFFERED, at)
    row.choose_until = choice_ends_at(at)
    facts = {
        "order": public_id("ord", row.pk),
        "number": row.e164.open(),
        "numbers": [offer.e164 for offer in equals],
        "amount": str(Money(row.gross_minor or 0, row.currency)),
        "until": row.choose_until.isoformat(),
    }
    queue_letter(kind="order-choose", person=row.subject, facts=facts, by=by, at=at)
    return True


def give_money_back(row: Order, event: OrderEvent, at: datetime) -> Money:
    """End a choice in the running action, and owe all that was paid; the caller saves the row."""
    advance(row, event, at)
    paid = Money(row.gross_minor or 0, row.currency)
    owe(row, paid, at)
    return paid
