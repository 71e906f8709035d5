"""The shop's tables."""

from ringfence.shop.models.books import BookEntry, BookKind, BookSeries
from ringfence.shop.models.orders import Order, OrderStep, PaymentEvent, Refund, Subscription
from ringfence.shop.models.prices import Price

__all__ = [
    "BookEntry",
    "BookKind",
    "BookSeries",
    "Order",
    "OrderStep",
    "PaymentEvent",
    "Price",
    "Refund",
    "Subscription",
]
