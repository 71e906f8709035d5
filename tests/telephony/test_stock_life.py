"""Numbers in and out of what is sold, and what the database itself refuses."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from ringfence.kernel.refusal import Refusal
from ringfence.telephony import queries, stock_queries, stock_search
from ringfence.telephony.actions import numbers
from ringfence.telephony.keypad import search_pattern
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberEvent, NumberState
from ringfence.telephony.stock_search import Wanted
from tests.world import AT, SYSTEM, free_number, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def in_service() -> tuple[UUID, UUID]:
    """Return a number in service and who has it."""
    offer, subject = free_number(), uuid4()
    numbers.put_into_service(number=offer.id, subject=subject, by=SYSTEM, at=AT)
    return offer.id, subject


def state(number: UUID) -> str:
    """Return the state of a number."""
    return str(Number.objects.values_list("state", flat=True).get(pk=number))


def test_a_number_rests_as_long_as_is_set_and_says_since_when(settings: Settings) -> None:
    settings.QUARANTINE_DAYS = 30
    number, _holder = in_service()
    assert Number.objects.get(pk=number).unused_since is None
    numbers.rest(number=number, by=SYSTEM, at=AT)
    numbers.rest(number=number, by=SYSTEM, at=AT + timedelta(days=1))
    assert numbers.end_rests(by=SYSTEM, at=AT + timedelta(days=29)) == 0
    assert numbers.end_rests(by=SYSTEM, at=AT + timedelta(days=30)) == 1
    offer = queries.offer(number)
    assert offer is not None
    assert (offer.state, offer.unused_since, offer.ready_at_once) == (NumberState.AVAILABLE, AT, True)


def test_a_retired_number_is_not_sold_and_can_return() -> None:
    offer = free_number()
    numbers.retire_from_stock(number=offer.id, by=SYSTEM, at=AT)
    assert not queries.search(queries.Criteria(country="GB")).offers
    with pytest.raises(Refusal, match="taken"):
        numbers.hold(number=offer.id, subject=None, until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
    numbers.return_to_stock(number=offer.id, by=SYSTEM, at=AT)
    assert state(offer.id) == NumberState.AVAILABLE
    with pytest.raises(Refusal, match="cannot be done"):
        numbers.return_to_stock(number=offer.id, by=SYSTEM, at=AT)


def test_retiring_does_not_shorten_a_rest() -> None:
    number, _holder = in_service()
    with pytest.raises(Refusal):
        numbers.retire_from_stock(number=number, by=SYSTEM, at=AT)
    numbers.rest(number=number, by=SYSTEM, at=AT)
    numbers.retire_from_stock(number=number, by=SYSTEM, at=AT + timedelta(days=1))
    numbers.return_to_stock(number=number, by=SYSTEM, at=AT + timedelta(days=2))
    assert state(number) == NumberState.QUARANTINE
    assert Number.objects.get(pk=number).rests_until == AT + timedelta(days=90)


def test_a_suspended_number_keeps_its_holder() -> None:
    number, holder = in_service()
    numbers.suspend(number=number, reason="abuse", by=SYSTEM, at=AT)
    assert [held.state for held in queries.numbers_of(holder)] == [NumberState.SUSPENDED]
    numbers.resume(number=number, reason="abuse", by=SYSTEM, at=AT)
    numbers.suspend(number=number, reason="abuse", by=SYSTEM, at=AT)
    numbers.rest(number=number, by=SYSTEM, at=AT)
    assert state(number) == NumberState.QUARANTINE


SECOND_ROW = """
INSERT INTO telephony_number SELECT (jsonb_populate_record(n, jsonb_build_object(
    'id', gen_random_uuid(), 'holder', gen_random_uuid()
))).* FROM telephony_number AS n WHERE id = %(number)s
"""


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        ("UPDATE telephony_number SET state = 'available' WHERE id = %(number)s", "a_number_in_use"),
        ("UPDATE telephony_number SET state = 'retired' WHERE id = %(number)s", "a_number_in_use"),
        ("UPDATE telephony_number SET state = 'quarantine' WHERE id = %(number)s", "a_number_in_use"),
        ("UPDATE telephony_number SET holder = NULL WHERE id = %(number)s", "a_number_in_use"),
        (
            "UPDATE telephony_number SET state = 'held', held_until = NULL WHERE id = %(number)s",
            "a_hold_ends",
        ),
        (SECOND_ROW, "e164"),
    ],
)
def test_the_database_itself_refuses_a_second_holder(attempt: str, reason: str) -> None:
    """Whatever the code does: one row a number, one holder a row, nobody for a number that is for sale."""
    number, _holder = in_service()
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match=reason),
        transaction.atomic(),
    ):
        cursor.execute(attempt, {"number": number})


def test_operations_find_numbers_whatever_their_state() -> None:
    take_in_stock("+4721000000,+4721000009,49.00,0,NOK,voice")
    number, _holder = in_service()
    retired = Number.objects.get(e164="+4721000004")
    numbers.retire_from_stock(number=retired.pk, by=SYSTEM, at=AT)
    assert [one.e164 for one in stock_search.find(Wanted(state="retired")).numbers] == ["+4721000004"]
    assert [one.id for one in stock_search.find(Wanted(state="in_service", country="GB")).numbers] == [number]
    assert len(stock_search.find(Wanted(pattern=search_pattern("+4721*"))).numbers) == 10
    assert len(stock_search.find(Wanted(pattern=search_pattern("*0007"))).numbers) == 1
    assert not stock_search.find(Wanted(carrier="tele-1")).numbers
    assert len(stock_search.find(Wanted(carrier="own", type="geographic")).numbers) == 11
    seen, after = [], ""
    while True:
        page = stock_search.find(Wanted(country="NO"), after, limit=3)
        seen += [one.e164 for one in page.numbers]
        if not (after := page.after or ""):
            break
    assert seen == [f"+472100000{n}" for n in range(10)]
    found = stock_search.number(retired.public_id)
    assert found is not None
    assert found.can(NumberEvent.RETURN)
    assert not found.can(NumberEvent.RETIRE)
    assert stock_search.number("nonsense") is None


def test_carriers_are_listed_once() -> None:
    take_in_stock("+4721000000,+4721000003,49.00,0,NOK,voice")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_number SET carrier = 'b' WHERE e164 < '+4721000002'")
        cursor.execute("UPDATE telephony_number SET carrier = 'a' WHERE e164 = '+4721000002'")
    assert stock_search.carriers() == ["a", "b"]
    assert stock_queries.counts_by_state() == {"available": 4}
