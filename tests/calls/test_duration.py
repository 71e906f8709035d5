"""What a call lasted is what was talked, not how long it rang before."""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from ringfence.adapters.sip_trial.caller import line
from ringfence.adapters.sip_trial.phone import phone
from ringfence.telephony.ports import Outcome, Plan, Route, RouteState, Step, StepKind
from tests.calls.conftest import NUMBER, Edge, plan
from tests.calls.sip_peers import Caller, Phone


def test_ringing_is_no_talking(edge: Edge) -> None:
    async def call() -> int:
        async with phone(("127.0.0.3", 0), ring=1.2) as desk, line(edge.address) as carrier:
            rings = Step(StepKind.SIP, desk.uri, 20)
            edge.switch.publish([Route(NUMBER, RouteState.IN_SERVICE, (Plan((rings,)),))])
            return (await carrier.call(NUMBER, caller="+442079460999", talk=0.3)).status

    assert asyncio.run(call()) == 200
    ended = next(record for record in edge.records(2) if record.ended_at)
    assert ended.outcome is Outcome.ANSWERED
    assert ended.answered_at
    assert ended.ended_at
    assert timedelta(seconds=1) < ended.answered_at - ended.started_at
    assert timedelta(seconds=0.2) < ended.ended_at - ended.answered_at < timedelta(seconds=0.9)


def test_a_forward_does_not_go_on_into_the_next_day() -> None:
    length, early = 6, 3
    with Phone(("127.0.0.5", 0)) as outbound, tempfile.TemporaryDirectory(prefix="rf-", dir="/tmp") as place:
        edge = Edge(Path(place), outbound=(outbound.host,))
        edge.start(day=length)
        try:
            edge.publishes(plan(Step(StepKind.FORWARD, "+442079460077", 1)), account="9f2c51d0")
            time.sleep(-(time.time() + early) % length)
            with Caller(edge.address) as carrier:
                call = carrier.call(NUMBER)
                assert call.status == 200
                assert carrier.answer_bye(call, patience=early + 2)
        finally:
            edge.stop()
