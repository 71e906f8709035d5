"""Numbers through their life, the switch told, calls taken in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import assembling, queries, stock_queries
from ringfence.telephony.actions import numbers, routes
from ringfence.telephony.models import Number, RouteChange, RouteStep
from ringfence.telephony.routing import encode
from ringfence.telephony.rules import NumberState
from tests.world import AT, SYSTEM, for_sale, free_number, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def in_service() -> tuple[queries.Offer, Actor]:
    """Return a number in service, and the customer who has it."""
    offer, subject = free_number(), uuid4()
    numbers.hold(number=offer.id, subject=subject, until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
    numbers.put_into_service(number=offer.id, subject=subject, by=SYSTEM, at=AT)
    return offer, Actor.customer(subject)


def test_stock_comes_in_once_and_is_placed() -> None:
    line = "+4721000000,+4721000099,49.00,0,NOK,voice"
    assert take_in_stock(line) == 100
    assert take_in_stock(line) == 0
    found = for_sale(country="NO")
    assert len(found) == 100
    assert {offer.area for offer in found} == {"Oslo"}
    assert stock_queries.counts_by_country() == [("NO", 100)]


def test_a_held_number_is_nobody_elses_until_the_hold_ends() -> None:
    offer = free_number()
    numbers.hold(number=offer.id, subject=uuid4(), until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
    with pytest.raises(Refusal, match=r"number\.taken|just taken"):
        numbers.hold(number=offer.id, subject=uuid4(), until=AT + timedelta(minutes=20), by=SYSTEM, at=AT)
    later = AT + timedelta(minutes=10)
    numbers.hold(number=offer.id, subject=uuid4(), until=later + timedelta(minutes=10), by=SYSTEM, at=later)


def test_ended_holds_are_let_go() -> None:
    offer = free_number()
    numbers.hold(number=offer.id, subject=uuid4(), until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
    assert numbers.end_holds(by=SYSTEM, at=AT) == 0
    assert numbers.end_holds(by=SYSTEM, at=AT + timedelta(minutes=11)) == 1
    assert Number.objects.get(pk=offer.id).state == NumberState.AVAILABLE


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_of_many_buyers_one_gets_the_number() -> None:
    offer = free_number()

    def buy(_buyer: int) -> bool:
        try:
            numbers.hold(number=offer.id, subject=uuid4(), until=AT + timedelta(minutes=10), by=SYSTEM, at=AT)
        except Refusal:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(buy, range(20))) == 1


def test_a_route_is_put_together_and_every_change_of_it_is_noted() -> None:
    offer, customer = in_service()
    routes.set_destination(number=offer.id, sip_uri=" office@pbx.example ", by=customer, at=AT)
    assert [change.key for change in RouteChange.objects.order_by("id")] == [str(offer.id)] * 2
    route, e164, version = assembling.route_of(offer.id)
    assert route is not None
    assert (e164, version) == (offer.e164, 2)
    assert "sip:office@pbx.example" in encode(route)
    assert [route for chunk in assembling.routes() for route in chunk] == [route]


@pytest.mark.parametrize(
    "address", ["", "tel:+442079460000", "https://example.com", "a b@example.com", "name"]
)
def test_a_destination_that_cannot_ring_is_refused_with_a_reason(address: str) -> None:
    offer, customer = in_service()
    with pytest.raises(Refusal) as refusal:
        routes.set_destination(number=offer.id, sip_uri=address, by=customer, at=AT)
    assert refusal.value.code.startswith("destination.")


def test_only_the_holder_says_where_a_number_rings() -> None:
    offer, _customer = in_service()
    with pytest.raises(Refusal, match="not yours"):
        routes.set_destination(number=offer.id, sip_uri="a@example.com", by=Actor.customer(uuid4()), at=AT)


def test_a_retired_number_rests_and_comes_back() -> None:
    offer, customer = in_service()
    routes.set_destination(number=offer.id, sip_uri="a@example.com", by=customer, at=AT)
    numbers.rest(number=offer.id, by=SYSTEM, at=AT)
    assert not RouteStep.objects.exists()
    assert queries.numbers_of(customer.person or uuid4()) == []
    assert numbers.end_rests(by=SYSTEM, at=AT + timedelta(days=89)) == 0
    assert numbers.end_rests(by=SYSTEM, at=AT + timedelta(days=91)) == 1
    found = queries.offer(offer.public_id)
    assert found is not None
    assert found.state == NumberState.AVAILABLE


def test_the_database_refuses_a_number_in_service_without_a_holder() -> None:
    offer, _customer = in_service()
    with pytest.raises(IntegrityError), connections["default"].cursor() as cursor:
        cursor.execute("UPDATE telephony_number SET holder = NULL WHERE id = %s", [offer.id])
