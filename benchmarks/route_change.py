"""How soon the next call follows a change, under calls; and how soon a node with a million numbers is right again."""

import asyncio
import multiprocessing
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from benchmarks.calls_world import World, world
from benchmarks.ground import Figure, free_ports

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

CHANGES: Final = 1000
CUSTOMERS: Final = 60
CHANGED: Final = 40
"""So many of the customers change where they ring; the numbers of the others are called all the time."""
CALLED_EVERY: Final = 20
"""Every so many changes a real call is placed, to see where it goes."""
CALLS_A_SECOND: Final = 200
MOST_MS: Final = 100.0
PATIENCE: Final = 10.0
MANY, FEW = 1_000_000, 1_000
ANSWERED, BUSY = 200, 486


@dataclass
class Took:
    """What was measured, in milliseconds."""

    changes: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    followed: int = 0
    called: int = 0


def measure(changes: int = CHANGES, many: int = MANY) -> Iterator[Figure]:
    """Yield how long it takes from the commit of a change until the node has it, and until a node is ready."""
    with world(CUSTOMERS) as made:
        with calls_beside(made) as beside:
            took = change_and_look(made, changes)
        ready = {count: _ready(made, count) for count in (FEW, many)}
    yield from _of_changes(took, beside)
    yield Figure(
        "node_ready_1m_s", ready[many], "s", "-", f"with {FEW:,} numbers: {ready[FEW]:.2f} s",
        f"from calling `ringfence switch` until the node answers: its snapshot of {many:,} numbers checked, the"
        " database asked what changed (nothing had), all of it loaded",
    )  # fmt: skip
    yield from _of_nodes(many)


def _of_changes(took: Took, beside: "list[dict[int, int]]") -> Iterator[Figure]:
    p99, bare = (statistics.quantiles(times, n=100)[98] for times in (took.changes, took.bare))
    statuses = beside[0]
    placed = sum(statuses.values())
    failed = placed - statuses.get(ANSWERED, 0)
    how = (
        f"from the commit of a changed destination until the node's memory has it, {len(took.changes):,} changes"
        f" beside {CALLS_A_SECOND} calls a second ({placed:,} placed, {failed} failed); where"
        f" {took.called} real calls went was right {took.followed} times"
    )
    reference = f"htable.sets, and asking for it, in the same run: {bare:.2f} ms at p99"
    holds = p99 <= MOST_MS and took.called == took.followed and placed > 0 and not failed
    yield Figure("route_change_p99_ms", p99, "ms", f"<= {MOST_MS:g}", reference, how, holds)
    yield Figure("route_change_p50_ms", statistics.median(took.changes), "ms", "-", "the same run", how)


def change_and_look(made: World, count: int) -> Took:
    """Change where numbers ring, one after the other, and look at the node until it follows; bare entries between."""
    from ringfence.adapters.switch import tables
    from ringfence.adapters.switch.control import ControlConnection
    from ringfence.adapters.switch.node import from_settings

    took = Took()
    first, second = _two_phones()
    customers = _customers(made.numbers[:CHANGED])
    with ControlConnection(from_settings().control) as control:
        for turn in range(count):
            e164, number, customer = customers[turn % CHANGED]
            port = (first, second)[(turn // CHANGED) % 2]
            uri = f"sip:phone@127.0.0.3:{port}"
            key = e164[1:]
            _set(number, uri, customer)
            committed = time.perf_counter()
            _until(control, tables.of_number(key), key, uri)
            took.changes.append(1000 * (time.perf_counter() - committed))
            told = time.perf_counter()
            control.ask("htable.sets", tables.of_number(key), f"9{key}", f"{turn}")
            _until(control, tables.of_number(key), f"9{key}", f"{turn}")
            took.bare.append(1000 * (time.perf_counter() - told))
            if turn % CALLED_EVERY == 0:
                took.called += 1
                took.followed += asyncio.run(_rings(made, e164, port, second if port == first else first))
    return took


def _two_phones() -> tuple[int, int]:
    first, second = free_ports(2)
    return first, second


def _customers(numbers: list[str]) -> list[tuple[str, Any, Any]]:
    from ringfence.kernel.actor import Actor
    from ringfence.telephony.models import Number

    rows = Number.objects.filter(e164__in=numbers)
    return [(row.e164, row.pk, Actor.customer(row.holder)) for row in rows if row.holder]


def _set(number: Any, uri: str, customer: Any) -> None:
    from ringfence.interfaces import clock
    from ringfence.privacy.keys import keyring
    from ringfence.telephony.actions import routes

    routes.set_destination(number=number, sip_uri=uri, by=customer, at=clock.now())
    keyring.forget()


def _until(control: Any, table: str, key: str, wanted: str) -> None:
    """Ask the node for an entry until it is as wanted."""
    from ringfence.adapters.switch.control import RemoteError

    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if wanted in str(control.ask("htable.get", table, key)["item"]["value"]):
                return
        except RemoteError:
            pass
        time.sleep(0.0002)
    raise RuntimeError("a change was not followed")


async def _rings(made: World, e164: str, right: int, wrong: int) -> bool:
    """Call a number, and tell whether it rang where it should."""
    from ringfence.adapters.sip_trial.caller import line
    from ringfence.adapters.sip_trial.phone import Behaviour, phone

    async with (
        phone(("127.0.0.3", right), Behaviour.BUSY),
        phone(("127.0.0.3", wrong)),
        line(made.switch) as carrier,
    ):
        return (await carrier.call(e164, caller="+9990", setup=5)).status == BUSY


@contextmanager
def calls_beside(made: World) -> Iterator["list[dict[int, int]]"]:
    """Place calls all the time, in a process of its own; what became of them is in the list afterwards."""
    context = multiprocessing.get_context("spawn")
    stop, told = context.Event(), context.Queue()
    process = context.Process(
        target=_place, args=(made.numbers[CHANGED:], made.switch, made.phone, stop, told), daemon=True
    )
    process.start()
    found: list[dict[int, int]] = []
    try:
        time.sleep(2)
        yield found
    finally:
        stop.set()
        found.append(told.get(timeout=60))
        process.join()


def _place(numbers: list[str], switch: Any, desk: Any, stop: "Event", told: Any) -> None:
    told.put(asyncio.run(_calls(numbers, switch, desk, stop)))


async def _calls(numbers: list[str], switch: Any, desk: Any, stop: "Event") -> dict[int, int]:
    from ringfence.adapters.sip_trial.caller import line
    from ringfence.adapters.sip_trial.phone import phone

    statuses: dict[int, int] = {}
    tasks: set[asyncio.Task[None]] = set()
    async with phone(desk, ring=0.02), line(switch) as carrier:

        async def place(count: int) -> None:
            call = await carrier.call(numbers[count % len(numbers)], caller=f"+999{count:09d}", talk=0.03)
            statuses[call.status] = statuses.get(call.status, 0) + 1

        began, placed = time.monotonic(), 0
        while not stop.is_set():
            tasks.add(task := asyncio.create_task(place(placed)))
            task.add_done_callback(tasks.discard)
            placed += 1
            await asyncio.sleep(max(0.0, began + placed / CALLS_A_SECOND - time.monotonic()))
        await asyncio.gather(*tasks)
    return statuses


def _ready(made: World, count: int) -> float:
    """Start the switch of the store with so many numbers in its snapshot, while nobody else follows for it."""
    from django.conf import settings

    from benchmarks.sip_edges import wait_until_it_answers, write_snapshot
    from ringfence.adapters.switch import node
    from ringfence.telephony import node_queries

    for name in ("worker", "switch"):
        if made.parts.running[name].poll() is None:
            made.parts.signal(name, signal.SIGKILL)
            made.parts.running[name].wait()
    row = node_queries.node_named(settings.SIP_NODE)
    if row is None:
        raise RuntimeError("the node is not known")
    write_snapshot(node.from_settings().snapshot, made.phone[1], count, row.pk.hex)
    began = time.perf_counter()
    made.parts.start("switch")
    wait_until_it_answers(made.switch[1], made.parts.running["switch"])
    return time.perf_counter() - began


def _of_nodes(many: int) -> Iterator[Figure]:
    """Start a node with a million numbers and one with a thousand, and compare each with what it started from."""
    loaded, compared = {}, {}
    for count in (FEW, many):
        loaded[count], compared[count] = _node(count)
    yield Figure(
        "node_loaded_1m_s", loaded[many], "s", "-", f"with {FEW:,} numbers: {loaded[FEW]:.2f} s",
        f"the part of it that prepares Kamailio and has it load {many:,} numbers, without a store",
    )  # fmt: skip
    yield Figure(
        "node_compare_1m_s", compared[many], "s", "-", f"with {FEW:,} numbers: {compared[FEW]:.2f} s",
        f"comparing all {many:,} entries of a node's memory with what it should hold; done in a hundred parts",
    )  # fmt: skip


def _node(count: int) -> tuple[float, float]:
    from benchmarks.sip_edges import edge, folder, write_snapshot
    from ringfence.adapters.switch.kamailio import KamailioSwitch
    from ringfence.adapters.switch.node import SipNode
    from ringfence.telephony.starting_point import NUMBER_PARTS

    (phone,) = free_ports(1)
    with folder() as base:
        snapshot = base / "numbers.sqlite"
        write_snapshot(snapshot, phone, count)
        with edge("numbers", base / "n", phone, snapshot) as running:
            node = SipNode(run_dir=base / "n" / "r", spool_dir=base / "n" / "s", sip_port=running.port)
            switch = KamailioSwitch(node)
            began = time.perf_counter()
            found = [switch.compare(part) for part in range(NUMBER_PARTS)]
            seconds = time.perf_counter() - began
            if sum(part.entries for part in found) != count or any(part.differences for part in found):
                raise RuntimeError("the node does not hold what it should")
            return running.ready_in, seconds
