"""Every call once in the log of whoever had the number then, whatever is killed in between (clauses 1.2, 2.5)."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.adapters.switch import spool as spool_adapter
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.erasure import steps
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.telephony import taking_in
from ringfence.telephony.actions import calls, missed, numbers
from ringfence.telephony.models import CallRecord, SpoolOffset, Tenure
from ringfence.telephony.ports import Outcome
from tests.accounts import builders
from tests.shop.mortal import Death
from tests.telephony.spools import Node
from tests.world import AT, SYSTEM, free_number

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
A_DAY = timedelta(days=1)


def sold(subject: UUID | None = None, at: datetime = AT) -> tuple[UUID, str, UUID]:
    """Return a number in service, its digits, and whose it is."""
    offer, subject = free_number(), subject or uuid4()
    numbers.hold(number=offer.id, subject=subject, until=at + timedelta(minutes=10), by=SYSTEM, at=at)
    numbers.put_into_service(number=offer.id, subject=subject, by=SYSTEM, at=at)
    return offer.id, offer.e164, subject


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    """This machine's node."""
    made = Node(tmp_path / "edge-1")
    monkeypatch.setattr(taking_in, "spool", lambda: made.spool)
    monkeypatch.setattr(taking_in, "_closed", {})
    return made


def take_in(at: datetime = AT) -> int:
    keyring.forget()
    return taking_in.take_in_calls(by=SYSTEM, at=at)


def stored(call: CallRecord) -> tuple[str, str | None, str, int | None]:
    length = (call.ended_at - call.answered_at).seconds if call.ended_at and call.answered_at else None
    return call.called.open(), call.caller.open() if call.caller else None, call.outcome, length


def test_a_call_is_stored_sealed_at_its_beginning_and_completed_by_its_end(node: Node) -> None:
    _number, e164, subject = sold()
    call = node.answered(e164, AT)
    assert take_in() == 1
    assert stored(CallRecord.objects.get()) == (e164, "+442079460999", "in_progress", None)
    node.ended(e164, AT, call=call)
    assert take_in() == 0
    row = CallRecord.objects.get()
    assert stored(row) == (e164, "+442079460999", "answered", 10)
    assert (row.subject, row.node, row.step) == (subject, "edge-1", 0)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telephony_callrecord t WHERE t::text LIKE '%%9460999%%'")
        assert cursor.fetchone() == (0,)


def test_an_end_that_comes_before_its_beginning_stands(node: Node) -> None:
    _number, e164, _subject = sold()
    call = node.ended(e164, AT)
    take_in()
    node.answered(e164, AT, call=call)
    assert take_in() == 0
    assert stored(CallRecord.objects.get())[2:] == ("answered", 10)


def test_a_line_that_comes_again_changes_nothing(node: Node) -> None:
    _number, e164, _subject = sold()
    call = node.ended(e164, AT)
    assert take_in() == 1
    node.ended(e164, AT, call=call, seconds=99)
    node.ended(e164, AT, call=call, seconds=99)
    assert take_in() == 0
    assert stored(CallRecord.objects.get())[3] == 10


def test_a_call_that_is_begun_anew_after_its_node_died_is_one_call(node: Node) -> None:
    _number, e164, _subject = sold()
    call = node.answered(e164, AT)
    assert take_in() == 1
    later = AT + timedelta(seconds=16)
    node.answered(e164, later, call=call)
    assert take_in() == 0
    node.ended(e164, later, call=call)
    assert take_in() == 0
    row = CallRecord.objects.get()
    assert stored(row)[2:] == ("answered", 10)


@pytest.mark.parametrize("first", ["answered", "failed", "both"])
def test_a_call_that_came_up_is_no_failure_where_its_repeats_led_nowhere(node: Node, first: str) -> None:
    _number, e164, _subject = sold()
    write = {
        "answered": lambda: node.answered(e164, AT, call="repeated-1"),
        "failed": lambda: node.failed(e164, AT + timedelta(seconds=4), call="repeated-1"),
    }
    order = [first, *(write.keys() - {first})] if first in write else ["answered", "failed"]
    for name in order:
        write[name]()
        if first != "both":
            take_in()
    take_in()
    row = CallRecord.objects.get()
    assert (row.outcome, row.ended_at, row.answered_at is not None) == ("in_progress", None, True)
    node.ended(e164, AT, call="repeated-1")
    take_in()
    assert stored(CallRecord.objects.get())[2:] == ("answered", 10)


@pytest.mark.parametrize(
    ("why", "code", "rang", "outcome"),
    [
        ("-", 486, True, Outcome.BUSY),
        ("-", 480, True, Outcome.NO_ANSWER),
        ("-", 408, False, Outcome.UNREACHABLE),
        ("-", 603, True, Outcome.DECLINED),
        ("limit", 486, False, Outcome.FULL),
        ("full", 503, False, Outcome.NODE_FULL),
        ("cap", 480, True, Outcome.CAPPED),
        ("loop", 482, False, Outcome.LOOP),
        ("nowhere", 480, False, Outcome.NOWHERE),
        ("mail", 480, True, Outcome.MISSED_BY_MAIL),
        ("away", 480, False, Outcome.AWAY),
        ("something-new", 486, True, Outcome.BUSY),
    ],
)
def test_a_call_that_fails_keeps_its_cause(
    node: Node, *, why: str, code: int, rang: bool, outcome: Outcome
) -> None:
    _number, e164, _subject = sold()
    node.failed(e164, AT, why=why, code=code, rang=rang, step="1", kind="refused" if not rang else "ended")
    take_in()
    row = CallRecord.objects.get()
    assert (row.outcome, row.code, row.step) == (outcome, code, 1)
    assert row.ended_at == AT + timedelta(seconds=20)


def test_lines_of_the_version_before_are_read(node: Node) -> None:
    _number, e164, _subject = sold()
    began, digits = AT.timestamp(), e164[1:]
    old = f"{uuid4()}|442079460999|{digits}|{began:.6f}|0|{began + 5:.6f}|1|486|1"
    node.scribble(f"{began:.3f}|{began + 5:.3f}|0.000|{old}")
    take_in()
    assert [(row.outcome, row.step) for row in CallRecord.objects.all()] == [("busy", None)]


def test_what_cannot_be_read_is_counted_and_passed(node: Node) -> None:
    _number, e164, _subject = sold()
    node.scribble(
        "", "nonsense", "1|2|3|4", "|" * 13 + "2", "x" * 5000, f"1|2|nan|{uuid4()}|1|1|x|0|0|1|0|0|-|2"
    )
    node.failed(e164, AT, call="../../etc")
    node.failed(e164, AT)
    assert take_in() == 1
    assert LedgerLine.objects.filter(action="calls.take_in", facts__unreadable=6).count() == 1
    assert taking_in.waiting_for(AT) == timedelta(0)


def test_a_call_from_no_possible_time_is_not_stored(node: Node) -> None:
    _number, e164, _subject = sold(at=AT - 200 * A_DAY)
    for moment in (AT - 91 * A_DAY, AT + 3 * A_DAY, AT - timedelta(days=89, hours=23)):
        node.failed(e164, moment)
    assert take_in() == 1


def test_a_call_to_nobodys_number_is_not_stored(node: Node) -> None:
    node.ended(free_number().e164, AT)
    assert take_in() == 0
    assert not CallRecord.objects.exists()


@pytest.mark.promise("2.5")
def test_a_late_record_is_whoever_s_the_number_was_then(node: Node) -> None:
    number, e164, first = sold()
    numbers.rest(number=number, by=SYSTEM, at=AT + 2 * A_DAY)
    numbers.end_rests(by=SYSTEM, at=AT + 200 * A_DAY)
    second, later = uuid4(), AT + 200 * A_DAY
    numbers.put_into_service(number=number, subject=second, by=SYSTEM, at=later)
    for moment in (AT - A_DAY, AT + A_DAY, AT + 3 * A_DAY, later - A_DAY, later + timedelta(seconds=1)):
        node.failed(e164, moment)
    taking_in.take_in_calls(by=SYSTEM, at=AT + 3 * A_DAY)
    node.failed(e164, later - A_DAY)
    node.failed(e164, later + timedelta(seconds=1))
    take_in(later + A_DAY)
    rows = CallRecord.objects.order_by("started_at").values_list("subject", "started_at")
    assert list(rows) == [(first, AT + A_DAY), (second, later + timedelta(seconds=1))]


@action("tests.release")
def release(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Do what an erasure does first."""
    nothing_happened()
    steps._release([subject], what_stays=False, by=by, at=at)


@pytest.mark.promise("2.9")
def test_a_late_record_of_somebody_erased_is_not_stored(node: Node) -> None:
    _number, e164, subject = sold()
    node.ended(e164, AT)
    take_in()
    node.ended(e164, AT)
    keys.destroy(subject=subject, classes=["account", "traffic"], by=SYSTEM, at=AT)
    keyring.forget()
    assert take_in() == 0
    node.ended(e164, AT)
    release(subject=subject, by=SYSTEM, at=AT)
    assert not Tenure.objects.exists()
    assert take_in() == 0


def test_nodes_keep_apart_how_far_they_were_read(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _number, e164, _subject = sold()
    other = Node(tmp_path / "edge-2", "edge-2")
    call = node.ended(e164, AT)
    other.ended(e164, AT, call=call)
    take_in()
    monkeypatch.setattr(taking_in, "spool", lambda: other.spool)
    assert take_in() == 1
    assert set(SpoolOffset.objects.values_list("node", flat=True)) == {"edge-1", "edge-2"}
    assert CallRecord.objects.count() == 2
    monkeypatch.setattr(taking_in, "spool", lambda: node.spool)
    assert take_in() == 0


def test_a_call_that_a_dead_node_cut_is_closed_and_says_so(node: Node) -> None:
    _number, e164, _subject = sold()
    call = node.answered(e164, AT)
    take_in()
    node.start()
    take_in(datetime.fromtimestamp((node.node.run_dir / "node.pid").stat().st_mtime, AT.tzinfo) + 2 * A_DAY)
    row = CallRecord.objects.get()
    assert (row.outcome, row.ended_at) == ("interrupted", None)
    node.ended(e164, AT, call=call)
    take_in()
    assert stored(CallRecord.objects.get())[2:] == ("answered", 10)


def test_a_call_without_an_end_is_closed_after_the_longest_call(node: Node) -> None:
    _number, e164, _subject = sold()
    node.answered(e164, AT)
    take_in()
    close = lambda at: calls.close_overlong(by=SYSTEM, at=at)  # noqa: E731 - twice
    assert close(AT + timedelta(hours=12)) == 0
    assert close(AT + timedelta(hours=12, minutes=11)) == 1
    assert CallRecord.objects.get().outcome == "interrupted"


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_killed_at_any_step_every_call_is_there_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    _number, e164, _subject = sold()
    monkeypatch.setattr(taking_in, "LINES_AT_ONCE", 4)
    died, survived = 0, False
    while not survived:
        for place in range(3):
            at = AT + timedelta(seconds=10 * died + place)
            node.ended(e164, at, call=node.answered(e164, at))
            node.failed(e164, at)
        survived = _lives_through(die_at=died + 1)
        take_in()
        died += 1
        for outcome in ("answered", "no_answer"):
            assert CallRecord.objects.filter(outcome=outcome).count() == 3 * died, f"killed at step {died}"
        assert CallRecord.objects.count() == 6 * died
    assert died > 10
    assert taking_in.waiting_for(AT) == timedelta(0)


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_several_at_once_store_each_call_once(node: Node) -> None:
    _number, e164, _subject = sold()
    for place in range(40):
        at = AT + timedelta(seconds=place)
        node.ended(e164, at, call=node.answered(e164, at))

    def once(_who: int) -> int:
        try:
            return take_in()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(once, range(4))) == 40
    assert CallRecord.objects.filter(outcome="answered").count() == 40


def _lives_through(die_at: int) -> bool:
    """Take in with a process that dies at a moment; tell whether it had fewer moments than that."""
    connections.close_all()
    child = os.fork()
    if not child:
        _die(die_at)
        take_in()
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, -signal.SIGKILL}
    return code == 0


def _die(at: int) -> None:
    """Die at a moment: around each commit, each write over what was read, each removal of a file."""
    death = Death(at)
    death.around(BaseDatabaseWrapper, "_commit")
    blank: Callable[..., None] = spool_adapter._blank

    def dangerous(path: Path, end: int) -> None:
        death.near()
        blank(path, end)
        death.near()

    spool_adapter._blank = dangerous


def test_letters_about_missed_calls_come_once_and_not_in_a_flood(node: Node) -> None:
    person = builders.customer()
    _number, e164, _subject = sold(person)

    def letters() -> list[int]:
        rows = OutgoingLetter.objects.filter(kind="missed-call").order_by("made_at")
        return [row.facts.open()["count"] for row in rows]

    call = node.failed(e164, AT, why="mail")
    take_in()
    node.failed(e164, AT, why="mail", call=call)
    take_in()
    assert letters() == [1]
    for second in range(100):
        node.failed(e164, AT + timedelta(seconds=second), why="mail")
    take_in(AT + timedelta(minutes=2))
    missed.write_of_waiting(by=SYSTEM, at=AT + timedelta(minutes=9))
    assert letters() == [1]
    missed.write_of_waiting(by=SYSTEM, at=AT + timedelta(minutes=10))
    missed.write_of_waiting(by=SYSTEM, at=AT + timedelta(minutes=30))
    assert letters() == [1, 100]
    newest = OutgoingLetter.objects.filter(kind="missed-call").latest("made_at").facts.open()
    assert len(newest["callers"]) == missed.NAMED


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "You missed 3 calls", ("+44 20 7946 0999", "Number withheld", "and 1 more")),
        ("nb", "Du har 3 ubesvarte anrop", ("+44 20 7946 0999", "Skjult nummer", "og 1 til")),
    ],
)
def test_the_letter_names_callers_and_times(language: str, subject: str, words: tuple[str, ...]) -> None:
    moments = [AT.isoformat()] * 2
    facts = {
        "count": 3,
        "more": 1,
        "callers": ["+442079460999", ""],
        "numbers": ["+12125550100"] * 2,
        "moments": moments,
    }
    to_send = LetterToSend(uuid4(), missed.KIND, "a@example.com", language, "Europe/Oslo", facts, AT)
    letter = written(to_send)
    assert letter.subject == subject
    for word in (*words, "10:00", f"/{language}/account/calls/"):
        assert word in letter.text
        assert word in letter.html


def test_nobody_without_an_account_is_written_to(node: Node) -> None:
    _number, e164, _subject = sold()
    node.failed(e164, AT, why="mail")
    assert take_in() == 1
    assert not OutgoingLetter.objects.exists()
