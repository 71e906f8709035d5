"""The shop's tables."""

from ringfence.shop.models.books import BookEntry, BookKind, BookSeries
from ringfence.shop.models.callers import CallerCheck
from ringfence.shop.models.mandates import Mandate
from ringfence.shop.models.orders import Order, OrderStep, PaymentEvent, Subscription
from ringfence.shop.models.papers import Paper, PaperPiece, Papers
from ringfence.shop.models.prices import Price
from ringfence.shop.models.refunds import Refund
from ringfence.shop.models.renewals import How, Renewal, RenewalPayment

__all__ = [
    "BookEntry",
    "BookKind",
    "BookSeries",
    "CallerCheck",
    "How",
    "Mandate",
    "Order",
    "OrderStep",
    "Paper",
    "PaperPiece",
    "Papers",
    "PaymentEvent",
    "Price",
    "Refund",
    "Renewal",
    "RenewalPayment",
    "Subscription",
]
