"""Numbers through their life, the switch told, calls taken in."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections
from procrastinate.contrib.django.models import ProcrastinateJob

from ringfence.adapters.switch.snapshot import Snapshot
from ringfence.config.commands.switch import fill
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import publishing, queries, stock_queries
from ringfence.telephony.actions import numbers, routes
from ringfence.telephony.models import Destination, Number
from ringfence.telephony.ports import Route
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


def test_a_route_is_published_after_the_commit() -> None:
    offer, customer = in_service()
    routes.set_destination(number=offer.id, sip_uri=" office@pbx.example ", by=customer, at=AT)
    job = ProcrastinateJob.objects.filter(task_name="telephony.publish_route").last()
    assert job is not None
    assert job.args == {"number": str(offer.id)}
    route, e164, version = queries.route_of(offer.id)
    assert route is not None
    assert (e164, version, route.plans[0].steps[0].target) == (offer.e164, 2, "sip:office@pbx.example")
    assert [route for chunk in queries.routes() for route in chunk] == [route]
    assert queries.unpublished() == [offer.id]
    routes.published(number=offer.id, version=version, by=SYSTEM, at=AT)
    assert queries.unpublished() == []


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
    assert not Destination.objects.exists()
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


class SlowSwitch:
    """A switch that keeps what it is told, and lets something happen just before a withdrawal."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.meanwhile: list[Callable[[], None]] = []

    def publish(self, told: Sequence[Route]) -> None:
        """Keep them."""
        self.held |= {route.e164: route.version for route in told}

    def withdraw(self, told: Sequence[str]) -> None:
        """Forget them, too late."""
        while self.meanwhile:
            self.meanwhile.pop()()
        for e164 in told:
            self.held.pop(e164, None)


def test_a_late_withdrawal_does_not_silence_the_next_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowSwitch()
    monkeypatch.setattr(publishing, "switch", lambda: slow)
    offer, subject = free_number(), uuid4()

    def sold_and_published() -> None:
        numbers.put_into_service(number=offer.id, subject=subject, by=SYSTEM, at=AT)
        publishing.publish([offer.id], by=SYSTEM, at=AT)

    slow.meanwhile = [sold_and_published]
    publishing.publish([offer.id], by=SYSTEM, at=AT)
    assert offer.e164 in slow.held
    assert queries.unpublished() == []


def test_a_snapshot_lost_with_the_memory_is_filled_before_the_node_starts(tmp_path: Path) -> None:
    offer, customer = in_service()
    routes.set_destination(number=offer.id, sip_uri="office@pbx.example", by=customer, at=AT)
    fill(tmp_path / "routes.sqlite")
    assert Snapshot(tmp_path / "routes.sqlite").read().keys() == {offer.e164}


def test_one_unreadable_route_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    take_in_stock("+4721000000,+4721000002,49.00,0,NOK,voice")
    offers, slow = for_sale(), SlowSwitch()
    monkeypatch.setattr(publishing, "switch", lambda: slow)
    for offer in offers:
        subject = uuid4()
        numbers.put_into_service(number=offer.id, subject=subject, by=SYSTEM, at=AT)
        routes.set_destination(number=offer.id, sip_uri="a@pbx.example", by=Actor.customer(subject), at=AT)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_destination SET sip_uri = '\\x00'::bytea WHERE number_id = %s", [offers[0].id]
        )
    publishing.publish([offer.id for offer in offers], by=SYSTEM, at=AT)
    good = {offer.e164 for offer in offers[1:]}
    assert slow.held.keys() == good
    assert queries.unpublished() == [offers[0].id]
    slow.held[offers[0].e164] = 1
    monkeypatch.setattr(slow, "routes", lambda: dict.fromkeys(slow.held, "another"), raising=False)
    assert publishing.mend(by=SYSTEM, at=AT) == len(good)
    assert offers[0].e164 in slow.held, "what it had is not taken from it"
