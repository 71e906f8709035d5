"""Whose the number of an order is, and letting go of it: never of one that another order was paid for."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.actor import Actor
from ringfence.shop.models import Order
from ringfence.shop.models.orders import IN_SERVICE
from ringfence.telephony.actions import holding

SETTLING: Final = timedelta(minutes=5)
"""How much longer a number stays put than its order's hold: time to close the provider's page before it is free."""


def is_another_orders(row: Order) -> bool:
    """Tell whether the number belongs to another order already, be it of the same customer."""
    return Order.objects.filter(number=row.number, state__in=IN_SERVICE).exclude(pk=row.pk).exists()


def let_number_go(row: Order, by: Actor, at: datetime) -> None:
    """Release the number of an order that ends unpaid, as long as it is certainly still this order's."""
    if at < row.held_until + SETTLING:
        let_kept_number_go(row, by, at)


def let_kept_number_go(row: Order, by: Actor, at: datetime) -> None:
    """Release the number that is held for an order's customer, unless it is for another order of theirs."""
    if row.number is None or row.subject is None or is_another_orders(row):
        return
    holding.let_go(number=row.number, subject=row.subject, by=by, at=at)
