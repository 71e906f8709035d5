"""Cases of abuse go when their time is over, with the reports and the keys; and with whom they are about (2.8, 2.9)."""

import base64
from datetime import timedelta

import pytest
from django.db import connection

from ringfence.kernel.public_ids import new_id
from ringfence.privacy import register
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.retention import actions as retention_actions
from ringfence.privacy.retention.models import HeldRow
from ringfence.support.abuse import deciding, queries, sweeping
from ringfence.support.abuse.rules import APPEAL_WITHIN, Decision
from ringfence.support.abuse_models import AbuseCase, AbusePiece, AbuseReport, AbuseSuspension
from ringfence.telephony.actions import numbers
from tests.accounts.builders import customer
from tests.privacy.asking import letters
from tests.privacy.test_holds import placed
from tests.support.cases import DAY, NOW, REPORTER, SYSTEM, Affair

A_YEAR = timedelta(days=366)
pytestmark = [pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def affair() -> Affair:
    """A customer whose number was reported, with a picture."""
    return Affair().reported(address=REPORTER, pictures=[b"picture"])


def living_keys(subject: object) -> int:
    """How many keys somebody has for cases."""
    living = DataKey.objects.filter(subject=subject, destroyed_at=None)
    return living.filter(retention_class=RetentionClass.SUPPORT).count()


def has_no_key(subject: object) -> bool:
    """Tell whether no key of somebody is left, nor what the ledger knows them by."""
    return not DataKey.objects.filter(subject=subject, destroyed_at=None).exists()


@pytest.mark.promise("2.8")
def test_a_case_goes_a_year_after_it_was_closed(affair: Affair) -> None:
    stranger = AbuseReport.objects.get().subject
    affair.taken_up().decided(Decision.WARNING)
    queries.look_at(case=affair.case, by=affair.first, at=NOW)
    closed = NOW + APPEAL_WITHIN
    sweeping.sweep(by=SYSTEM, at=closed)
    assert sweeping.let_go(by=SYSTEM, at=closed + timedelta(days=364)) == 0
    assert sweeping.overdue(closed + A_YEAR) == 1
    assert sweeping.let_go(by=SYSTEM, at=closed + A_YEAR, dry_run=True) == 1
    assert sweeping.let_go(by=SYSTEM, at=closed + A_YEAR) == 1
    assert not AbuseCase.objects.exists()
    assert not AbusePiece.objects.exists()
    assert has_no_key(stranger)
    assert living_keys(affair.subject) == 1, "the customer’s key has other uses"


@pytest.mark.promise("2.8")
def test_a_case_stays_as_long_as_it_suspends_a_number(affair: Affair) -> None:
    affair.taken_up().decided()
    sweeping.sweep(by=SYSTEM, at=NOW + APPEAL_WITHIN)
    late = NOW + APPEAL_WITHIN + A_YEAR
    assert (sweeping.overdue(late), sweeping.let_go(by=SYSTEM, at=late)) == (0, 0)
    numbers.rest(number=affair.number.id, by=SYSTEM, at=late)
    sweeping.sweep(by=SYSTEM, at=late)
    assert AbuseSuspension.objects.get().ended_at == late
    assert sweeping.let_go(by=SYSTEM, at=late) == 1


@pytest.mark.promise("2.9")
def test_what_others_reported_goes_with_whom_it_is_about(affair: Affair) -> None:
    known = customer(email="known@example.com")
    affair.reported(address="known@example.com")
    stranger = AbuseReport.objects.exclude(subject=known).get().subject
    begun(affair.subject)
    assert not AbuseReport.objects.exists()
    assert not AbuseCase.objects.exists()
    assert (living_keys(stranger), living_keys(affair.subject), living_keys(known)) == (0, 0, 1)


@pytest.mark.promise("5.3")
def test_who_reported_is_told_before_the_case_goes_with_whom_it_is_about(affair: Affair) -> None:
    begun(affair.subject)
    (letter,) = letters("abuse-outcome")
    assert (letter["over"], letter["acted"]) == (True, True)


@pytest.mark.promise("2.9")
def test_a_report_goes_with_its_writer_and_the_case_stays(affair: Affair) -> None:
    later = customer(email=REPORTER)
    affair.reported(address=REPORTER)
    assert AbuseReport.objects.filter(subject=later).count() == 1, "the first one came from nobody we knew"
    begun(later)
    assert not AbuseReport.objects.exists()
    deciding.take_up(case=affair.case, by=affair.first, at=NOW + DAY)


@pytest.mark.promise("2.8")
@pytest.mark.parametrize("way", ["retention", "whom it is about", "its writer"])
def test_a_hold_on_whom_it_is_about_keeps_the_evidence(affair: Affair, way: str) -> None:
    known = customer(email="known@example.com")
    affair.reported(address="known@example.com", pictures=[b"drawn anew"])
    affair.taken_up().decided(Decision.WARNING)
    hold = placed(affair.subject, classes=["support"], until=NOW + 90 * DAY, at=NOW)
    if way == "retention":
        sweeping.sweep(by=SYSTEM, at=NOW + APPEAL_WITHIN)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE support_abusecase SET closed_at = closed_at - interval '366 days'")
        sweeping.let_go(by=SYSTEM, at=NOW + 20 * DAY)
    else:
        begun(known if way == "its writer" else affair.subject)
    assert not AbuseReport.objects.filter(subject=known).exists()
    keyring.forget()
    kept = [row.content.open() for row in HeldRow.objects.filter(hold=hold, subject=hold.pk)]
    assert "known@example.com" in {one.get("address") for one in kept}
    assert base64.b64encode(b"drawn anew").decode() in {one.get("content") for one in kept}
    assert not _says(affair.subject, "known@example.com"), "who reported stands in nobody’s copy"
    retention_actions.expire(by=SYSTEM, at=NOW + 90 * DAY)
    assert not HeldRow.objects.exists()
    assert has_no_key(hold.pk)


def _says(subject: object, words: str) -> bool:
    return words in str([list(one.hand_over(subject)) for one in register.holders()])


def begun(subject: object) -> None:
    """Delete somebody, all steps."""
    from ringfence.privacy.erasure.models import Erasure

    erasure.begin(subject=subject, request=None, by=SYSTEM, at=NOW)
    erasure.proceed(erasure=Erasure.objects.get(subject=subject).pk, by=SYSTEM, at=NOW)


def test_nobody_is_concerned_where_nothing_was_reported(affair: Affair) -> None:
    other = customer(email="other@example.com")
    assert sweeping.who_is_concerned([other, new_id(), affair.subject]) == {affair.subject}
