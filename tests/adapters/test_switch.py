"""The SIP node's adapter without a node: its settings, its files, and a control socket that misbehaves."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringfence.adapters.switch import kamailio, launch
from ringfence.adapters.switch.control import ControlConnection, RemoteError
from ringfence.adapters.switch.kamailio import CallSpool, KamailioSwitch, SipNode
from ringfence.adapters.switch.record import read_line
from ringfence.adapters.switch.snapshot import Entry, Snapshot
from ringfence.telephony.ports import (
    CallRecordSpool,
    Outcome,
    Switch,
    SwitchUnavailable,
)

NUMBER = "+442079460001"
TAIL = "srid-6b045851-4fc4-1|442079460999|442079460001|1795446262.250000|{answered}|{failed}|{rang}|{code}|1"
ANSWERED = TAIL.format(answered="1795446263.500000", failed="0", rang="1", code="200")


def ended(seconds: str = "2.250000") -> str:
    return f"1795446263|1795446265|{seconds}|{ANSWERED}"


@pytest.fixture
def node(tmp_path: Path) -> SipNode:
    for name in ("run", "spool"):
        (tmp_path / name).mkdir()
    return SipNode(run_dir=tmp_path / "run", spool_dir=tmp_path / "spool", sip_port=25170)


def test_the_adapters_keep_to_their_ports(node: SipNode) -> None:
    switch: Switch = KamailioSwitch(node)
    spool: CallRecordSpool = CallSpool(node)
    assert not switch.healthy()
    assert list(spool.read({})) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"run_dir": Path("/tmp/" + "x" * 100)},
        {"run_dir": Path("relative")},
        {"run_dir": Path("/tmp/with space")},
        {"spool_dir": Path('/tmp/"quoted"')},
        {"spool_dir": Path("/tmp/wow!")},
        {"trunks": ("carrier.example.com",)},
        {"address": "localhost"},
        {"advertised": "sip.example.com"},
        {"outbound": ("192.0.2.7",)},
        {"outbound": ("sip:user@192.0.2.7",)},
        {"outbound": ('sip:192.0.2.7"',)},
        {"calls_at_once": 0},
    ],
)
def test_a_node_that_could_not_work_is_refused(changes: dict[str, Any]) -> None:
    described = {"run_dir": Path("/tmp/r"), "spool_dir": Path("/tmp/s"), "sip_port": 25170, **changes}
    with pytest.raises(ValueError, match=r".+"):
        SipNode(**described)


def test_preparing_again_keeps_routes_and_key(node: SipNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "program", lambda: "/usr/sbin/kamailio")
    command = kamailio.prepare(node)
    key = (node.run_dir / "mask.key").read_text()
    Snapshot(node.snapshot).write({"did01": [Entry(NUMBER[1:], "2|suspended|0", 0)]})
    assert kamailio.prepare(node) == command
    assert (node.run_dir / "mask.key").read_text() == key
    assert Snapshot(node.snapshot).read("did01") == {NUMBER[1:]: "2|suspended|0"}
    assert len(key) == 64
    for path in node.run_dir.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_a_machine_without_the_program_says_so(node: SipNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "PROGRAM", "no-such-program")
    assert not kamailio.is_installed()
    with pytest.raises(FileNotFoundError, match="not installed"):
        kamailio.prepare(node)


@pytest.mark.parametrize(
    ("answered", "failed", "rang", "code", "outcome"),
    [
        ("0", "1795446264.5", "0", "486", Outcome.BUSY),
        ("0", "1795446264.5", "1", "600", Outcome.BUSY),
        ("0", "1795446264.5", "1", "603", Outcome.DECLINED),
        ("0", "1795446264.5", "1", "487", Outcome.CANCELLED),
        ("0", "1795446264.5", "1", "408", Outcome.NO_ANSWER),
        ("0", "1795446264.5", "0", "408", Outcome.UNREACHABLE),
        ("0", "1795446264.5", "0", "500", Outcome.UNREACHABLE),
        ("0", "1795446264.5", "0", "404", Outcome.UNREACHABLE),
    ],
)
def test_a_failed_call_says_why(answered: str, failed: str, rang: str, code: str, outcome: Outcome) -> None:
    tail = TAIL.format(answered=answered, failed=failed, rang=rang, code=code)
    call = read_line("ended", f"1795446263|1795446263|0.000000|{tail}", "n")
    assert call is not None
    assert (call.outcome, call.answered_at) == (outcome, None)
    assert call.ended_at == datetime(2026, 11, 23, 15, 4, 24, 500000, tzinfo=UTC)


def test_an_answered_call_ends_when_its_duration_is_over() -> None:
    call = read_line("ended", ended(), "edge-7")
    assert call is not None
    assert call.call_id == "edge-7/srid-6b045851-4fc4-1"
    assert (call.caller, call.called) == ("+442079460999", NUMBER)
    assert call.ended_at == datetime(2026, 11, 23, 15, 4, 25, 750000, tzinfo=UTC)
    assert "4420" not in repr(call)


def test_what_a_carrier_writes_into_its_identifiers_changes_nothing() -> None:
    foreign = "INVITE|tag|tag|call|with|bars|and\\backslashes@x|200|OK|1795446262"
    call = read_line("answered", f"{foreign}|{ANSWERED}", "n")
    assert call is not None
    assert (call.outcome, call.caller) == (Outcome.IN_PROGRESS, "+442079460999")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        ANSWERED[:-2],
        ended()[:-1],
        ended("soon"),
        ended().replace("srid", "s|rid").replace("-", "?"),
        "x" * 99,
    ],
)
def test_a_line_that_is_not_whole_is_no_record(text: str) -> None:
    assert read_line("ended", text, "n") is None


@pytest.mark.parametrize(
    ("digits", "number"), [("00442079460999", "+442079460999"), ("02079460999", "02079460999"), ("", "")]
)
def test_a_callers_number_is_written_as_e164_where_it_is_one(digits: str, number: str) -> None:
    call = read_line("ended", ended().replace("442079460999", digits), "n")
    assert call is not None
    assert call.caller == number


def test_half_a_line_waits_for_its_other_half(node: SipNode) -> None:
    spool = CallSpool(node)
    live = node.spool_dir / "ended_3.log"
    live.write_text(f"{ended()}\n{ended()[:40]}")
    (first,) = spool.read({})
    offsets = {first.file: first.end}
    assert list(spool.read(offsets)) == []
    assert spool.waiting(offsets) == 40
    with live.open("a") as file:
        file.write(f"{ended()[40:]}\n")
    (second,) = spool.read(offsets)
    assert second.call == first.call
    assert second.file == first.file


def test_a_line_that_cannot_be_read_is_passed_and_told(node: SipNode) -> None:
    (node.spool_dir / "ended_3.log").write_text(f"what is this\n{ended()}\n")
    strange, good = CallSpool(node).read({})
    assert strange.call is None
    assert good.call is not None


def test_beginnings_come_before_ends(node: SipNode) -> None:
    (node.spool_dir / "ended_1.log").write_text(f"{ended()}\n")
    (node.spool_dir / "answered_9.log").write_text(f"INVITE|a|b|c|200|OK|1795446262|{ANSWERED}\n")
    assert [line.call.ended_at is None for line in CallSpool(node).read({}) if line.call] == [True, False]


def test_what_is_taken_in_is_blanked_at_once_and_what_is_not_stays(node: SipNode) -> None:
    spool = CallSpool(node)
    live = node.spool_dir / "ended_3.log"
    live.write_text(f"{ended()}\n" * 3)
    first, second, _ = spool.read({})
    for line in (first, second, second):
        assert spool.clear({line.file: line.end}) == frozenset()
    assert live.read_bytes() == b"\0" * second.end + f"{ended()}\n".encode()
    assert len(list(spool.read({}))) == 1


def test_a_half_line_left_by_a_crash_is_not_glued_to_the_next(node: SipNode) -> None:
    spool = CallSpool(node)
    live = node.spool_dir / "ended_3.log"
    live.write_text(ended()[:40])
    spool.set_aside()
    live.write_text(f"{ended()}\n")
    assert [line.call is not None for line in spool.read({})] == [True]
    assert len(list(node.spool_dir.glob("*.calls"))) == 2


def test_nothing_is_removed_while_the_node_cannot_be_told(node: SipNode) -> None:
    spool = CallSpool(node, rotate_every=0, grace=0)
    (node.spool_dir / "ended_3.log").write_text(f"{ended()}\n")
    (line,) = spool.read({})
    for _ in range(3):
        assert spool.clear({line.file: line.end}) == frozenset()
    assert len(list(node.spool_dir.glob("*.calls"))) == 1


def test_a_forgotten_offset_brings_nothing_back(node: SipNode) -> None:
    spool = CallSpool(node)
    (node.spool_dir / "ended_3.log").write_text(f"{ended()}\n")
    (line,) = spool.read({})
    spool.clear({line.file: line.end})
    assert list(spool.read({})) == []
    assert spool.clear({"ended-gone.calls": 7}) == frozenset({"ended-gone.calls"})


Answers = Callable[[dict[str, Any]], list[bytes]]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Callable[[Answers], ControlConnection]]:
    """A connection to a control socket that answers each request with the datagrams it is told to."""
    path = tmp_path / "rpc.sock"
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(path))

    def connect(answers: Answers) -> ControlConnection:
        def serve() -> None:
            while True:
                data, source = server.recvfrom(65535)
                if not data:
                    return
                for answer in answers(json.loads(data)):
                    server.sendto(answer, source)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        threads.append(thread)
        return ControlConnection(path, timeout=0.2)

    threads: list[threading.Thread] = []
    yield connect
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        for thread in threads:
            client.sendto(b"", str(path))
            thread.join()
    server.close()


def test_strange_and_late_answers_are_passed_over(control: Callable[[Answers], ControlConnection]) -> None:
    def answers(request: dict[str, Any]) -> list[bytes]:
        right = {"id": request["id"], "result": request["params"]}
        return [b"{", json.dumps({"id": 1 << 40, "result": "other"}).encode(), json.dumps(right).encode()]

    with control(answers) as connection:
        assert connection.ask("m", "a", 1) == ["a", 1]
        assert connection.ask("m") == []


def test_a_lost_answer_is_asked_for_again(control: Callable[[Answers], ControlConnection]) -> None:
    asked = []

    def answers(request: dict[str, Any]) -> list[bytes]:
        asked.append(request["id"])
        return [json.dumps({"id": request["id"], "result": 1}).encode()] if len(asked) == 3 else []

    with control(answers) as connection:
        assert connection.ask("m") == 1
    assert len(set(asked)) == 1


def test_a_silent_node_is_unavailable(control: Callable[[Answers], ControlConnection]) -> None:
    with control(lambda _: []) as connection, pytest.raises(SwitchUnavailable):
        connection.ask("m")


def test_a_refusal_keeps_the_nodes_own_words_out(control: Callable[[Answers], ControlConnection]) -> None:
    def answers(request: dict[str, Any]) -> list[bytes]:
        return [json.dumps({"id": request["id"], "error": {"code": 500, "message": "sip:desk"}}).encode()]

    with control(answers) as connection, pytest.raises(RemoteError) as refusal:
        connection.ask("m")
    assert "desk" not in str(refusal.value)
    assert refusal.value.code == 500


def test_a_connection_leaves_no_socket_behind(
    control: Callable[[Answers], ControlConnection], tmp_path: Path
) -> None:
    with control(lambda _: []):
        assert len(list(tmp_path.glob("reply-*"))) == 1
    assert not list(tmp_path.glob("reply-*"))
