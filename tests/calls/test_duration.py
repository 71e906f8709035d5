"""What a call lasted is what was talked, not how long it rang before."""

import asyncio
from datetime import timedelta

from ringfence.adapters.sip_trial.caller import line
from ringfence.adapters.sip_trial.phone import phone
from ringfence.telephony.ports import Outcome, Plan, Route, RouteState, Step, StepKind
from tests.calls.conftest import NUMBER, Edge


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
