"""Calls end with their day, and the promise says when one did not (clause 2.8)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from ringfence.config import embedded
from ringfence.interfaces.commands import retention as command
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises, register, retention
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.payment_watch import reading
from ringfence.privacy.payment_watch.models import ReadThrough
from ringfence.privacy.promises import live_seals
from ringfence.privacy.retention import registry
from ringfence.telephony import call_days, call_retention, taking_in
from ringfence.telephony.actions import calls, numbers
from ringfence.telephony.models import CallRecord, Tenure
from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine
from tests.accounts import builders
from tests.telephony.spools import Node
from tests.telephony.test_call_intake import sold
from tests.world import AT, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]
KEPT = timedelta(days=90)
NOON = AT.replace(hour=12)
CALLER = "+442079460977"


def call(e164: str, at: datetime, caller: str = CALLER) -> None:
    """Have a call taken in at the time of it."""
    one = SpooledCall(
        f"at {at}", caller, e164, at, None, at + timedelta(seconds=9), Outcome.BUSY, "edge-1", 0, 486
    )
    calls.take_in(lines=[SpooledLine("spool", 1, one)], by=SYSTEM, at=at)


@pytest.fixture
def three_days() -> Iterator[UUID]:
    """A customer with a call on each of three days; the first is the oldest."""
    _number, e164, subject = sold(at=NOON - timedelta(days=1))
    for days in range(3):
        call(e164, NOON + timedelta(days=days))
    yield subject
    keyring.forget()


def state(at: datetime) -> tuple[str, dict[str, float]]:
    found = promises.promise("2.8")
    assert found
    finding = found.check(at)
    return finding.state, dict(finding.figures)


def test_a_day_goes_whole_before_its_first_call_is_too_old(three_days: UUID) -> None:
    midnight = call_days.start_of(NOON.date())
    before, after = midnight + KEPT - timedelta(hours=2), midnight + KEPT - timedelta(minutes=30)
    assert retention.let_go(by=SYSTEM, at=before)["telephony.calls"] == 0
    assert retention.let_go(by=SYSTEM, at=after, dry_run=True)["telephony.calls"] == 1
    assert CallRecord.objects.count() == 3
    assert retention.let_go(by=SYSTEM, at=after)["telephony.calls"] == 1
    assert NOON.date() not in call_days.days()
    assert CallRecord.objects.filter(subject=three_days).count() == 2
    assert call_days.gone_on(NOON) >= after.date()
    assert state(midnight + KEPT)[0] == promises.KEPT
    [line] = LedgerLine.objects.filter(action="calls.let_go_of_day", facts__day=NOON.date().isoformat())
    assert line.facts["count"] == 1


def test_a_call_past_its_time_breaks_the_promise(three_days: UUID) -> None:
    assert state(NOON + KEPT - timedelta(minutes=1))[0] == promises.KEPT
    found, figures = state(NOON + KEPT + timedelta(minutes=1))
    assert (found, figures["overdue"], figures["overdue_traffic"]) == (promises.BROKEN, 1, 1)


def test_who_had_a_number_is_forgotten_when_no_call_can_come_any_more() -> None:
    number, _e164, _subject = sold()
    numbers.rest(number=number, by=SYSTEM, at=AT)
    assert retention.let_go(by=SYSTEM, at=AT + KEPT - timedelta(days=1))["telephony.calls"] == 0
    assert state(AT + KEPT + timedelta(days=1))[0] == promises.BROKEN
    retention.let_go(by=SYSTEM, at=AT + KEPT + timedelta(days=1))
    assert not Tenure.objects.exists()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("call from {caller} refused", promises.BROKEN),
        ("INVITE sip:{digits}@192.0.2.1", promises.BROKEN),
        ("call from [number] refused; 20261123 09:00:00 12345678", promises.KEPT),
    ],
)
def test_a_caller_in_a_log_breaks_the_promise(
    three_days: UUID, settings: Settings, written: str, found: str
) -> None:
    folder = Path(settings.VAR_DIR) / "log"
    folder.mkdir()
    text = written.format(caller=CALLER, digits=CALLER.removeprefix("+"))
    (folder / "worker.log.1").write_text(f"first\n{text}\nlast\n")
    at = NOON + timedelta(days=2, minutes=1)
    reached, figures = state(at)
    assert (reached, figures["files"], figures["sought"]) == (found, 1, 1)


def test_a_record_that_waits_outside_breaks_the_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(tmp_path / "edge-1")
    monkeypatch.setattr(taking_in, "spool", lambda: node.spool)
    _number, e164, _subject = sold()
    node.failed(e164, AT, after=0)
    assert state(AT + timedelta(seconds=30))[0] == promises.KEPT
    assert state(AT + timedelta(minutes=2))[0] == promises.DUE_SOON
    assert state(AT + timedelta(minutes=6))[0] == promises.BROKEN
    taking_in.take_in_calls(by=SYSTEM, at=AT)
    assert state(AT + timedelta(minutes=6))[0] == promises.KEPT


def test_every_room_that_keeps_for_a_time_has_entered() -> None:
    names = {"telephony.calls", "telephony.messages", "accounts.sign_ins", "shop.papers"}
    assert names <= {one.name for one in retention.entered()}
    assert set(retention.let_go(by=SYSTEM, at=AT)) >= names


def test_a_sign_in_past_its_time_breaks_the_promise() -> None:
    builders.sign_in(Client(), builders.customer())
    at = builders.now()
    assert state(at + timedelta(days=21, hours=1))[0] == promises.KEPT
    assert state(at + timedelta(days=21, hours=3))[0] == promises.BROKEN
    assert retention.let_go(by=SYSTEM, at=at + timedelta(days=22), dry_run=True)["accounts.sign_ins"] == 1
    assert retention.let_go(by=SYSTEM, at=at + timedelta(days=22))["accounts.sign_ins"] == 1
    assert state(at + timedelta(days=22))[0] == promises.KEPT


def test_one_room_s_trouble_stops_no_other(three_days: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
        raise OSError

    monkeypatch.setattr(registry, "_kept", dict(registry._kept))
    retention.enter("a.room", retention.RetentionClass.SUPPORT, overdue=lambda _at: 0, let_go=fail)
    gone = retention.let_go(by=SYSTEM, at=NOON + KEPT)
    assert ("a.room" in gone, gone["telephony.calls"]) == (False, 1)


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_day_that_is_being_read_is_left_for_the_next_hour(
    monkeypatch: pytest.MonkeyPatch, cluster: embedded.EmbeddedServer
) -> None:
    day = call_days.days()[-1] + timedelta(days=1)
    calls.make_days(by=SYSTEM, at=call_days.start_of(day) - timedelta(days=call_days.AHEAD))
    monkeypatch.setattr(call_retention, "due_days", lambda _at: [day])
    name = connection.settings_dict["NAME"]
    with psycopg.connect(cluster.url(embedded.SUPERUSER, name)) as other:
        other.execute(f"SELECT count(*) FROM telephony_callrecord_{day:%Y%m%d}")
        call_retention.let_go(by=SYSTEM, at=NOON)
        assert day in call_days.days()
    call_retention.let_go(by=SYSTEM, at=NOON)
    assert day not in call_days.days()


def test_the_command_says_what_would_go(three_days: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = command.argparse.Namespace(dry_run=True)
    assert command.run(arguments) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if "telephony.calls" in line]
    assert line.split()[:3] == ["traffic", "telephony.calls", "0"]


@pytest.mark.promise("7.2")
def test_partitions_are_copied_erased_and_read_as_the_table_they_are_of(three_days: UUID) -> None:
    rows = list(register.records_of(CallRecord, three_days))
    assert [row["caller"] for row in rows] == [CALLER] * 3
    before = live_seals.scan()
    assert (before.malformed, before.foreign) == (0, 0)
    reading.read_on(by=SYSTEM, at=AT)
    part = f"telephony_callrecord_{NOON:%Y%m%d}"
    assert ReadThrough.objects.get(name=part).found_before == {}
    assert len(list(register.rows_of(CallRecord, three_days))) == 3


@pytest.mark.promise("2.4")
def test_what_is_sealed_in_a_partition_is_opened_and_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    _number, e164, _subject = sold()
    with monkeypatch.context() as as_if_unguarded:
        as_if_unguarded.setattr("ringfence.telephony.intake.SHORTEST", 99)
        call(e164, NOON, caller="4111111111111111")
    keyring.forget()
    reading.read_on(by=SYSTEM, at=AT)
    found = ReadThrough.objects.get(name=f"telephony_callrecord_{NOON:%Y%m%d}")
    assert {**found.found, **found.found_before} == {"caller": 1}


def test_days_are_made_ahead() -> None:
    today = datetime.now(UTC)
    calls.make_days(by=SYSTEM, at=today)
    wanted = {today.date() + timedelta(days=ahead) for ahead in range(call_days.AHEAD + 1)}
    assert wanted <= set(call_days.days())
    assert calls.make_days(by=SYSTEM, at=today) == 0
