"""Two hundred buyers at once want twenty numbers: twenty are sold, the others are told at once, and nothing is lost."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connections

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, queries
from ringfence.shop.models import BookEntry, Order, Refund, Subscription
from ringfence.shop.ports import EventKind, PaymentEvent
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SYSTEM, a_customer, now
from tests.world import for_sale, take_in_stock, to_pay

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.timeout(300),
]

BUYERS, NUMBERS, CONNECTIONS = 200, 20, 20
AT_ONCE_SECONDS = 60
"""All are answered within this on a busy machine; nobody waits for the hold of another."""


def buy(buyer: UUID, number: str) -> str:
    """Choose, order and pay; return what the buyer is told in the end."""
    by, at = Actor.customer(buyer), now()
    try:
        order = actions.place(subject=buyer, number=number, by=by, at=at)
    except Refusal as refused:
        return refused.code
    shown = to_pay(order)
    actions.check_out(order=order, shown=shown, by=by, at=at)
    event = PaymentEvent(f"evt_{order}", EventKind.PAID, f"pay_{order}", order, shown, at)
    for _again in range(2):
        actions.take_event(event=event, by=SYSTEM, at=now())
    found = queries.order(order)
    return str(found.state) if found else "lost"


def buy_in_turn(wishes: list[tuple[UUID, str]]) -> list[str]:
    """Let several buyers buy, one after the other, over connections of their own."""
    try:
        return [buy(*wish) for wish in wishes]
    finally:
        connections.close_all()


def test_two_hundred_buyers_and_twenty_numbers() -> None:
    take_in_stock("+442079460000,+442079460019,49,0,NOK,voice")
    numbers = [offer.public_id for offer in for_sale()]
    buyers = [a_customer() for _ in range(BUYERS)]
    assert len(numbers) == NUMBERS
    began = time.monotonic()
    wishes = list(zip(buyers, numbers * (BUYERS // NUMBERS), strict=True))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        said = pool.map(buy_in_turn, [wishes[first::CONNECTIONS] for first in range(CONNECTIONS)])
        told = Counter(one for several in said for one in several)
    assert time.monotonic() - began < AT_ONCE_SECONDS
    assert told == {"active": NUMBERS, "number.taken": BUYERS - NUMBERS}
    assert Order.objects.count() == Subscription.objects.count() == BookEntry.objects.count() == NUMBERS
    sold = dict(Order.objects.filter(state="active").values_list("number", "subject"))
    assert sold == dict(Number.objects.filter(state=NumberState.IN_SERVICE).values_list("pk", "holder"))
    assert len(set(sold.values())) == NUMBERS
    assert not Refund.objects.exists()
    serials = list(BookEntry.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, NUMBERS + 1))
