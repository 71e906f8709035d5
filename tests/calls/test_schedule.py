"""The plan in force: what the node finds by itself in a timetable of moments, and what it makes of older formats."""

import time
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ringfence.adapters.switch import tables
from ringfence.adapters.switch.control import ControlConnection
from ringfence.telephony import routing
from ringfence.telephony.ports import Plan, Step, StepKind, Switchover
from tests.calls.conftest import NUMBER, Edge, plan, ring
from tests.calls.sip_peers import Caller, Phone


@pytest.fixture
def edge(shared_edge: Edge) -> Edge:
    """One node for all of these tests."""
    shared_edge.begin()
    return shared_edge


def now() -> datetime:
    """This second."""
    return datetime.now(UTC).replace(microsecond=0)


def named(phone: Phone, count: int) -> list[Plan]:
    """Plans that ring one phone, each under another name."""
    place = f"{phone.address[0]}:{phone.address[1]}"
    return [plan(Step(StepKind.SIP, f"sip:plan{number}@{place}", 1)) for number in range(count)]


def rung(phone: Phone) -> str:
    """The name under which the phone was rung last."""
    return phone.requests("INVITE")[-1].first.partition("sip:")[2].partition("@")[0]


def test_another_plan_holds_from_the_second_it_is_due(edge: Edge, phone: Phone, carrier: Caller) -> None:
    phone.behaviour = "busy"
    switch = now() + timedelta(seconds=2)
    table = (Switchover(switch, 1), Switchover(switch + timedelta(days=1), 0))
    edge.publishes(*named(phone, 2), timetable=table)
    heard = []
    while (at := datetime.now(UTC)) < switch + timedelta(seconds=0.5):
        carrier.call(NUMBER)
        if abs((at - switch).total_seconds()) > 0.2:
            heard.append((at > switch, rung(phone)))
        time.sleep(0.05)
    assert set(heard) == {(False, "plan1"), (True, "plan0")}


def expected(table: Sequence[Switchover], at: datetime) -> int:
    """The plan in force, found another way than the node does."""
    place = bisect_right([until for until, _ in table], at)
    return table[min(place, len(table) - 1)].plan


@pytest.mark.parametrize("count", [1, 2, 3, 4, 56])
def test_the_plan_in_force_is_found_wherever_it_stands(
    edge: Edge, phone: Phone, carrier: Caller, count: int
) -> None:
    phone.behaviour = "busy"
    for passed in {0, 1, count // 2, count - 1, count}:
        # So many switchovers lie behind, and the nearest is minutes away.
        first = now() - timedelta(hours=6 * passed) + timedelta(hours=3)
        table = [Switchover(first + timedelta(hours=6 * turn), turn % 11) for turn in range(count)]
        edge.publishes(*named(phone, 11), timetable=tuple(table))
        carrier.call(NUMBER)
        assert rung(phone) == f"plan{expected(table, now())}"


def test_without_a_timetable_the_first_plan_holds(edge: Edge, phone: Phone, carrier: Caller) -> None:
    phone.behaviour = "busy"
    edge.publishes(*named(phone, 3))
    carrier.call(NUMBER)
    assert rung(phone) == "plan0"


def test_a_plan_without_steps_rings_nowhere(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.publishes(plan(ring(phone)), plan(), timetable=(Switchover(now() + timedelta(hours=1), 1),))
    assert carrier.call(NUMBER).status == 480
    assert [(line.step, line.why) for line in edge.lines("refused")] == [("n", "nowhere")]
    assert not phone.received


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("1|in_service|7||20 {uri}", 200),
        ("1|in_service|7|", 480),
        ("1|suspended|7|", 403),
        ("1|quarantine|7|", 410),
        ("3|in_service|7|20 {uri}", 480),
        ("2|lent|7", 480),
        ("", 480),
        ("2|in_service|7", 480),
    ],
)
def test_what_other_releases_wrote_is_rung_or_refused_but_never_guessed(
    edge: Edge, phone: Phone, carrier: Caller, value: str, status: int
) -> None:
    with ControlConnection(edge.node.control) as control:
        control.ask(
            "htable.sets",
            tables.of_number(routing.key(NUMBER)),
            routing.key(NUMBER),
            value.format(uri=phone.uri),
        )
    assert carrier.call(NUMBER).status == status
    assert bool(phone.received) == (status == 200)
    assert edge.switch.counters()["unplaceable_calls"] == (status == 480)
