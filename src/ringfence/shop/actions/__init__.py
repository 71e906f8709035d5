"""Every write of the shop, one function per verb."""

from ringfence.shop.actions.callers import ask_caller, confirm_caller, sweep_callers
from ringfence.shop.actions.cancelling import cancel, end_all, forget_customer
from ringfence.shop.actions.choosing import choose_equal, end_choice, take_money_back
from ringfence.shop.actions.orders import check_out, give_up, lapse, note_asked, note_payment_page, place
from ringfence.shop.actions.payments import settle, take_event
from ringfence.shop.actions.refunds import note_refund, note_try, try_again

__all__ = [
    "ask_caller",
    "cancel",
    "check_out",
    "choose_equal",
    "confirm_caller",
    "end_all",
    "end_choice",
    "forget_customer",
    "give_up",
    "lapse",
    "note_asked",
    "note_payment_page",
    "note_refund",
    "note_try",
    "place",
    "settle",
    "sweep_callers",
    "take_event",
    "take_money_back",
    "try_again",
]
