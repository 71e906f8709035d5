"""Calls go on, and each has its record once, while everything around the switch stands still or is killed.

The whole measurement is `benchmarks/calls_chaos.py`; here is a short one, with the same store and the same counting.
"""

import asyncio
import os
import re
import subprocess
import sys

import pytest

from ringfence.adapters.sip_trial.caller import Call, line
from ringfence.adapters.sip_trial.phone import phone
from ringfence.telephony.ports import Outcome, Plan, Route, RouteState, Step, StepKind
from tests.calls.conftest import NUMBER, Edge
from tests.calls.sip_peers import Caller, wait_for
from tests.calls.sip_peers import Phone as Desk
from tests.config.installation import ROOT


def call_and_kill(edge: Edge, *, ringing: float, killed_after: float) -> Call:
    """Place a call that rings for a while, and kill the node meanwhile; it starts again at once."""

    async def place() -> Call:
        async with phone(("127.0.0.3", 0), ring=ringing) as desk, line(edge.address) as carrier:
            rings = Step(StepKind.SIP, desk.uri, 20)
            edge.switch.publish([Route(NUMBER, RouteState.IN_SERVICE, (Plan((rings,)),))])
            call = asyncio.create_task(carrier.call(NUMBER, caller="+442079460999", talk=0.4))
            await asyncio.sleep(killed_after)
            edge.kill()
            await asyncio.to_thread(edge.start)
            found = await call
            assert len(desk.answered) == 1
            return found

    return asyncio.run(place())


def test_a_call_that_rang_when_its_node_died_comes_up_and_has_its_record(edge: Edge) -> None:
    call = call_and_kill(edge, ringing=1.0, killed_after=0.3)
    assert (call.status, call.hung_up) == (200, True)
    # Its acknowledgement and its end both tell of it, under one id; the first counts.
    record, *again = edge.records(1)
    assert {one.call_id for one in again} <= {record.call_id}
    assert (record.outcome, record.caller, record.called) == (Outcome.IN_PROGRESS, "+442079460999", NUMBER)
    assert record.answered_at
    assert 0.9 < (record.answered_at - record.started_at).total_seconds() < 3
    assert edge.take_in() == []


def test_a_call_that_was_up_when_its_node_died_has_one_record(edge: Edge) -> None:
    call = call_and_kill(edge, ringing=0.05, killed_after=0.3)
    assert (call.status, call.hung_up) == (200, True)
    assert len({record.call_id for record in edge.records(1) + edge.take_in()}) == 1


def test_a_call_begun_anew_after_its_node_died_is_one_call(edge: Edge, phone: Desk, carrier: Caller) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    (first,) = edge.records(1)
    edge.kill()
    edge.start()
    phone.received.clear()
    again = re.sub(r"content-length: \d+", "content-length: 0", call.invite.text())
    carrier.throw((again.replace("\n", "\r\n") + "\r\n\r\n").encode())
    wait_for(lambda: phone.requests("INVITE"))
    (second,) = edge.records(1)
    assert first.call_id == second.call_id


def test_the_number_of_a_caller_who_withheld_it_is_not_told_by_the_record_made_after_a_death(
    edge: Edge,
) -> None:
    async def place() -> int:
        async with phone(("127.0.0.3", 0), ring=1.0) as desk, line(edge.address) as carrier:
            rings = Step(StepKind.SIP, desk.uri, 20)
            edge.switch.publish([Route(NUMBER, RouteState.IN_SERVICE, (Plan((rings,)),))])
            withheld = (("Privacy", "id"),)
            call = asyncio.create_task(carrier.call(NUMBER, caller="+442079460999", extra=withheld))
            await asyncio.sleep(0.3)
            edge.kill()
            await asyncio.to_thread(edge.start)
            return (await call).status

    assert asyncio.run(place()) == 200
    assert {record.caller for record in edge.records(1)} == {""}


def test_a_call_that_the_phone_has_accepted_cannot_be_given_up() -> None:
    said: list[tuple[str, int]] = []

    async def place() -> None:
        async with phone(
            ("127.0.0.3", 0), ring=0, seen=lambda m, _: said.append((m.method, m.status))
        ) as desk:
            for method in ("INVITE", "CANCEL"):
                head = f"{method} {desk.uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa\r\n"
                head += f"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: one\r\nCSeq: 1 {method}\r\n\r\n"
                desk.datagram_received(head.encode(), ("127.0.0.1", 9))
                await asyncio.sleep(0.05)

    asyncio.run(place())
    assert ("INVITE", 200) in said
    assert ("CANCEL", 200) in said
    assert ("INVITE", 487) not in said


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_while_parts_stand_still_and_are_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.calls_chaos", "small"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/src"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "killed_records_wrong 0" in done.stdout
