"""The checks of clauses 2.5 and 0.1: kept where everything is as it should be, and broken in each way it can be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import Model
from pytest_django import Settings

from ringfence.accounts import actions
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises
from ringfence.privacy.disclosure import door, onward, queries, quiet, refusing
from ringfence.privacy.disclosure.door import Exit
from ringfence.privacy.disclosure.entering import entered
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver
from ringfence.privacy.disclosure.rules import ANSWER_WITHIN
from ringfence.privacy.policy import ChangeKind, publishing
from ringfence.privacy.promises.registry import Finding
from ringfence.privacy.queries import lines_of
from tests.accounts import builders
from tests.privacy import handing
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.5")]
NOW = datetime.now(UTC) + timedelta(seconds=5)


@action("tests.spoil")
def _spoil(*, model: type[Model], values: dict[str, object], by: Actor, at: datetime) -> None:
    model._default_manager.update(**values)


def spoil(model: type[Model], **values: object) -> None:
    """Write over some columns, as nobody in the house does."""
    _spoil(model=model, values=values, by=SYSTEM, at=NOW)


def finding(clause: str, at: datetime = NOW) -> Finding:
    """Run the check of a clause."""
    found = promises.promise(clause)
    assert found
    return found.check(at)


@pytest.fixture
def person(settings: Settings) -> UUID:
    """A customer whose name was handed over."""
    handing.in_the_terms(settings, NOW)
    found = builders.customer(name="Some Name")
    handing.hand_over(found, at=NOW)
    return found


@pytest.fixture(autouse=True)
def exits_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exit that a test makes is gone with it."""
    monkeypatch.setattr(door, "_exits", dict(door._exits))


@pytest.mark.promise("0.1")
def test_what_was_entered_and_stays_within_its_recipient_keeps_both_clauses(person: UUID) -> None:
    for clause in ("2.5", "0.1"):
        assert finding(clause).state == promises.KEPT, finding(clause)
    assert finding("2.5").figures["entries"] == finding("0.1").figures["given"] == 1


@pytest.mark.parametrize(
    "way",
    [
        {"to": "a stranger nobody entered"},
        {"inside": frozenset({"accounts.Person.shoe_size"})},
        {"inside": frozenset({"accounts.Person.password"})},
    ],
)
def test_an_exit_that_nobody_accounts_for_breaks_it(person: UUID, way: dict[str, object]) -> None:
    Exit("tests astray", **way)  # type: ignore[arg-type] # what the table says
    assert finding("2.5").state == promises.BROKEN
    assert finding("2.5").figures["open"] == 1


def test_a_door_that_lets_everything_through_breaks_it(person: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exit, "refused", lambda _way, *_parts: None)
    assert finding("2.5").state == promises.BROKEN


def test_an_entry_beyond_what_its_recipient_may_get_breaks_it(person: UUID) -> None:
    assert finding("2.5").figures["beyond"] == 0
    spoil(Disclosure, fields=["accounts.Person.password"])
    assert finding("2.5").figures["beyond"] == 1
    assert finding("2.5").state == promises.BROKEN


def test_an_entry_without_a_line_in_the_record_breaks_it(person: UUID) -> None:
    spoil(Disclosure, recipient="payments", fields=["shop.Order.e164"])
    assert finding("2.5").figures["unlined"] == 1
    assert finding("2.5").state == promises.BROKEN


def test_what_the_door_stopped_is_worth_a_look_for_a_week(person: UUID) -> None:
    refusing.note("tests", "accounts.Person.name", NOW)
    assert finding("2.5").state == promises.DUE_SOON
    assert finding("2.5", NOW + timedelta(days=8)).state == promises.KEPT


def test_a_recipient_that_is_silent_too_long_breaks_it_until_it_answers(person: UUID) -> None:
    actions.set_profile(person=person, name="New Name", by=Actor.customer(person), at=NOW)
    assert finding("2.5").state == promises.KEPT
    late = NOW + ANSWER_WITHIN + timedelta(minutes=1)
    assert finding("2.5", late).state == promises.BROKEN
    onward.answered(passed_on=queries.unanswered()[0].pk, by=handing.staff(), at=late)
    assert finding("2.5", late).state == promises.KEPT


@pytest.mark.promise("0.1")
def test_a_company_that_got_data_without_being_named_breaks_0_1(person: UUID) -> None:
    spoil(HandOver, company="A Stranger AS")
    assert finding("0.1").state == promises.BROKEN
    assert finding("0.1").figures["strangers"] == 1


@pytest.mark.promise("0.1")
def test_a_company_that_came_in_by_a_correction_breaks_0_1(
    person: UUID, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finding("0.1").figures["unannounced"] == 0
    monkeypatch.setattr(publishing, "matters", lambda _old, _new: False)
    handing.announced(settings, "Another AS", NOW, ChangeKind.CORRECTION)
    assert finding("0.1").figures["unannounced"] == 1
    assert finding("0.1").state == promises.BROKEN


@action("tests.quietly_handed")
def quietly_handed(*, person: UUID, by: Actor, at: datetime) -> None:
    """Enter what an authority got, and nobody may be told of yet."""
    entered(
        recipient="authorities",
        name="Example Police",
        clause="3.3",
        basis="GDPR art. 6(1)(c)",
        fields=[handing.NAME],
        subjects=[person],
        case="dmd_1",
        quiet_until=at.date(),
    )


@action("tests.lift")
def lift(*, by: Actor, at: datetime) -> None:
    """End that silence."""
    quiet.lift("dmd_1")


@pytest.mark.promise("3.3")
def test_the_end_of_a_silence_has_the_line_that_the_entry_had_not(person: UUID) -> None:
    quietly_handed(person=person, by=handing.staff(), at=NOW)
    assert finding("2.5").figures["unlined"] == 0
    lift(by=SYSTEM, at=NOW)
    assert finding("2.5").figures["unlined"] == 0
    assert finding("2.5").state == promises.KEPT
    facts = lines_of(person)[0].facts
    assert (facts["basis"], facts["field_1"], facts["told"]) == ("GDPR art. 6.1.c", handing.NAME, 1)


def test_an_exit_that_another_process_alone_uses_is_tried_too(
    person: UUID, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from ringfence.privacy.disclosure.door import Exit\nExit('tests elsewhere', to='a stranger')\n"
    (tmp_path / "way_out_elsewhere.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    assert finding("2.5").state == promises.KEPT
    settings.WAYS_OUT = [*settings.WAYS_OUT, "way_out_elsewhere"]
    assert finding("2.5").state == promises.BROKEN
    assert finding("2.5").figures["open"] == 1
