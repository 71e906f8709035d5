"""Every write of the shop, one function per verb."""

from ringfence.shop.actions.callers import (
    ask_caller,
    called_back,
    confirm_caller,
    file_request,
    number_to_call,
    sweep_callers,
)
from ringfence.shop.actions.cancelling import cancel, end_all, forget_customer
from ringfence.shop.actions.cards import (
    card_forgotten,
    card_lost,
    expect_card,
    keep_card,
    note_card_asked,
    remove_card,
)
from ringfence.shop.actions.cards_left import card_of_order_forgotten
from ringfence.shop.actions.choosing import choose_equal, end_choice, take_money_back
from ringfence.shop.actions.exports import export_books
from ringfence.shop.actions.orders import check_out, give_up, lapse, note_asked, note_payment_page, place
from ringfence.shop.actions.paper_review import approve as approve_papers
from ringfence.shop.actions.paper_review import destroy as destroy_papers
from ringfence.shop.actions.paper_review import look_at as look_at_papers
from ringfence.shop.actions.paper_review import open_picture
from ringfence.shop.actions.paper_review import refuse as refuse_papers
from ringfence.shop.actions.paper_review import time_out as time_out_papers
from ringfence.shop.actions.papers import give_up as give_up_papers
from ringfence.shop.actions.papers import send as send_papers
from ringfence.shop.actions.payments import settle, take_event
from ringfence.shop.actions.prices import import_prices, remove_price, set_price
from ringfence.shop.actions.refunds import note_refund, note_try, try_again
from ringfence.shop.actions.renewal_back import note_back
from ringfence.shop.actions.renewal_payments import begin_page, note_renewal_asked, settle_renewal
from ringfence.shop.actions.renewal_steps import ask_later, begin_charge, end, suspend
from ringfence.shop.actions.renewal_waits import wait
from ringfence.shop.actions.renewing import open_next, remind
from ringfence.shop.actions.switching import switch_off, switch_on

__all__ = [
    "approve_papers",
    "ask_caller",
    "ask_later",
    "begin_charge",
    "begin_page",
    "called_back",
    "cancel",
    "card_forgotten",
    "card_lost",
    "card_of_order_forgotten",
    "check_out",
    "choose_equal",
    "confirm_caller",
    "destroy_papers",
    "end",
    "end_all",
    "end_choice",
    "expect_card",
    "export_books",
    "file_request",
    "forget_customer",
    "give_up",
    "give_up_papers",
    "import_prices",
    "keep_card",
    "lapse",
    "look_at_papers",
    "note_asked",
    "note_back",
    "note_card_asked",
    "note_payment_page",
    "note_refund",
    "note_renewal_asked",
    "note_try",
    "number_to_call",
    "open_next",
    "open_picture",
    "place",
    "refuse_papers",
    "remind",
    "remove_card",
    "remove_price",
    "send_papers",
    "set_price",
    "settle",
    "settle_renewal",
    "suspend",
    "sweep_callers",
    "switch_off",
    "switch_on",
    "take_event",
    "take_money_back",
    "time_out_papers",
    "try_again",
    "wait",
]
