"""What a call leaves behind, and that it arrives once whatever dies in between."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from ringfence.telephony.ports import Outcome
from tests.calls.conftest import NUMBER, Edge
from tests.calls.sip_peers import Behaviour, Caller, Phone, wait_for

CALLER = "+442079460999"


def test_an_answered_call_is_recorded_at_its_start_and_at_its_end(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    (begun,) = edge.records(1)
    assert (begun.outcome, begun.ended_at) == (Outcome.IN_PROGRESS, None)
    time.sleep(0.3)
    carrier.hang_up(call)
    (ended,) = edge.records(1)
    assert ended.call_id == begun.call_id
    assert (ended.caller, ended.called, ended.node) == (CALLER, NUMBER, "edge-test")
    assert ended.outcome is Outcome.ANSWERED
    assert ended.answered_at == begun.answered_at
    assert ended.answered_at is not None
    assert ended.ended_at is not None
    assert timedelta(seconds=0.25) < ended.ended_at - ended.answered_at < timedelta(seconds=5)
    assert timedelta() <= ended.answered_at - ended.started_at < timedelta(seconds=5)
    assert abs(datetime.now(UTC) - ended.ended_at) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("busy", Outcome.BUSY),
        ("decline", Outcome.DECLINED),
        ("fault", Outcome.UNREACHABLE),
        ("silent", Outcome.UNREACHABLE),
        ("ring", Outcome.NO_ANSWER),
    ],
)
def test_a_call_that_fails_is_recorded_with_its_cause(
    edge: Edge, phone: Phone, carrier: Caller, behaviour: Behaviour, outcome: Outcome
) -> None:
    phone.behaviour = behaviour
    edge.rings(phone, seconds=1)
    carrier.call(NUMBER)
    (record,) = edge.records(1)
    assert (record.outcome, record.answered_at) == (outcome, None)
    assert record.ended_at is not None
    assert record.ended_at >= record.started_at


def test_a_call_given_up_is_recorded_as_cancelled(edge: Edge, phone: Phone, carrier: Caller) -> None:
    phone.behaviour = "ring"
    edge.rings(phone)
    carrier.cancel(carrier.call(NUMBER, patience=0.3))
    assert [record.outcome for record in edge.records(1)] == [Outcome.CANCELLED]


@pytest.mark.parametrize(
    ("caller", "extra", "recorded"),
    [
        ("+442079460999", (), "+442079460999"),
        ("00442079460999", (), "+442079460999"),
        ("anonymous", (), ""),
        ("anonymous", (("P-Asserted-Identity", "<sip:+442079460888@carrier.example>"),), "+442079460888"),
        ("anonymous", (("P-Asserted-Identity", "<sip:+442079460888@c.example>"), ("Privacy", "id")), ""),
        ("1|2|3|4|5|6|7|8|1", (), ""),
    ],
)
def test_the_caller_is_recorded_as_digits_or_not_at_all(
    edge: Edge, phone: Phone, carrier: Caller, caller: str, extra: tuple[tuple[str, str], ...], recorded: str
) -> None:
    phone.behaviour = "busy"
    edge.rings(phone)
    carrier.call(NUMBER, caller=caller, extra=extra)
    assert [record.caller for record in edge.records(1)] == [recorded]


def test_a_far_end_that_no_longer_answers_still_leaves_an_end(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    edge.rings(phone)
    with Phone(("127.0.0.4", 0)) as vanishing:
        edge.rings(vanishing)
        call = carrier.call(NUMBER)
    carrier.hang_up(call)
    assert edge.records(2)[1].outcome is Outcome.ANSWERED


@pytest.mark.parametrize("taken_in_before", [False, True])
def test_records_survive_a_killed_node(
    edge: Edge, phone: Phone, carrier: Caller, *, taken_in_before: bool
) -> None:
    edge.rings(phone)
    calls = [carrier.call(NUMBER) for _ in range(6)]
    for call in calls[:4]:
        carrier.hang_up(call)
    records = edge.records(10) if taken_in_before else []
    # The line of an end is written just after the last answer has left.
    time.sleep(0.2)
    edge.kill()
    records += edge.take_in()
    edge.start()
    assert carrier.hang_up(carrier.call(NUMBER)) == 200
    records += edge.records(2)
    assert len({record.call_id for record in records}) == 7
    assert len(records) == 7 + 5
    ended = {record.call_id for record in records if record.ended_at}
    assert len(ended) == 5


def test_the_spool_is_blank_and_then_gone_once_taken_in(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    carrier.hang_up(carrier.call(NUMBER))
    # The line of the end is written just after the last answer has left.
    wait_for(lambda: edge.spool.waiting(edge.offsets) > 0)
    edge.records(2)
    assert edge.spool.waiting(edge.offsets) == 0
    held = b"".join(path.read_bytes() for path in edge.node.spool_dir.iterdir())
    assert held.strip(b"\0") == b""

    def removed() -> bool:
        time.sleep(0.2)
        assert edge.take_in() == []
        return not edge.offsets and not list(edge.node.spool_dir.glob("*.calls"))

    wait_for(removed, patience=20)
    carrier.hang_up(carrier.call(NUMBER))
    assert len(edge.records(2)) == 2


def test_no_record_is_lost_or_doubled_while_files_change(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    records = []
    until = time.monotonic() + 8
    placed = 0
    while time.monotonic() < until:
        carrier.hang_up(carrier.call(NUMBER))
        placed += 1
        records += edge.take_in()
        time.sleep(0.05)
    records += edge.records(2 * placed - len(records)) if len(records) < 2 * placed else []
    assert len(records) == 2 * placed
    assert len({record.call_id for record in records}) == placed
