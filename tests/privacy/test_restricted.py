"""A restriction keeps data: what reaches its end is set aside for the person until they lift it (GDPR art. 18)."""

from uuid import UUID

import pytest
from django.db import connection

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import promises, retention
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.requests import effects
from ringfence.privacy.retention import actions, customers, holds, restricted
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import LONGEST_HOLD
from ringfence.privacy.rules import RequestKind
from ringfence.telephony.actions import calls
from ringfence.telephony.models import CallRecord
from tests.accounts import builders
from tests.privacy.test_holds import AT, CALLER, DAY, KEPT, call, erased, kept, staff
from tests.telephony.test_call_intake import sold
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]


@pytest.fixture
def person() -> UUID:
    """A customer with one call, who restricts the use of their data."""
    person: UUID = builders.customer()
    _number, e164, _subject = sold(person, at=AT - DAY)
    call(e164, AT)
    effects.stop(subject=person, kind=RequestKind.RESTRICT, by=Actor.customer(person), at=AT)
    return person


def lift(person: UUID) -> None:
    """Allow the use again."""
    effects.lift(subject=person, kind=RequestKind.RESTRICT, by=Actor.customer(person), at=AT + KEPT)


def test_what_is_restricted_is_kept_until_it_is_lifted(person: UUID) -> None:
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    assert not CallRecord.objects.exists()
    [hold] = LegalHold.objects.all()
    assert [one["caller"] for one in kept(hold)] == [CALLER]
    [shown] = holds.shown_to(person, AT + KEPT)
    assert (shown.reason, shown.kept) == (restricted.BECAUSE, {"telephony.CallRecord": 1})
    lift(person)
    assert not HeldRow.objects.exists()
    assert not LegalHold.objects.exists()
    assert not DataKey.objects.filter(retention_class=RetentionClass.HELD, destroyed_at=None).exists()


def test_what_the_person_deletes_is_gone(person: UUID) -> None:
    assert calls.delete_calls(subject=person, by=Actor.customer(person), at=AT) == 1
    assert not HeldRow.objects.exists()


def test_it_lasts_longer_than_a_year_and_staff_do_not_end_it(person: UUID) -> None:
    for days in (91, 340, 690):
        retention.let_go(by=SYSTEM, at=AT + days * DAY)
    [hold] = LegalHold.objects.all()
    assert len(kept(hold)) == 1
    assert hold.until > AT + 2 * LONGEST_HOLD
    with pytest.raises(Refusal):
        actions.end(hold=hold.pk, by=staff(), at=AT)
    found = promises.promise("2.8")
    assert found
    assert found.check(AT + 690 * DAY).figures["on_hold"] == 0


def test_one_from_before_is_held_too(person: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_legalhold")
    restricted.renew(by=SYSTEM, at=AT)
    assert LegalHold.objects.get().subject == person


def test_who_restricts_is_a_customer_still() -> None:
    person = builders.customer()
    effects.stop(subject=person, kind=RequestKind.RESTRICT, by=Actor.customer(person), at=AT)
    assert restricted.in_force().filter(customers.is_one("subject")).exists()


@pytest.mark.promise("2.9")
def test_a_deletion_takes_it_along_and_says_so_before(person: UUID) -> None:
    assert "privacy.holds" not in {one["what"] for one in erasures.what_would_stay(person, AT)}
    assert not erased(person).body["stays"]
    assert not LegalHold.objects.exists()
    assert not HeldRow.objects.exists()
