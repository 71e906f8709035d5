"""A report becomes a case; one decides, two close an account, somebody else answers an appeal (clauses 5.3 and 5.4)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from ringfence.accounts import closing
from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor
from ringfence.privacy import queries as privacy
from ringfence.support.abuse import appealing, deciding, queries, reporting, sweeping
from ringfence.support.abuse.rules import APPEAL_WITHIN, AbuseKind, AbuseState, Decision, Outcome
from ringfence.support.abuse_models import AbuseCase, AbusePiece, AbuseReport, AbuseSuspension
from ringfence.telephony.actions import messages, numbers
from ringfence.telephony.message_models import Message
from ringfence.telephony.message_ports import Arrived
from ringfence.telephony.models import Number
from tests import world
from tests.accounts.builders import customer
from tests.privacy.asking import letters
from tests.support.cases import DAY, NOW, REPORTER, SYSTEM, Affair, of_staff, refused

pytestmark = [pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def affair() -> Affair:
    """A customer whose number was reported."""
    return Affair().reported(address=REPORTER)


@pytest.mark.promise("5.3")
def test_a_report_becomes_a_case_and_further_ones_join_it(affair: Affair) -> None:
    assert (affair.row.state, affair.row.subject) == (AbuseState.REPORTED, affair.subject)
    first = affair.case
    assert (
        affair.reported(number=affair.number.e164.replace("+44", "0044 "), kind=AbuseKind.OTHER).case == first
    )
    affair.taken_up().decided()
    assert affair.reported().case != first, "what comes after a decision is looked at anew"
    assert _written_to(REPORTER) == ["abuse-outcome", "abuse-received"]


@pytest.mark.promise("5.3")
def test_a_number_that_is_not_ours_is_a_case_about_nobody() -> None:
    report = reporting.report(
        number="+1 555 0199", kind=AbuseKind.THREATS, said="Threats.", by=Actor.stranger(), at=NOW
    )
    case = AbuseReport.objects.get(pk=report).case
    by = of_staff()
    deciding.take_up(case=case.pk, by=by, at=NOW)
    assert (case.number, queries.look_at(case=case.pk, by=by, at=NOW).has_customer) == (None, False)
    with refused("abuse.nobody"):
        deciding.decide(case=case.pk, decision=Decision.WARNING, clause="5.4", reason="It.", by=by, at=NOW)
    deciding.dismiss(case=case.pk, by=by, at=NOW)
    assert AbuseCase.objects.get(pk=case.pk).state == AbuseState.CLOSED


@pytest.mark.promise("5.3")
def test_a_report_is_its_writers_alone(affair: Affair) -> None:
    known = customer(email="known@example.com")
    affair.reported(address="Known@Example.com", said="I know them.", pictures=[b"x" * 300_000])
    report = AbuseReport.objects.get(subject=known)
    assert report.said.open() == "I know them."
    assert [len(one.content.open()) for one in AbusePiece.objects.order_by("place")] == [262_144, 37_856]
    assert "said" not in {field.name for field in AbuseCase._meta.local_fields}
    shown = queries.look_at(case=affair.case, by=affair.first, at=NOW)
    assert {one.address for one in shown.reports} == {REPORTER, "known@example.com"}
    assert privacy.lines_of(known).filter(action="abuse.look_at").exists(), "who reported reads who looked"
    (picture,) = (one for report in shown.reports for one in report.pictures)
    opened = queries.open_picture(case=affair.case, picture=picture.id, by=affair.first, at=NOW)
    assert opened == b"x" * 300_000
    other = Affair("other@example.com").reported()
    with refused("abuse.unknown"):
        queries.open_picture(case=other.case, picture=picture.id, by=affair.first, at=NOW)


@pytest.mark.promise("5.4")
def test_a_suspended_number_refuses_and_its_customer_reads_why(affair: Affair) -> None:
    affair.taken_up().decided()
    assert affair.state == "suspended"
    arrived = Arrived("SM1", affair.number.e164, "+447700900123", "Hello", sent_at=NOW)
    messages.take_in(carrier="twilio", arrived=arrived, by=Actor.carrier("twilio"), at=NOW)
    assert not Message.objects.exists()
    (letter,) = letters("abuse-decision")
    assert (letter["decision"], letter["clause"], letter["number"]) == (
        "suspension",
        "5.4",
        affair.number.e164,
    )
    assert letter["reason"] == "You called people in a bank’s name."
    (shown,) = queries.decided_of(affair.subject)
    assert (shown.reason, shown.suspended) == (letter["reason"], (affair.number.e164,))
    assert shown.can_be_appealed(NOW)
    assert not shown.reports, "who reported is not shown"


@pytest.mark.promise("5.4")
@pytest.mark.parametrize("unpaid_first", [False, True])
@pytest.mark.parametrize("paid_first", [False, True])
def test_a_number_rings_when_neither_a_case_nor_a_payment_keeps_it_suspended(
    affair: Affair, *, unpaid_first: bool, paid_first: bool
) -> None:
    number = {"number": affair.number.id, "by": SYSTEM, "at": NOW}

    def decide() -> object:
        return affair.taken_up().decided()

    def not_paid() -> object:
        return numbers.suspend(reason="unpaid", **number)

    def lift() -> object:
        return deciding.lift(case=affair.case, by=affair.first, at=NOW)

    def paid() -> object:
        return numbers.resume(reason="paid", lifts="unpaid", **number)

    for suspends in (not_paid, decide) if unpaid_first else (decide, not_paid):
        suspends()
        assert affair.state == "suspended"
    (first, last) = (paid, lift) if paid_first else (lift, paid)
    first()
    assert affair.state == "suspended"
    line = privacy.lines_of(affair.subject).get(action="number.end_suspension_for")
    assert line.facts["reason"] == ("unpaid" if paid_first else "abuse")
    paid()
    assert privacy.lines_of(affair.subject).filter(action="number.end_suspension_for").count() == 1
    last()
    assert affair.state == "in_service"
    (letter,) = letters("abuse-restored")
    assert letter.get("stays") == (None if paid_first else "yes")


@pytest.mark.promise("5.4")
def test_a_warning_suspends_nothing_and_all_suspends_everything(affair: Affair) -> None:
    affair.taken_up().decided(Decision.WARNING)
    assert (affair.state, AbuseSuspension.objects.count()) == ("in_service", 0)
    other = world.number_of(affair.subject, NOW)
    affair.reported().taken_up().decided(Decision.ALL_SUSPENDED)
    assert {one.state for one in Number.objects.filter(pk__in=[affair.number.id, other.id])} == {"suspended"}
    assert queries.look_at(case=affair.case, by=affair.first, at=NOW).earlier == {"warning": 1}


@pytest.mark.promise("5.4")
def test_an_account_is_closed_by_two_people_and_after_the_time_for_an_appeal(affair: Affair) -> None:
    affair.taken_up().closing(confirmed=False)
    assert affair.state == "suspended", "its numbers are quiet while somebody else looks"
    with refused("abuse.same_hand"):
        deciding.confirm_closing(case=affair.case, by=affair.first, at=NOW)
    deciding.confirm_closing(case=affair.case, by=affair.second, at=NOW)
    assert closing.is_about_to_be_closed(affair.subject), "nothing is sold to it"
    sweeping.sweep(by=SYSTEM, at=NOW + APPEAL_WITHIN - timedelta(seconds=1))
    assert not privacy.being_erased(affair.subject)
    sweeping.sweep(by=SYSTEM, at=NOW + APPEAL_WITHIN)
    assert privacy.being_erased(affair.subject)
    assert [letter["waits"] for letter in letters("abuse-decision") if "waits" in letter] == ["yes"]
    assert [letter["decision"] for letter in letters("abuse-closed")] == ["closing"]


@pytest.mark.promise("5.4")
def test_one_who_decides_may_not_close_alone_nor_answer(affair: Affair) -> None:
    affair.taken_up()
    with refused("abuse.takes_two"):
        affair.decided(Decision.CLOSING)
    affair.closing().appealed()
    for by in (affair.first, affair.second):
        with refused("abuse.same_hand_answers"):
            affair.answered(Outcome.UPHELD, by=by)
    affair.answered(Outcome.OVERTURNED)
    assert (affair.state, affair.row.state) == ("in_service", AbuseState.CLOSED)
    assert [letter["why"] for letter in letters("abuse-restored")] == ["appeal"]
    assert not closing.is_about_to_be_closed(affair.subject)


@pytest.mark.promise("5.4")
@pytest.mark.parametrize(
    "columns", ["confirmed_by = decided_by", "answered_by = decided_by", "reason = NULL"]
)
def test_the_database_refuses_one_pair_of_hands_and_no_reason(affair: Affair, columns: str) -> None:
    affair.taken_up().closing()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE support_abusecase SET {columns}")


@pytest.mark.promise("5.4")
def test_a_lost_appeal_makes_it_final(affair: Affair) -> None:
    affair.taken_up().decided().appealed(NOW + DAY)
    with refused("abuse.cannot_move"):
        affair.appealed(NOW + 2 * DAY)
    affair.answered(Outcome.UPHELD)
    assert (affair.state, affair.row.outcome) == ("suspended", "upheld")
    assert [letter["answer"] for letter in letters("abuse-upheld")] == ["We looked at it again."]


@pytest.mark.promise("5.4")
def test_only_its_customer_appeals_and_in_time(affair: Affair) -> None:
    affair.taken_up().decided()
    stranger = Actor.customer(customer(email="other@example.com"))
    with refused("abuse.unknown"):
        appealing.appeal(case=affair.case, text="Me.", by=stranger, at=NOW)
    with refused("abuse.too_late"):
        affair.appealed(NOW + APPEAL_WITHIN)
    with refused("abuse.no_words"):
        appealing.appeal(case=affair.case, text=" ", by=affair.by, at=NOW)


def test_a_declined_closing_restores_and_lets_decide_again(affair: Affair) -> None:
    affair.taken_up().closing(confirmed=False)
    deciding.decline_closing(case=affair.case, by=affair.second, at=NOW)
    assert (affair.state, affair.row.state, affair.row.decision) == ("in_service", AbuseState.LOOKING, "")
    assert affair.decided(Decision.WARNING).row.state == AbuseState.DECIDED


def test_two_cases_of_one_number_must_both_let_it_ring(affair: Affair) -> None:
    affair.taken_up().decided()
    first = affair.case
    affair.reported().taken_up().decided()
    deciding.lift(case=first, by=affair.first, at=NOW + DAY)
    assert affair.state == "suspended"
    deciding.lift(case=affair.case, by=affair.first, at=NOW + DAY)
    assert affair.state == "in_service"


def _written_to(address: str) -> list[str]:
    return sorted(row.kind for row in OutgoingLetter.objects.all() if row.email.open() == address)
