"""Every write of the shop, one function per verb."""

from ringfence.shop.actions.cancelling import cancel, end_all, forget_customer
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
from ringfence.shop.actions.refunds import note_refund, note_try

__all__ = [
    "approve_papers",
    "cancel",
    "check_out",
    "destroy_papers",
    "end_all",
    "forget_customer",
    "give_up",
    "give_up_papers",
    "lapse",
    "look_at_papers",
    "note_asked",
    "note_payment_page",
    "note_refund",
    "note_try",
    "open_picture",
    "place",
    "refuse_papers",
    "send_papers",
    "settle",
    "take_event",
    "time_out_papers",
]
