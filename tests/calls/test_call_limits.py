"""How many calls at once: of a number, of a customer, of the node; and calls that go round."""

import time
from contextlib import ExitStack

import pytest

from tests.calls.conftest import NUMBER, Edge, plan, ring, running_node
from tests.calls.sip_peers import Caller, Phone


@pytest.fixture
def edge(shared_edge: Edge) -> Edge:
    """One node for all of these tests."""
    shared_edge.begin()
    return shared_edge


OTHER = "+442079460002"
ACCOUNT = "9f2c51d0"


def test_a_number_has_so_many_calls_at_once(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.publishes(plan(ring(phone)), calls_at_once=2)
    first, second = carrier.call(NUMBER), carrier.call(NUMBER)
    assert (first.status, second.status) == (200, 200)
    third = carrier.call(NUMBER)
    assert third.status == 486
    (line,) = edge.lines("refused")
    assert (line.called, line.code, line.step, line.why) == (NUMBER[1:], "486", "n", "limit")
    assert edge.switch.counters()["over_limit"] == 1
    for refused in (third, third):
        carrier.repeat(refused)
    time.sleep(0.1)
    assert len(edge.lines("refused")) == 1
    # A place is free as soon as its call is over, however it ended.
    assert carrier.hang_up(first) == 200
    phone.behaviour = "busy"
    assert [carrier.call(NUMBER).status for _ in range(3)] == [486, 486, 486]
    phone.behaviour = "answer"
    assert carrier.call(NUMBER).status == 200
    assert len(edge.lines("refused")) == 1


def test_a_customer_has_so_many_calls_at_once_over_all_numbers(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    for number in (NUMBER, OTHER):
        edge.publishes(plan(ring(phone)), number=number, account=ACCOUNT, account_calls_at_once=2)
    edge.publishes(plan(ring(phone)), number="+442079460003", account="0" * 8, account_calls_at_once=2)
    assert [carrier.call(number).status for number in (NUMBER, OTHER, NUMBER, OTHER)] == [200, 200, 486, 486]
    assert carrier.call("+442079460003").status == 200
    assert [line.why for line in edge.lines("refused", 2)] == ["limit", "limit"]


def test_calls_that_come_together_do_not_take_the_same_last_place(edge: Edge, phone: Phone) -> None:
    edge.publishes(plan(ring(phone)), calls_at_once=5, account=ACCOUNT, account_calls_at_once=100)
    with ExitStack() as stack:
        callers = [stack.enter_context(Caller(edge.address)) for _ in range(60)]
        calls = [(caller, caller.call(NUMBER, patience=0)) for caller in callers]
        for caller, call in calls:
            caller.hear(call)
        assert sorted(call.status for _, call in calls) == [200] * 5 + [486] * 55


def test_a_full_node_says_when_to_come_back(phone: Phone) -> None:
    with running_node(calls_at_once=2) as edge, Caller(edge.address) as carrier:
        edge.publishes(plan(ring(phone)))
        first = carrier.call(NUMBER)
        assert [first.status, carrier.call(NUMBER).status] == [200, 200]
        full = carrier.call(NUMBER)
        assert full.status == 503
        assert full.final is not None
        assert full.final.one("retry-after") == "10"
        assert [(line.code, line.why) for line in edge.lines("refused")] == [("503", "full")]
        assert edge.switch.counters()["node_full"] == 1
        # Calls that are up can still end, and what is no call of ours is still told so.
        assert carrier.call("+442079460555").status == 404
        carrier.hang_up(first)
        assert carrier.call(NUMBER).status == 200


def test_a_node_whose_memory_runs_short_takes_no_more_and_keeps_what_is_up(phone: Phone) -> None:
    with running_node(shared_memory=16) as edge, Caller(edge.address) as carrier:
        edge.publishes(plan(ring(phone)))
        first = carrier.call(NUMBER)
        assert first.status == 200
        statuses = set()
        # The node looks at its memory once a second.
        for count in (150, 30, 30, 30):
            for _ in range(count):
                call = carrier.call(NUMBER)
                statuses.add(call.status)
                if call.status != 200:
                    break
                assert carrier.hang_up(call) == 200
            time.sleep(1.05 if statuses == {200} else 0)
        assert statuses == {200, 503}
        assert carrier.hang_up(first) == 200
        assert {line.why for line in edge.lines("refused")} == {"full"}


FIRST = "<sip:+442079460222@c.example>;index=1"
SELF = f"<sip:{NUMBER}@c.example>;index=1.1"
AGAIN = f"<tel:{NUMBER};npdi>;index=1.1.1"
NEXT = "<sip:+442079460333@c.example>;index=1.1.1"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((("Diversion", f"<sip:{NUMBER}@c.example>;reason=user-busy"),), 482),
        ((("Diversion", f"<tel:{NUMBER}>"),), 482),
        ((("Diversion", f"tel:{NUMBER}"),), 482),
        ((("Diversion", f"<sip:00{NUMBER[1:]}@c.example>"),), 482),
        (
            (("Diversion", "<sip:+442079460222@c.example>"), ("Diversion", f"<sip:{NUMBER[1:]}@c.example>")),
            482,
        ),
        ((("Diversion", f"<sip:+442079460222@c.example>, <sip:{NUMBER}@c.example>"),), 482),
        ((("Diversion", "<sip:+442079460222@c.example>;reason=no-answer"),), 200),
        ((("Diversion", f"<sip:{NUMBER}9@c.example>"),), 200),
        ((("Diversion", f"<sip:+4{NUMBER[1:]}@c.example>"),), 200),
        ((("Diversion", ", ".join(["<sip:+442079460222@c.example>"] * 5)),), 200),
        ((("Diversion", ", ".join(["<sip:+442079460222@c.example>"] * 6)),), 482),
        ((("History-Info", f"{FIRST}, {SELF}"),), 200),
        ((("History-Info", f"{FIRST}, {SELF}, {AGAIN}"),), 200),
        ((("History-Info", f"{FIRST}, {SELF}, {NEXT}"),), 482),
        ((("History-Info", FIRST), ("History-Info", SELF), ("History-Info", NEXT)), 482),
    ],
)
def test_a_call_that_this_number_has_sent_on_before_goes_round(
    edge: Edge, phone: Phone, carrier: Caller, headers: tuple[tuple[str, str], ...], status: int
) -> None:
    edge.publishes(plan(ring(phone)))
    call = carrier.call(NUMBER, extra=headers)
    assert call.status == status
    if status == 200:
        carrier.hang_up(call)
    else:
        last = edge.lines("refused")[-1]
        assert (last.code, last.step, last.why) == ("482", "n", "loop")


def test_a_call_that_has_passed_too_many_hops_ends(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.publishes(plan(ring(phone)))
    assert carrier.call(NUMBER, hops=0).status == 483
    assert not phone.received
    assert carrier.call(NUMBER, hops=9).status == 200
    assert phone.requests("INVITE")[0].one("max-forwards") == "8"
