"""Calls that leave for a phone number: how they present themselves, and the limits that hold whatever goes wrong."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from ringfence.telephony.ports import Step, StepKind
from tests.calls.conftest import NUMBER, Edge, plan, ring, running_node
from tests.calls.sip_peers import Behaviour, Call, Caller, Phone, wait_for

TARGET = "+442079460077"
FORWARD = Step(StepKind.FORWARD, TARGET, 1)
MAIL = Step(StepKind.MAIL, "", 0)
ACCOUNT = "9f2c51d0"


@pytest.fixture(scope="module")
def carriers() -> Iterator[tuple[Phone, Phone]]:
    """Two carriers that take calls for phone numbers."""
    with Phone(("127.0.0.5", 0)) as first, Phone(("127.0.0.6", 0)) as second:
        yield first, second


@pytest.fixture(scope="module")
def forwarding(carriers: tuple[Phone, Phone]) -> Iterator[Edge]:
    """A node that has these two outbound carriers."""
    with running_node(outbound=tuple(carrier.host for carrier in carriers)) as edge:
        yield edge


@pytest.fixture
def edge(forwarding: Edge, carriers: tuple[Phone, Phone]) -> Edge:
    """One node for all of these tests."""
    forwarding.begin()
    for carrier in carriers:
        carrier.behaviour = "answer"
        carrier.received.clear()
        carrier.answered.clear()
    return forwarding


@pytest.fixture
def outbound(carriers: tuple[Phone, Phone]) -> Phone:
    """The carrier that is asked first."""
    return carriers[0]


@pytest.fixture
def spare(carriers: tuple[Phone, Phone]) -> Phone:
    """The carrier that is asked when the first has failed."""
    return carriers[1]


def used(edge: Edge) -> int:
    """Seconds of forwarding that the customer has used today, or that are set aside."""
    return sum(edge.held("day").values())


def test_a_forwarded_call_says_who_calls_and_for_whom(
    edge: Edge, phone: Phone, outbound: Phone, carrier: Caller
) -> None:
    phone.behaviour = "busy"
    edge.publishes(plan(ring(phone), FORWARD), account=ACCOUNT)
    call = carrier.call(
        NUMBER, caller="+442079460999", extra=(("Diversion", "<sip:+442079460222@c.example>"),)
    )
    assert call.status == 200
    invite = outbound.requests("INVITE")[0]
    assert invite.first == f"INVITE sip:{TARGET}@{outbound.host[4:]} SIP/2.0"
    assert "sip:+442079460999@" in invite.one("from")
    host = outbound.address[0]
    assert invite.every("p-asserted-identity") == [f"<sip:+442079460999@{host};user=phone>"]
    assert invite.every("diversion") == [
        f"<sip:{NUMBER}@{host};user=phone>;reason=user-busy;counter=1;privacy=off",
        "<sip:+442079460222@c.example>",
    ]
    # What was meant for the carrier was not told the customer's own phone.
    assert not phone.requests("INVITE")[0].every("p-asserted-identity")
    assert carrier.hang_up(call) == 200
    assert [(line.step, line.why) for line in edge.lines("ended")] == [("1", "-")]


def test_steps_after_a_forward_see_nothing_of_it(
    edge: Edge, phone: Phone, outbound: Phone, carrier: Caller
) -> None:
    outbound.behaviour = "ring"
    edge.publishes(plan(FORWARD, ring(phone)), forward_seconds_per_day=2)
    call = carrier.call(NUMBER)
    assert call.status == 200
    assert "reason=unconditional" in outbound.requests("INVITE")[0].one("diversion")
    invite = phone.requests("INVITE")[0]
    assert not invite.every("diversion")
    assert not invite.every("p-asserted-identity")
    # Nor does the forward's limit end a call that another step has answered.
    assert used(edge) == 0
    assert not carrier.answer_bye(call, patience=2.6)
    assert carrier.hang_up(call) == 200


def test_a_withheld_number_stays_withheld(edge: Edge, outbound: Phone, carrier: Caller) -> None:
    edge.publishes(plan(FORWARD))
    asserted = ("P-Asserted-Identity", "<sip:+442079460888@carrier.example>")
    assert carrier.call(NUMBER, caller="anonymous", extra=(asserted, ("Privacy", "id"))).status == 200
    assert "442079460888" not in outbound.requests("INVITE")[0].text()
    assert outbound.requests("INVITE")[0].one("privacy") == "id"


@pytest.mark.parametrize(("behaviour", "status"), [("busy", 486), ("ring", 480), ("decline", 603)])
def test_what_the_number_called_says_is_heard(
    edge: Edge, outbound: Phone, spare: Phone, carrier: Caller, behaviour: Behaviour, status: int
) -> None:
    outbound.behaviour = behaviour
    edge.publishes(plan(FORWARD))
    assert carrier.call(NUMBER).status == status
    assert not spare.received
    assert used(edge) == 0


def test_another_carrier_is_asked_when_one_fails(
    edge: Edge, outbound: Phone, spare: Phone, carrier: Caller
) -> None:
    edge.publishes(plan(FORWARD), account=ACCOUNT)
    outbound.behaviour = "fault"
    carrier.hang_up(carrier.call(NUMBER))
    outbound.behaviour = "silent"
    carrier.hang_up(carrier.call(NUMBER))
    assert (len(outbound.requests("INVITE")) > 1, len(spare.requests("INVITE"))) == (True, 2)
    # One that was silent is passed for a while, so that it does not cost each call its time.
    started = time.monotonic()
    carrier.hang_up(carrier.call(NUMBER))
    assert time.monotonic() - started < 0.5
    spare.behaviour = "fault"
    assert carrier.call(NUMBER).status == 480
    assert used(edge) < 4


def test_without_an_outbound_carrier_the_step_is_passed(phone: Phone) -> None:
    with running_node() as edge, Caller(edge.address) as carrier:
        edge.publishes(plan(FORWARD, ring(phone)))
        assert carrier.call(NUMBER).status == 200


def test_so_many_forwards_in_a_minute(edge: Edge, phone: Phone, outbound: Phone, carrier: Caller) -> None:
    edge.publishes(plan(FORWARD), account=ACCOUNT, forwards_per_minute=3)
    # A second number of the same customer draws on the same.
    edge.publishes(plan(FORWARD, MAIL), number="+442079460002", account=ACCOUNT, forwards_per_minute=3)
    wait_for(lambda: time.time() % 60 < 55, patience=6)
    for _ in range(3):
        assert carrier.hang_up(carrier.call(NUMBER)) == 200
    assert carrier.call(NUMBER).status == 480
    assert carrier.call("+442079460002").status == 480
    assert len(outbound.requests("INVITE")) == 3
    assert sorted(line.why for line in edge.lines("ended", 5) if line.code != "200") == ["cap", "mail"]
    assert edge.switch.counters()["capped_forwards"] == 2


def test_a_forward_ends_when_what_it_may_use_is_over(edge: Edge, outbound: Phone, carrier: Caller) -> None:
    edge.publishes(plan(FORWARD), account=ACCOUNT, forward_seconds_per_day=6)
    call = carrier.call(NUMBER)
    assert call.status == 200
    assert used(edge) == 3
    started = time.monotonic()
    time.sleep(1.9)
    # Whatever is said within the call does not make it longer.
    carrier.say(call, "INFO", 2)
    assert carrier.answer_bye(call, patience=5)
    assert 1.9 < time.monotonic() - started < 3.8
    assert wait_for(lambda: outbound.requests("BYE"))
    bye, invite = outbound.requests("BYE")[0], outbound.requests("INVITE")[0]
    assert bye.one("call-id") == invite.one("call-id")
    assert bye.one("from") == invite.one("from")
    assert bye.one("to") == outbound.answered[0].one("to")
    (line,) = edge.lines("ended")
    assert (line.code, line.why) == ("200", "-")
    # What was set aside is spent; the rest of the day still holds another such call, and then none.
    assert used(edge) == 3
    again = carrier.call(NUMBER)
    assert again.status == 200
    assert carrier.call(NUMBER).status == 480
    carrier.hang_up(again)


@pytest.mark.promise("2.8")
def test_a_withheld_number_is_not_told_when_the_node_ends_a_forward(
    edge: Edge, outbound: Phone, carrier: Caller
) -> None:
    edge.publishes(plan(FORWARD), account=ACCOUNT, forward_seconds_per_day=3)
    call = carrier.call(NUMBER, extra=(("Privacy", "id"),))
    assert carrier.answer_bye(call, patience=5)
    (bye,) = wait_for(lambda: outbound.requests("BYE"))
    assert "anonymous.invalid" in bye.one("from")
    assert not [m for m in outbound.received if "442079460999" in m.text()]


def test_calls_at_once_cannot_overdraw_the_day(edge: Edge, outbound: Phone, carrier: Caller) -> None:
    edge.publishes(plan(FORWARD), account=ACCOUNT, forward_seconds_per_day=600, forwards_per_minute=100)
    with ExitStack() as stack, ThreadPoolExecutor(10) as pool:
        callers = [stack.enter_context(Caller(edge.address)) for _ in range(10)]
        calls: list[Call] = list(pool.map(lambda caller: caller.call(NUMBER), callers))
        assert sorted(call.status for call in calls) == [200] * 2 + [480] * 8
        assert used(edge) == 600
        for caller, call in zip(callers, calls, strict=True):
            if call.status == 200:
                caller.hang_up(call)
    # Each has used the second that it has begun, and given the rest back.
    assert wait_for(lambda: 2 <= used(edge) <= 6)
    assert carrier.call(NUMBER).status == 200


def test_a_forward_that_is_given_up_uses_nothing(edge: Edge, outbound: Phone, carrier: Caller) -> None:
    outbound.behaviour = "ring"
    edge.publishes(plan(Step(StepKind.FORWARD, TARGET, 20)), account=ACCOUNT)
    call = carrier.call(NUMBER, patience=0.3)
    assert used(edge) == 3600
    carrier.cancel(call)
    assert call.status == 487
    assert wait_for(lambda: used(edge) == 0 or None) is True


def test_two_numbers_that_forward_to_each_other_stop(edge: Edge, outbound: Phone, carrier: Caller) -> None:
    first, second = NUMBER, "+442079460002"
    edge.publishes(plan(Step(StepKind.FORWARD, second, 1)), number=first, account=ACCOUNT)
    edge.publishes(plan(Step(StepKind.FORWARD, first, 1)), number=second, account="0" * 8)
    outbound.behaviour = "ring"
    with Caller(edge.address) as other:
        carrier.call(first, patience=0.2)
        sent = outbound.requests("INVITE")[-1]
        other.call(second, patience=0.2, extra=(("Diversion", sent.one("diversion")),))
        sent = outbound.requests("INVITE")[-1]
        diversions = tuple(("Diversion", value) for value in sent.every("diversion"))
        assert len(diversions) == 2
        back = other.call(first, extra=diversions)
    assert back.status == 482
    assert [(line.called, line.code, line.why) for line in edge.lines("refused")] == [
        (first[1:], "482", "loop")
    ]


def test_a_number_is_not_forwarded_to_itself(edge: Edge, outbound: Phone, carrier: Caller) -> None:
    edge.publishes(plan(Step(StepKind.FORWARD, NUMBER, 5)))
    assert carrier.call(NUMBER).status == 480
    assert not outbound.received
    assert [(line.step, line.why) for line in edge.lines("refused")] == [("0", "loop")]
