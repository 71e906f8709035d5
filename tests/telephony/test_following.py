"""Every node follows every change: none is passed over, none is told out of turn, none is kept longer than needed."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from pytest_django import Settings

from ringfence.config import following
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import changes, comparing, node_queries, queries
from ringfence.telephony.actions import nodes, numbers, phones, routes
from ringfence.telephony.models import EdgeNode, Number, RouteChange
from ringfence.telephony.publisher import NodeForgotten, Publisher
from ringfence.telephony.routing import encode
from ringfence.telephony.starting_point import PHONES, SnapshotLost
from tests.telephony.following_world import RememberingSwitch, a_node, follow, in_service, load, settle
from tests.world import AT, SYSTEM, free_number

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def rings(switch: RememberingSwitch, offer: queries.Offer) -> str:
    """Return what the memory of a switch says about a number; empty when it does not know it."""
    return switch.held.get(offer.e164, "")


def change(offer: queries.Offer, customer: Actor, sip_uri: str) -> None:
    """Let a number ring somewhere else."""
    routes.set_destination(number=offer.id, sip_uri=sip_uri, by=customer, at=AT)


def test_a_change_is_followed_after_its_commit() -> None:
    publisher, switch = a_node()
    offer, customer = in_service()
    assert follow(publisher) == 2
    assert "office@pbx.example" in rings(switch, offer)
    change(offer, customer, "desk@pbx.example")
    (held,) = queries.numbers_of(customer.person or uuid4())
    assert not held.is_published
    assert follow(publisher) == 1
    assert "desk@pbx.example" in rings(switch, offer)
    (held,) = queries.numbers_of(customer.person or uuid4())
    assert held.is_published
    assert follow(publisher) == 0


def test_a_transaction_that_commits_late_is_not_passed_over_and_holds_up_nobody() -> None:
    early, late = in_service(), in_service()
    publisher, switch = a_node()
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        """Change a number in a transaction that began first and commits last."""
        from django.db import transaction

        with transaction.atomic():
            change(*late, "slow@pbx.example")
            written.set()
            assert may_commit.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    change(*early, "quick@pbx.example")
    before = node_queries.node(publisher.node)
    assert publisher.follow(by=SYSTEM, at=AT) == 1
    assert "quick" in rings(switch, early[0]), "what was committed waits for nobody"
    assert publisher.follow(by=SYSTEM, at=AT) == 0, "and is told once"
    place = node_queries.node(publisher.node)
    assert before
    assert place
    assert place.place == before.place, "but the place stays behind the transaction that is still open"
    may_commit.set()
    thread.join()
    assert follow(publisher) == 1
    assert "slow" in rings(switch, late[0])
    assert changes.ahead(node_queries.node(publisher.node).place, []).changes == []  # type: ignore[union-attr, arg-type]


def test_a_switch_that_is_away_is_told_when_it_is_back_and_starts_with_what_is_right() -> None:
    offer, customer = in_service()
    publisher, switch = a_node()
    switch.answers = False
    change(offer, customer, "new@pbx.example")
    assert follow(publisher) == 1
    assert "new" in encode(switch.kept_routes[offer.e164]), "what it starts from is right before it starts"
    assert follow(publisher) == 0
    assert node_queries.numbers_behind([offer.id]) == {offer.id}
    switch.answers = True
    assert follow(publisher) == 1
    assert "new" in rings(switch, offer)
    assert not node_queries.numbers_behind([offer.id])


def test_many_changes_are_followed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, switch = a_node()
    monkeypatch.setattr(changes, "AT_ONCE", 3)
    offers = [in_service()[0] for _ in range(4)]
    settle()
    assert [follow(publisher) for _ in range(4)] == [3, 3, 2, 0]
    assert all(rings(switch, offer) for offer in offers)
    assert not node_queries.numbers_behind([offer.id for offer in offers])


@pytest.mark.promise("5.4")
def test_suspension_rest_and_retirement_go_the_same_way() -> None:
    offer, _customer = in_service()
    publisher, switch = a_node()
    numbers.suspend(number=offer.id, reason="unpaid", by=SYSTEM, at=AT)
    follow(publisher)
    assert "suspended" in rings(switch, offer)
    numbers.resume(number=offer.id, reason="paid", by=SYSTEM, at=AT)
    numbers.rest(number=offer.id, by=SYSTEM, at=AT)
    follow(publisher)
    assert "quarantine" in rings(switch, offer)
    assert "pbx.example" not in rings(switch, offer)
    numbers.end_rests(by=SYSTEM, at=AT + timedelta(days=91))
    follow(publisher)
    assert not rings(switch, offer)
    assert not switch.kept_routes


def test_phones_are_followed_too() -> None:
    publisher, switch = a_node()
    customer = Actor.customer(uuid4())
    phone = phones.add(subject=customer.person, name="Desk", by=customer, at=AT)  # type: ignore[arg-type]
    follow(publisher)
    assert switch.phones.keys() == {phone.username}
    assert not node_queries.phones_behind([phone.phone])
    phones.remove(phone=phone.phone, by=customer, at=AT)
    assert node_queries.phones_behind([phone.phone]) == {phone.phone}
    follow(publisher)
    assert not switch.phones


def test_a_number_is_published_when_every_living_node_has_it() -> None:
    first, second = a_node("edge-1")[0], a_node("edge-2")[0]
    offer, _customer = in_service()
    follow(first)
    assert node_queries.numbers_behind([offer.id]) == {offer.id}
    # Nobody waits for a node that has been silent while another spoke.
    nodes.reported(node=first.node, report={}, by=SYSTEM, at=AT + timedelta(minutes=6))
    assert not node_queries.numbers_behind([offer.id])
    follow(second)
    assert not node_queries.numbers_behind([offer.id])


def test_without_any_node_nothing_is_published() -> None:
    offer, _customer = in_service()
    assert node_queries.numbers_behind([offer.id]) == {offer.id}


def test_what_every_node_has_followed_is_pruned() -> None:
    first, second = a_node("edge-1")[0], a_node("edge-2")[0]
    in_service()
    follow(first)
    assert nodes.prune(by=SYSTEM, at=AT) == 0
    follow(second)
    assert nodes.prune(by=SYSTEM, at=AT) == 2
    assert not RouteChange.objects.exists()


def test_a_node_that_was_away_for_long_loads_everything_anew() -> None:
    here, away = a_node("edge-1")[0], a_node("edge-2")[0]
    later = AT + timedelta(days=8)
    offer, _customer = in_service()
    follow(here)
    nodes.reported(node=here.node, report={}, by=SYSTEM, at=later)
    assert nodes.prune(by=SYSTEM, at=later) == 2
    with pytest.raises(SnapshotLost):
        follow(away)
    assert not rings(away.switch, offer)  # type: ignore[arg-type]
    load(away)
    assert follow(away) == 0
    assert rings(away.switch, offer)  # type: ignore[arg-type]


def test_nothing_is_pruned_while_a_node_loads() -> None:
    publisher, switch = a_node()
    offer, customer = in_service()
    loading = publisher.load(by=SYSTEM, at=AT)
    next(loading)
    change(offer, customer, "meanwhile@pbx.example")
    other = a_node("edge-2")[0]
    follow(other)
    assert nodes.prune(by=SYSTEM, at=AT) <= 2, "what changed since the load began is still there"
    for _done in loading:
        pass
    nodes.loaded(node=publisher.node, by=SYSTEM, at=AT)
    follow(publisher)
    assert "meanwhile" in rings(switch, offer)


def test_a_forgotten_node_enters_again_and_a_living_one_is_not_forgotten() -> None:
    publisher, _switch = a_node()
    with pytest.raises(Refusal, match="still there"):
        nodes.forget(node=publisher.node, silent_since=AT - timedelta(minutes=1), by=SYSTEM, at=AT)
    nodes.forget(node=publisher.node, silent_since=AT, by=SYSTEM, at=AT)
    with pytest.raises(NodeForgotten):
        follow(publisher)


def everything(publisher: Publisher) -> int:
    """Compare all parts; return how many differences were mended."""
    return sum(comparing.compare(publisher, part, by=SYSTEM, at=AT).differences for part in range(PHONES + 1))


def test_differences_from_the_database_are_found_and_mended() -> None:
    gone, other, (offer, customer) = in_service()[0], in_service()[0], in_service()
    publisher, switch = a_node()
    assert everything(publisher) == 0
    del switch.kept_routes[gone.e164], switch.held[gone.e164]
    switch.kept_routes["+442079460099"] = switch.kept_routes[other.e164].__class__(
        "+442079460099", switch.kept_routes[other.e164].state
    )
    change(offer, customer, "new@pbx.example")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM telephony_routechange")
    assert everything(publisher) == 3 + 1
    assert switch.held.keys() == {gone.e164, other.e164, offer.e164}
    assert "new" in rings(switch, offer)
    assert everything(publisher) == 0


def test_a_change_on_its_way_is_no_difference() -> None:
    offer, customer = in_service()
    publisher, switch = a_node()
    change(offer, customer, "new@pbx.example")
    assert everything(publisher) == 0
    assert "new" in rings(switch, offer)


def test_a_restored_database_is_right_though_its_versions_are_lower() -> None:
    offer, _customer = in_service()
    publisher, switch = a_node()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_number SET route_version = 1 WHERE id = %s", [offer.id])
    assert everything(publisher) == 1
    assert switch.kept_routes[offer.e164].version == 1
    assert "|1|" in rings(switch, offer)


def test_one_unreadable_route_holds_up_no_other_and_keeps_what_it_has() -> None:
    (broken, customer), good = in_service(), in_service()[0]
    publisher, switch = a_node()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_destination SET sip_uri = '\\x00'::bytea WHERE number_id = %s", [broken.id]
        )
    numbers.suspend(number=good.id, reason="unpaid", by=SYSTEM, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_number SET route_version = 9 WHERE id = %s", [broken.id])
    follow(publisher)
    assert "suspended" in rings(switch, good)
    assert everything(publisher) == 0
    assert publisher.unreadable == {broken.e164}
    assert "office@pbx.example" in rings(switch, broken), "what it had is not taken from it"
    load(publisher)
    change(broken, customer, "mended@pbx.example")
    follow(publisher)
    assert not publisher.unreadable
    assert "mended" in rings(switch, broken)


def test_only_numbers_that_may_be_known_are_loaded() -> None:
    offer, _customer = in_service()
    free_number()
    _publisher, switch = a_node()
    assert switch.held.keys() == {offer.e164}
    assert Number.objects.count() == 2
    assert EdgeNode.objects.get().loaded_at == AT


def test_another_setting_has_everything_told_anew(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    offer, _customer = in_service()
    switch = RememberingSwitch()
    monkeypatch.setattr(following, "switch", lambda: switch)
    for _start in range(2):
        publisher = following.enter()
        assert EdgeNode.objects.get().anew_asked_at is None
    settings.NUMBER_CALLS_AT_ONCE = 7
    publisher = following.enter()
    assert EdgeNode.objects.get().anew_asked_at
    following.write_anew(publisher)
    assert "|7," in rings(switch, offer)
    following.enter()
    assert EdgeNode.objects.get().anew_asked_at is None
