"""Clauses 5.3 and 5.4 break when a report is forgotten, and when what was decided is not what is done."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from ringfence.accounts import letter_ends
from ringfence.accounts.letter_ends import LetterEnd
from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises
from ringfence.privacy.promises.running import Standing, run_checks
from ringfence.support.abuse import sweeping
from ringfence.support.abuse.rules import APPEAL_WITHIN, DECIDED_WITHIN, LOOKED_AT_WITHIN, Decision, Outcome
from ringfence.telephony.actions import nodes, numbers
from tests.support.cases import DAY, NOW, REPORTER, SYSTEM, Affair

HOUR = timedelta(hours=1)
pytestmark = [pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def affair() -> Affair:
    """A customer whose number was reported."""
    return Affair().reported(address=REPORTER)


def standing(clause: str, at: object = NOW) -> Standing:
    """How a clause stands after one run."""
    return {one.clause: one for one in run_checks(by=SYSTEM, at=at, only={clause})}[clause]


def do(statement: str) -> None:
    """Change what is stored behind everybody's back."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount


@pytest.mark.promise("5.3")
def test_a_report_that_nobody_looks_at_breaks_5_3(affair: Affair) -> None:
    assert standing("5.3").state == promises.KEPT
    assert standing("5.3", NOW + LOOKED_AT_WITHIN - HOUR).state == promises.DUE_SOON
    late = standing("5.3", NOW + LOOKED_AT_WITHIN + HOUR)
    assert (late.state, late.figures["late"]) == (promises.BROKEN, 1)
    affair.taken_up()
    assert standing("5.3", NOW + LOOKED_AT_WITHIN + 2 * HOUR).state == promises.KEPT


@pytest.mark.promise("5.3")
def test_a_case_that_nobody_decides_breaks_5_3(affair: Affair) -> None:
    affair.taken_up()
    assert standing("5.3", NOW + DECIDED_WITHIN - HOUR).state == promises.KEPT
    assert standing("5.3", NOW + DECIDED_WITHIN + HOUR).state == promises.BROKEN
    affair.decided()
    assert standing("5.3", NOW + DECIDED_WITHIN + 2 * HOUR).state == promises.KEPT


@pytest.mark.promise("5.3")
def test_a_closing_that_nobody_confirms_and_an_appeal_that_nobody_answers_break_5_3(affair: Affair) -> None:
    affair.taken_up().closing(confirmed=False)
    assert standing("5.3", NOW + DECIDED_WITHIN + HOUR).figures["slow"] == 1
    other = Affair("other@example.com").reported().taken_up().decided().appealed(NOW + DAY)
    assert other.row.appealed_at == NOW + DAY
    assert standing("5.3", NOW + DAY + DECIDED_WITHIN + HOUR).figures["slow"] == 2
    assert standing("5.3", NOW + DAY + DECIDED_WITHIN + 2 * HOUR).state == promises.BROKEN


@pytest.mark.promise("5.3")
def test_a_reporter_who_is_not_told_breaks_5_3(affair: Affair) -> None:
    affair.taken_up().decided(Decision.WARNING)
    assert standing("5.3").state == promises.KEPT
    do("UPDATE support_abusereport SET told_at = NULL")
    after = standing("5.3", NOW + HOUR)
    assert (after.state, after.figures["untold"]) == (promises.BROKEN, 1)


def came_to(end: LetterEnd, kind: str) -> None:
    """Have what was written of a case come to an end."""
    for letter in OutgoingLetter.objects.filter(kind=kind):
        note_end(letter=letter.pk, end=end, by=SYSTEM, at=NOW)


@action("tests.note_end")
def note_end(*, letter: UUID, end: LetterEnd, by: Actor, at: datetime) -> None:
    """Tell whoever wants to know what became of a letter."""
    letter_ends.tell(end, OutgoingLetter.objects.get(pk=letter), by=by, at=at)
    about(count=1)


@pytest.mark.promise("5.3")
def test_a_letter_that_comes_back_told_no_reporter(affair: Affair) -> None:
    affair.taken_up().decided(Decision.WARNING)
    came_to(LetterEnd.RETURNED, "abuse-outcome")
    after = standing("5.3")
    assert (after.state, after.figures["untold"], after.figures["unreached"]) == (promises.KEPT, 0, 1)
    sweeping.sweep(by=SYSTEM, at=NOW)
    assert OutgoingLetter.objects.filter(kind="abuse-outcome").count() == 1, (
        "it is not written again and again"
    )
    came_to(LetterEnd.TAKEN, "abuse-outcome")
    assert standing("5.3", NOW + HOUR).figures["unreached"] == 0


@pytest.mark.promise("5.4")
def test_a_reason_that_never_went_out_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().decided(Decision.WARNING)
    came_to(LetterEnd.GIVEN_UP, "abuse-decision")
    after = standing("5.4")
    assert (after.state, after.figures["unexplained"]) == (promises.BROKEN, 1)
    came_to(LetterEnd.RETURNED, "abuse-decision")
    after = standing("5.4", NOW + HOUR)
    assert (after.state, after.figures["unexplained"], after.figures["unreached"]) == (promises.KEPT, 0, 1)
    came_to(LetterEnd.TAKEN, "abuse-decision")
    assert standing("5.4", NOW + 2 * HOUR).figures["unreached"] == 0


@pytest.mark.promise("5.4")
def test_a_decision_of_which_nobody_was_written_breaks_5_4(
    affair: Affair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.support.abuse.letters.can_be_written_to", lambda _person: False)
    affair.taken_up().decided(Decision.WARNING)
    assert (affair.row.told_at, standing("5.4").state) == (None, promises.BROKEN)
    affair.appealed()
    assert standing("5.4", NOW + HOUR).state == promises.KEPT, "who appeals has read it"


@pytest.mark.promise("5.4")
def test_a_suspended_number_that_rings_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().decided()
    assert standing("5.4").state == promises.KEPT
    numbers.resume(number=affair.number.id, reason="fault", by=SYSTEM, at=NOW)
    after = standing("5.4", NOW + HOUR)
    assert (after.state, after.figures["suspended"], after.figures["ringing"]) == (promises.BROKEN, 1, 1)


@pytest.mark.promise("5.4")
def test_a_switch_that_does_not_learn_of_it_breaks_5_4(affair: Affair) -> None:
    nodes.seen(name="edge-1", by=SYSTEM, at=NOW)
    place = "followed_transaction = 0, followed_change = 0"
    do(f"UPDATE telephony_edgenode SET loaded_at = now(), last_seen = now(), {place}")
    affair.taken_up().decided()
    assert standing("5.4").state == promises.DUE_SOON
    do("UPDATE telephony_routechange SET written_at = now() - interval '2 minutes'")
    after = standing("5.4", NOW + timedelta(seconds=1))
    assert (after.state, after.figures["behind"]) == (promises.BROKEN, 1)


@pytest.mark.promise("5.4")
def test_a_number_suspended_for_less_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().decided()
    do("UPDATE telephony_number SET suspended_for = '{unpaid}' WHERE state = 'suspended'")
    assert standing("5.4").state == promises.BROKEN, "whoever pays lets it ring"


@pytest.mark.promise("5.4")
def test_a_reason_that_was_not_told_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().decided(Decision.WARNING)
    do("UPDATE support_abusecase SET told_at = NULL")
    after = standing("5.4")
    assert (after.state, after.figures["unexplained"]) == (promises.BROKEN, 1)


@pytest.mark.promise("5.4")
def test_a_case_closed_before_it_could_be_appealed_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().decided(Decision.WARNING)
    do("UPDATE support_abusecase SET state = 'closed', closed_at = decided_at + interval '1 hour'")
    assert standing("5.4").state == promises.BROKEN


@pytest.mark.promise("5.4")
def test_a_won_appeal_that_restores_nothing_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().decided().appealed().answered(Outcome.OVERTURNED)
    assert standing("5.4").state == promises.KEPT
    do("UPDATE telephony_number SET state = 'suspended', suspended_for = '{abuse}' WHERE holder IS NOT NULL")
    after = standing("5.4", NOW + HOUR)
    assert (after.state, after.figures["unrestored"]) == (promises.BROKEN, 1)


@pytest.mark.promise("5.4")
def test_an_account_that_is_not_closed_in_time_breaks_5_4(affair: Affair) -> None:
    affair.taken_up().closing()
    late = NOW + APPEAL_WITHIN + 2 * HOUR
    assert standing("5.4", NOW + APPEAL_WITHIN).state == promises.KEPT
    assert standing("5.4", late).state == promises.BROKEN
    sweeping.sweep(by=SYSTEM, at=late)
    assert standing("5.4", late + 2 * HOUR).state == promises.KEPT
    do("DELETE FROM privacy_erasure")
    after = standing("5.4", late + 3 * HOUR)
    assert (after.state, after.figures["closings"]) == (promises.BROKEN, 1)
