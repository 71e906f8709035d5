"""The card that was left for renewals of an order that never came into service: nobody will charge it."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.guarded import require_action
from ringfence.shop.models import Order


def let_card_go(row: Order) -> None:
    """Have the provider forget the card of an order that ends, in the running action and after its commit.

    The sweep finds those that were not forgotten then.
    """
    from ringfence.shop import tasks

    require_action("a card that is let go")
    if row.keep_card and row.provided_at is None:
        tasks.forget_card_of_order.defer(order=str(row.pk))


@action("order.card_forgotten")
def card_of_order_forgotten(*, order: UUID, by: Actor, at: datetime) -> None:
    """The provider keeps no card for this order any more. A repeat does nothing."""
    nothing_happened()
    Order.objects.filter(pk=order).update(keep_card=False, asked_at=at)
