"""From the commit to the next call, at real nodes, with whatever may die in between."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from pytest_django import Settings

from ringfence.adapters.switch.control import ControlConnection, RemoteError
from ringfence.config import embedded, following
from ringfence.kernel.actor import Actor
from ringfence.telephony import comparing, node_contents, node_queries, publisher, queries
from ringfence.telephony.actions import nodes, numbers, routes
from ringfence.telephony.models import EdgeNode
from ringfence.telephony.publisher import Publisher
from ringfence.telephony.routing import encode
from ringfence.telephony.starting_point import NUMBER_PARTS
from tests.calls.conftest import Edge
from tests.calls.sip_peers import Caller, Phone, wait_for
from tests.telephony.following_world import follow, in_service, load
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def publisher_of(edge: Edge, name: str = "edge-1") -> Publisher:
    """Return a publisher that has loaded everything into a node."""
    made = Publisher(nodes.seen(name=name, by=SYSTEM, at=AT), edge.switch)
    load(made)
    return made


def sold(phone: Phone) -> tuple[queries.Offer, Actor]:
    """Return a number that rings a phone, and its customer."""
    return in_service(phone.uri)


def rings_next(offer: queries.Offer, customer: Actor, phone: Phone) -> None:
    """Let a number ring a phone from now on."""
    routes.set_destination(number=offer.id, sip_uri=phone.uri, by=customer, at=AT)


def wanted() -> dict[str, str]:
    """What every node should hold now."""
    return {
        route.e164: encode(route)
        for part in range(NUMBER_PARTS)
        for route in node_contents.of_part(part).known
    }


@pytest.fixture
def other() -> Iterator[Phone]:
    """Another phone of the customer's."""
    with Phone(("127.0.0.3", 0)) as phone:
        yield phone


def test_what_is_committed_is_where_the_next_call_goes(
    edge: Edge, phone: Phone, other: Phone, carrier: Caller
) -> None:
    offer, customer = sold(phone)
    told = publisher_of(edge)
    assert carrier.call(offer.e164).status == 200
    rings_next(offer, customer, other)
    follow(told)
    carrier.call(offer.e164)
    assert len(phone.requests("INVITE")) == len(other.requests("INVITE")) == 1
    numbers.suspend(number=offer.id, reason="unpaid", by=SYSTEM, at=AT)
    follow(told)
    assert carrier.call(offer.e164).status == 403
    numbers.resume(number=offer.id, reason="paid", by=SYSTEM, at=AT)
    numbers.rest(number=offer.id, by=SYSTEM, at=AT)
    follow(told)
    assert carrier.call(offer.e164).status == 410


@contextmanager
def dying_at(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> Iterator[None]:
    """Have this process killed the moment it would go on with something."""

    def die(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(where, name, die)
        yield


def in_a_process(work: Callable[[], object]) -> int:
    """Do something in a process of its own; return the signal that ended it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("moment", ["before the node is told", "before it is noted"])
def test_a_killed_publisher_is_followed_by_one_that_does_it_again(
    edge: Edge, phone: Phone, other: Phone, carrier: Caller, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    offer, customer = sold(phone)
    told = publisher_of(edge)
    rings_next(offer, customer, other)
    where: tuple[object, str] = (ControlConnection, "ask_all")
    if moment == "before it is noted":
        where = (publisher.nodes, "followed")
    with dying_at(monkeypatch, *where):
        assert in_a_process(lambda: follow(told)) == -signal.SIGKILL
    assert node_queries.numbers_behind([offer.id]) == {offer.id}
    # Whenever the node itself dies now, it starts with what is right.
    assert edge.switch.kept(int(offer.e164[-2:])) == wanted()
    following_one = Publisher(told.node, type(edge.switch)(edge.node))
    assert following_one.switch.is_good(told.node.hex)
    assert follow(following_one) == 1
    assert edge.switch.routes() == wanted()
    assert carrier.call(offer.e164).status == 200
    assert other.requests("INVITE")
    assert not node_queries.numbers_behind([offer.id])


def test_a_node_that_dies_again_and_again_while_changes_pass_ends_up_right(
    edge: Edge, phone: Phone, other: Phone
) -> None:
    sales = [sold(phone) for _ in range(5)]
    told = publisher_of(edge)
    stop = threading.Event()

    def restart() -> None:
        while not stop.wait(0.15):
            edge.kill()
            edge.start()

    thread = threading.Thread(target=restart)
    thread.start()
    for turn in range(30):
        rings_next(*sales[turn % 5], (phone, other)[turn % 2])
        follow(told)
        time.sleep(0.03)
    stop.set()
    thread.join()
    wait_for(lambda: follow(told) == 0 and not node_queries.numbers_behind([offer.id for offer, _ in sales]))
    assert edge.switch.routes() == wanted()


def test_two_nodes_on_one_machine_follow_each_by_itself(edge: Edge, phone: Phone, other: Phone) -> None:
    offer, customer = sold(phone)
    directory = Path(tempfile.mkdtemp(prefix="rf-", dir="/tmp"))
    second = Edge(directory)
    try:
        second.start()
        first_told, second_told = publisher_of(edge, "edge-1"), publisher_of(second, "edge-2")
        rings_next(offer, customer, other)
        follow(first_told)
        assert edge.switch.routes() == wanted() != second.switch.routes()
        follow(second_told)
        assert second.switch.routes() == wanted()
        assert not second.switch.is_good(first_told.node.hex), (
            "what one starts from is not taken for another's"
        )
    finally:
        second.stop()
        shutil.rmtree(directory)


def test_what_was_changed_by_hand_in_a_nodes_memory_is_found_and_mended(
    edge: Edge, phone: Phone, other: Phone, carrier: Caller
) -> None:
    offer, missing, strange = sold(phone)[0], sold(phone)[0], "442079460777"
    told = publisher_of(edge)
    parts = sorted({int(offer.e164[-2:]), int(missing.e164[-2:]), int(strange[-2:])})

    def differences() -> int:
        return sum(comparing.compare(told, part, by=SYSTEM, at=AT).differences for part in parts)

    assert differences() == 0
    value = edge.switch.routes()[offer.e164]
    with ControlConnection(edge.node.control) as control:
        for digits, wrong in ((offer.e164[1:], value.replace(phone.uri, other.uri)), (strange, value)):
            control.ask("htable.sets", f"did{digits[-2:]}", digits, wrong)
        control.ask("htable.delete", f"did{missing.e164[-2:]}", missing.e164[1:])
    assert carrier.call(f"+{strange}").status == 200
    assert differences() == 3
    assert edge.switch.routes() == wanted()
    assert carrier.call(f"+{strange}").status == 404
    assert carrier.call(offer.e164).status == 200
    assert phone.requests("INVITE")
    assert differences() == 0


def test_so_many_differences_that_a_whole_table_is_loaded_anew(edge: Edge) -> None:
    entries = {f"4420794{n:03}07": n for n in range(300)}
    edge.switch.begin()
    edge.switch.finish("nobody's")
    told = Publisher(nodes.seen(name="edge-1", by=SYSTEM, at=AT), edge.switch)
    with ControlConnection(edge.node.control) as control:
        for digits in entries:
            control.ask("htable.sets", "did07", digits, "2|suspended|1")
    assert told.switch.compare(7).differences == 300
    assert edge.switch.routes() == {}


def held_for(edge: Edge, offer: queries.Offer) -> str:
    """Return what the memory of a node holds for a number; empty when it holds nothing."""
    digits = offer.e164[1:]
    with suppress(RemoteError), ControlConnection(edge.node.control) as control:
        return str(control.ask("htable.get", f"did{digits[-2:]}", digits)["item"]["value"])
    return ""


@pytest.fixture
def follower(edge: Edge, settings: Settings) -> Iterator[following.Follower]:
    """The publisher as the worker runs it, for this node."""
    settings.SIP_RUN_DIR, settings.SIP_SPOOL_DIR = edge.node.run_dir, edge.node.spool_dir
    settings.SIP_PORT, settings.SIP_NODE = edge.node.sip_port, "edge-1"
    made = following.Follower(round_seconds=3)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stopping.set()
    thread.join()


@contextmanager
def database_away(cluster: embedded.EmbeddedServer) -> Iterator[None]:
    """Let nobody but this test speak to the data database, and whoever does be cut off."""
    name = connections["default"].settings_dict["NAME"]
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            [name, mine],
        )
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')


@pytest.mark.usefixtures("follower")
def test_the_worker_follows_reports_writes_anew_and_outlives_the_database(
    edge: Edge,
    phone: Phone,
    other: Phone,
    carrier: Caller,
    cluster: embedded.EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer, customer = sold(phone)
    wait_for(lambda: EdgeNode.objects.filter(compared_at__isnull=False).exists())
    with monkeypatch.context() as patched:
        # From its next wait on it looks by itself once an hour: it has to be woken.
        patched.setattr(following, "TICK_SECONDS", 3600)
        for rung in (other, phone, other):
            rings_next(offer, customer, rung)
            wait_for(lambda rung=rung: rung.uri in held_for(edge, offer))  # type: ignore[misc]
    rings_next(offer, customer, other)
    row = wait_for(lambda: EdgeNode.objects.filter(held_numbers=1, answers=True).first())
    assert len(row.digest) == 16
    with database_away(cluster):
        assert carrier.call(offer.e164).status == 200, "calls go on"
        rings_next(offer, customer, phone)
    wait_for(lambda: edge.switch.routes() == wanted(), patience=8)
    nodes.load_anew(node=row.pk, by=SYSTEM, at=AT)
    wait_for(lambda: EdgeNode.objects.get().anew_asked_at is None)
    assert EdgeNode.objects.get().anew_done == comparing.PARTS
    edge.node.snapshot.unlink()
    rings_next(offer, customer, other)
    wait_for(lambda: edge.switch.is_good(row.pk.hex) and edge.switch.routes() == wanted())
