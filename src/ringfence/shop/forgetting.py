"""Cards that the provider is to forget, because the order they were left for never came into service."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.kernel.actor import Actor
from ringfence.shop import actions, collecting
from ringfence.shop.models import Order
from ringfence.shop.models.orders import LEFT_A_CARD
from ringfence.shop.ports import PaymentUnknown

ASK_AGAIN_AFTER: Final = timedelta(minutes=10)


def forget_card(order: UUID, *, by: Actor, at: datetime) -> None:
    """Have the provider forget an order's card. Raises PaymentsError: repeat it later."""
    if not Order.objects.filter(LEFT_A_CARD, pk=order).exists():
        return
    actions.note_asked(order=order, by=by, at=at)
    with suppress(PaymentUnknown):
        collecting.forget_card_of_order(order)
    actions.card_of_order_forgotten(order=order, by=by, at=at)


def cards_left(at: datetime, limit: int) -> list[UUID]:
    """Return the orders whose card is still to be forgotten, those first that were asked about longest ago."""
    due = Q(asked_at=None) | Q(asked_at__lte=at - ASK_AGAIN_AFTER)
    left = Order.objects.filter(LEFT_A_CARD, due).order_by("asked_at", "id")
    return list(left.values_list("pk", flat=True)[:limit])
