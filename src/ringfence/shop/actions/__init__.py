"""Every write of the shop, one function per verb."""

from ringfence.shop.actions.cancelling import cancel, end_all, forget_customer
from ringfence.shop.actions.orders import check_out, give_up, lapse, note_asked, note_payment_page, place
from ringfence.shop.actions.payments import settle, take_event
from ringfence.shop.actions.prices import remove_price, set_price
from ringfence.shop.actions.refunds import note_refund, note_try

__all__ = [
    "cancel",
    "check_out",
    "end_all",
    "forget_customer",
    "give_up",
    "lapse",
    "note_asked",
    "note_payment_page",
    "note_refund",
    "note_try",
    "place",
    "remove_price",
    "set_price",
    "settle",
    "take_event",
]
