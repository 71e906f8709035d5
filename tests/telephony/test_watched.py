"""Clause 2.8 is looked at on one machine, and holds on all: each node says what only its machine can see."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from ringfence.config import beside
from ringfence.interfaces import clock
from ringfence.privacy import promises, retention
from ringfence.telephony import taking_in
from ringfence.telephony.actions import nodes
from ringfence.telephony.models import EdgeNode
from tests.telephony.spools import Node
from tests.telephony.test_call_intake import sold
from tests.world import AT, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]
SHOWN = "a-secret-value"


def state(seconds: float = 0, minutes: float = 0) -> str:
    found = promises.promise("2.8")
    assert found
    return found.check(AT + timedelta(seconds=seconds, minutes=minutes)).state


def watched(name: str, *, waited: float = 0, logs_found: int = 0, minutes: float = 0) -> None:
    """Let a node of another machine report that records have been waiting for so many minutes."""
    at = AT + timedelta(minutes=minutes)
    node = nodes.seen(name=name, by=SYSTEM, at=at)
    since = at - timedelta(minutes=waited)
    nodes.watched(node=node, waiting_since=since, logs_found=logs_found, by=SYSTEM, at=at)


def test_records_that_wait_on_another_machine_break_the_promise() -> None:
    watched("edge-1")
    watched("edge-2")
    assert state() == promises.KEPT
    watched("edge-2", waited=2)
    assert state() == promises.DUE_SOON
    watched("edge-2", waited=6)
    assert state() == promises.BROKEN


def test_a_caller_in_a_log_of_another_machine_breaks_the_promise() -> None:
    watched("edge-2", logs_found=1)
    assert state() == promises.BROKEN


def test_nobody_says_kept_for_a_machine_that_is_silent() -> None:
    watched("edge-1")
    watched("edge-2")
    watched("edge-1", minutes=5)
    assert state(minutes=5) == promises.DUE_SOON
    watched("edge-2", minutes=5)
    assert state(minutes=5) == promises.KEPT
    nodes.reported(
        node=EdgeNode.objects.get(name="edge-2").pk, report={}, by=SYSTEM, at=AT + timedelta(minutes=9)
    )
    watched("edge-1", minutes=9)
    assert state(minutes=9) == promises.DUE_SOON, "it follows changes, and nobody watches its spool"


def test_a_machine_reports_what_it_sees(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIP_NODE = "edge-2"
    node = Node(tmp_path / "edge-2")
    monkeypatch.setattr(taking_in, "spool", lambda: node.spool)
    monkeypatch.setattr(retention.registry, "_secrets", {})
    retention.enter_secret("a.room", lambda _at: {SHOWN})
    (Path(settings.VAR_DIR) / "log").mkdir(exist_ok=True)
    (Path(settings.VAR_DIR) / "log" / "edge.log").write_text(f"x {SHOWN}\n")
    assert not beside.Watch().look(), "there is no node yet"
    nodes.seen(name="edge-2", by=SYSTEM, at=clock.now())
    _number, e164, _subject = sold()
    written = clock.now() - timedelta(minutes=7)
    node.failed(e164, written, after=0)
    assert beside.Watch().look()
    row = EdgeNode.objects.get()
    assert row.logs_found == 1
    assert row.watched_at
    assert row.waiting_since
    assert timedelta(minutes=6, seconds=50) < row.watched_at - row.waiting_since < timedelta(minutes=8)
