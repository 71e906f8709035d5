"""Every write of the shop, one function per verb."""

from ringfence.shop.actions.callers import ask_caller, confirm_caller, sweep_callers
from ringfence.shop.actions.cancelling import cancel, end_all, forget_customer
from ringfence.shop.actions.cards import (
    card_forgotten,
    card_lost,
    expect_card,
    keep_card,
    note_card_asked,
    remove_card,
)
from ringfence.shop.actions.choosing import choose_equal, end_choice, take_money_back
from ringfence.shop.actions.exports import export_books
from ringfence.shop.actions.orders import check_out, give_up, lapse, note_asked, note_payment_page, place
from ringfence.shop.actions.payments import settle, take_event
from ringfence.shop.actions.prices import import_prices, remove_price, set_price
from ringfence.shop.actions.refunds import note_refund, note_try, try_again
from ringfence.shop.actions.renewal_back import note_back
from ringfence.shop.actions.renewal_payments import begin_page, note_renewal_asked, settle_renewal
from ringfence.shop.actions.renewal_steps import ask_later, begin_charge, end, suspend
from ringfence.shop.actions.renewing import open_next, remind
from ringfence.shop.actions.switching import switch_off, switch_on

__all__ = [
    "ask_caller",
    "ask_later",
    "begin_charge",
    "begin_page",
    "cancel",
    "card_forgotten",
    "card_lost",
    "check_out",
    "choose_equal",
    "confirm_caller",
    "end",
    "end_all",
    "end_choice",
    "expect_card",
    "export_books",
    "forget_customer",
    "give_up",
    "import_prices",
    "keep_card",
    "lapse",
    "note_asked",
    "note_back",
    "note_card_asked",
    "note_payment_page",
    "note_refund",
    "note_renewal_asked",
    "note_try",
    "open_next",
    "place",
    "remind",
    "remove_card",
    "remove_price",
    "set_price",
    "settle",
    "settle_renewal",
    "suspend",
    "sweep_callers",
    "switch_off",
    "switch_on",
    "take_event",
    "take_money_back",
    "try_again",
]
