"""The shop's tables."""

from ringfence.shop.models.books import BookEntry, BookKind
from ringfence.shop.models.callers import CallerCheck
from ringfence.shop.models.orders import Order, OrderStep, PaymentEvent, Refund, Subscription

__all__ = [
    "BookEntry",
    "BookKind",
    "CallerCheck",
    "Order",
    "OrderStep",
    "PaymentEvent",
    "Refund",
    "Subscription",
]
