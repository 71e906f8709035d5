"""The shop's tables."""

from ringfence.shop.models.books import BookEntry, BookKind
from ringfence.shop.models.orders import Order, OrderStep, PaymentEvent, Refund, Subscription
from ringfence.shop.models.papers import Paper, PaperPiece, Papers

__all__ = [
    "BookEntry",
    "BookKind",
    "Order",
    "OrderStep",
    "Paper",
    "PaperPiece",
    "Papers",
    "PaymentEvent",
    "Refund",
    "Subscription",
]
