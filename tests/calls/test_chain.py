"""One call through the steps of a plan: who is rung after whom, what stops it, and what the record says."""

import time

import pytest

from ringfence.telephony.ports import Step, StepKind
from tests.calls.conftest import NUMBER, Edge, plan, ring
from tests.calls.sip_peers import Behaviour, Caller, Phone, free_port, wait_for

MAIL = Step(StepKind.MAIL, "", 0)
NOBODY = Step(StepKind.SIP, "sip:desk@name.invalid", 1)


@pytest.fixture
def edge(shared_edge: Edge) -> Edge:
    """One node for all of these tests."""
    shared_edge.begin()
    return shared_edge


@pytest.fixture
def second() -> Phone:
    """Another phone of the customer; it listens while a test is in its context."""
    return Phone(("127.0.0.4", 0))


def absent() -> Step:
    """A step to an address at which nobody listens."""
    return Step(StepKind.SIP, f"sip:desk@127.0.0.6:{free_port()}", 20)


@pytest.mark.parametrize("behaviour", ["busy", "everywhere busy", "fault", "moved"])
def test_the_next_step_is_rung_when_one_fails(
    edge: Edge, phone: Phone, second: Phone, carrier: Caller, behaviour: Behaviour
) -> None:
    phone.behaviour = behaviour
    with second:
        edge.publishes(plan(ring(phone), ring(second)))
        call = carrier.call(NUMBER)
        assert call.status == 200
        assert carrier.hang_up(call) == 200
    (line,) = edge.lines("ended")
    assert (line.code, line.step, line.why, line.format) == ("200", "1", "-", "2")
    assert float(line.answered) > 0
    assert [line.step for line in edge.lines("answered")] == ["1"]


def test_a_number_may_stop_when_it_is_busy(edge: Edge, phone: Phone, second: Phone, carrier: Caller) -> None:
    phone.behaviour = "busy"
    with second:
        edge.publishes(plan(ring(phone), ring(second)), stop_when_busy=True)
        assert carrier.call(NUMBER).status == 486
        assert not second.received
    assert [(line.code, line.step) for line in edge.lines("ended")] == [("486", "0")]


def test_who_does_not_answer_is_followed_by_the_next_in_time(
    edge: Edge, phone: Phone, second: Phone, carrier: Caller
) -> None:
    phone.behaviour = "nag"  # It says again and again that it rings, and rings no longer for it.
    with second:
        edge.publishes(plan(ring(phone, 1), absent(), ring(second)))
        started = time.monotonic()
        call = carrier.call(NUMBER)
        assert call.status == 200
        assert 2.0 < time.monotonic() - started < 3.4
        assert phone.requests("CANCEL")
        carrier.hang_up(call)
    (line,) = edge.lines("ended")
    assert (line.code, line.step, line.rang) == ("200", "2", "1")


def test_a_host_that_is_not_there_costs_a_second_and_a_half(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    edge.publishes(plan(absent(), ring(phone)))
    started = time.monotonic()
    assert carrier.call(NUMBER).status == 200
    assert 1.0 < time.monotonic() - started < 2.2


def test_a_name_that_leads_nowhere_is_passed(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.publishes(plan(NOBODY, Step(StepKind.PHONE, "nobody", 5), ring(phone)))
    assert carrier.call(NUMBER).status == 200
    assert [line.step for line in edge.lines("answered")] == ["2"]


def test_declining_stops_the_hunt(edge: Edge, phone: Phone, second: Phone, carrier: Caller) -> None:
    phone.behaviour = "decline"
    with second:
        edge.publishes(plan(ring(phone), ring(second), MAIL))
        assert carrier.call(NUMBER).status == 603
        assert not second.received
    assert [(line.code, line.step, line.why) for line in edge.lines("ended")] == [("603", "0", "-")]


def test_a_caller_who_gives_up_stops_the_hunt(
    edge: Edge, phone: Phone, second: Phone, carrier: Caller
) -> None:
    phone.behaviour, second.behaviour = "busy", "ring"
    with second, Phone(("127.0.0.5", 0)) as third:
        edge.publishes(plan(ring(phone), ring(second, 1), ring(third), MAIL))
        call = carrier.call(NUMBER, patience=0.3)
        carrier.cancel(call)
        assert call.status == 487
        assert wait_for(lambda: second.requests("CANCEL"))
        time.sleep(0.3)
        assert not third.received
    assert [(line.code, line.step, line.why) for line in edge.lines("ended")] == [("487", "1", "-")]


@pytest.mark.parametrize(
    ("first", "then", "status", "code", "rang"),
    [
        ("busy", "fault", 486, "486", "0"),
        ("ring", "fault", 480, "408", "1"),
        ("ring", "busy", 486, "486", "1"),
        ("busy", "ring", 480, "408", "1"),
        ("fault", None, 480, "500", "0"),
    ],
)
def test_the_last_that_was_busy_or_rang_decides_what_is_heard(
    edge: Edge,
    phone: Phone,
    second: Phone,
    carrier: Caller,
    first: Behaviour,
    then: Behaviour | None,
    status: int,
    *,
    code: str,
    rang: str,
) -> None:
    phone.behaviour = first
    with second:
        second.behaviour = then or "silent"
        edge.publishes(plan(ring(phone), ring(second) if then else NOBODY))
        assert carrier.call(NUMBER).status == status
    assert [(line.code, line.rang, line.step) for line in edge.lines("ended")] == [(code, rang, "1")]


@pytest.mark.parametrize(("behaviour", "status"), [("busy", 486), ("ring", 480)])
def test_a_chain_may_end_with_a_letter(
    edge: Edge, phone: Phone, carrier: Caller, behaviour: Behaviour, status: int
) -> None:
    phone.behaviour = behaviour
    edge.publishes(plan(ring(phone), MAIL))
    assert carrier.call(NUMBER).status == status
    assert [(line.step, line.why) for line in edge.lines("ended")] == [("1", "mail")]


def test_what_rang_nowhere_leaves_one_line_that_says_why(edge: Edge, carrier: Caller) -> None:
    chains = [
        (),
        (MAIL,),
        (Step(StepKind.PHONE, "nobody", 5),),
        (Step(StepKind.FORWARD, "+442079460077", 5),),
    ]
    for chain in chains:
        edge.publishes(plan(*chain))
        assert carrier.call(NUMBER, caller="02079460999").status == 480
    edge.publishes()
    assert carrier.call(NUMBER).status == 480
    lines = sorted(edge.lines("refused", 5), key=lambda line: line.began)
    assert [(line.step, line.why) for line in lines] == [
        ("n", "nowhere"),
        ("0", "mail"),
        ("0", "away"),
        ("0", "nowhere"),
        ("n", "nowhere"),
    ]
    assert {(line.called, line.code, line.answered, line.format) for line in lines} == {
        (NUMBER[1:], "480", "0", "2")
    }
    assert lines[0].caller == "02079460999"
    assert edge.lines("ended", 0) == []
    assert "2079460" not in edge.log.read_text()
