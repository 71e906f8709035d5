"""The counts of the stock, kept by the database beside the numbers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from ringfence.telephony import stock_queries
from ringfence.telephony.actions import numbers, stock
from ringfence.telephony.models import Number, NumberCount
from ringfence.telephony.rules import NumberState
from tests.world import AT, SYSTEM, free_number, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def counted_afresh() -> dict[str, int]:
    """Return the counts by state, from the numbers themselves."""
    return dict(Counter(Number.objects.values_list("state", flat=True)))


def test_counts_follow_the_numbers_whoever_writes() -> None:
    take_in_stock("+4721000000,+4721000099,49.00,0,NOK,voice", "+442079460000,,49.00,0,NOK,voice sms")
    offer = free_number()
    numbers.hold(number=offer.id, subject=uuid4(), until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM telephony_number WHERE e164 IN ('+4721000000', '+4721000001')")
        cursor.execute("UPDATE telephony_number SET documents = '{identity}' WHERE e164 = '+4721000002'")
    assert stock_queries.counts_by_state() == counted_afresh() == {"available": 99, "held": 1}
    assert stock_queries.counts_by_country() == [("GB", 1), ("NO", 98)]
    alike = {(row.country, row.area, row.ready_at_once): row.count for row in stock_queries.available()}
    assert alike == {("GB", "London", True): 1, ("NO", "Oslo", False): 1, ("NO", "Oslo", True): 97}


def test_folding_changes_no_sum() -> None:
    take_in_stock("+4721000000,+4721000009,49.00,0,NOK,voice")
    for number in Number.objects.order_by("e164")[:4]:
        numbers.hold(number=number.pk, subject=uuid4(), until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
    before = stock_queries.counts_by_state()
    assert stock.fold_counts(by=SYSTEM, at=AT) == 7
    assert stock_queries.counts_by_state() == before == counted_afresh()
    assert stock.fold_counts(by=SYSTEM, at=AT) == 0
    assert NumberCount.objects.count() == 2


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_counts_hold_while_many_write_and_others_fold() -> None:
    take_in_stock("+4721000000,+4721000059,49.00,0,NOK,voice")
    ids = list(Number.objects.values_list("pk", flat=True))

    def work(turn: int) -> None:
        if turn % 10 == 9:
            stock.fold_counts(by=SYSTEM, at=AT)
        else:
            numbers.hold(number=ids[turn], subject=None, until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
        connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(60)))
    assert stock_queries.counts_by_state() == counted_afresh() == {"available": 6, "held": 54}
    stock.fold_counts(by=SYSTEM, at=AT)
    assert stock_queries.counts_by_state() == {NumberState.AVAILABLE: 6, NumberState.HELD: 54}
