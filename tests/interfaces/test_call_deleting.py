"""What is deleted is what the page had said, and never more (clause 2.9); what is gone does not come back."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.interfaces.account import call_words
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.telephony import call_log, queries
from ringfence.telephony.actions import calls, missed
from ringfence.telephony.models import CallRecord, DeletedCall
from ringfence.telephony.ports import Outcome
from tests.accounts.builders import TESTS, now
from tests.interfaces.test_call_pages import CALLS, ONE, TWO, forget_digests, owner, ring, rows, seen

__all__ = ("owner",)
pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.9")]


def callers(client: Client) -> str:
    """Return the address of the page that deletes the calls of one caller, who is named by a call."""
    found = str(client.post(f"{CALLS}caller/", {"caller": ONE})["Location"])
    return found.replace(CALLS, f"{CALLS}delete/")


def test_sent_twice_it_deletes_once(client: Client, owner: UUID) -> None:
    address = callers(client)
    assert "These are 2 records" in client.get(address).content.decode()
    assert client.post(address, {"count": 2}).status_code == 302
    again = client.post(address, {"count": 2}, follow=True).content.decode()
    assert "are gone already" in again
    assert CallRecord.objects.count() == 2
    assert "are gone already" in client.get(address, follow=True).content.decode()


@pytest.mark.parametrize(
    "query", ["number=num_x", "outcome=x", "since=x", "until=9999-12-31", "since=0001-01-01", "caller=call_x"]
)
def test_what_is_not_understood_means_none_and_never_all(client: Client, owner: UUID, query: str) -> None:
    client.post(f"{CALLS}delete/?{query}", {"count": 4})
    assert CallRecord.objects.count() == 4
    assert client.get(f"{CALLS}calls.csv?{query}").status_code == 404
    assert rows(seen(client, f"?{query}")) == 4


def test_only_as_many_are_deleted_as_the_page_had_said(client: Client, owner: UUID) -> None:
    e164 = queries.numbers_of(owner)[0].e164
    ring(e164, now(), caller=TWO)
    for sent in ({"count": 4}, {"count": "x"}, {}):
        page = client.post(f"{CALLS}delete/", sent).content.decode()
        assert "These are 5 records" in page
        assert CallRecord.objects.count() == 5
    client.post(f"{CALLS}delete/", {"count": 5})
    assert not CallRecord.objects.exists()


def test_a_call_that_is_deleted_while_it_is_up_does_not_come_back(client: Client, owner: UUID) -> None:
    e164, began = queries.numbers_of(owner)[0].e164, now()
    ring(e164, began, caller=ONE, outcome=Outcome.IN_PROGRESS, answered_at=began, ended_at=None)
    assert CallRecord.objects.count() == 5
    calls.delete_calls(subject=owner, by=TESTS, at=now())
    ring(e164, began, caller=ONE)
    assert not CallRecord.objects.exists()
    calls.forget_deleted(by=TESTS, at=now() + timedelta(hours=12))
    assert DeletedCall.objects.count() == 1
    calls.forget_deleted(by=TESTS, at=now() + timedelta(hours=14))
    assert not DeletedCall.objects.exists()


def test_letters_about_other_callers_stay(client: Client, owner: UUID) -> None:
    e164, at = queries.numbers_of(owner)[0].e164, now()
    ring(e164, at, caller=ONE, outcome=Outcome.MISSED_BY_MAIL, code=480)
    later = at + missed.SPACING + timedelta(seconds=1)
    ring(e164, at + timedelta(seconds=1), caller=ONE, outcome=Outcome.MISSED_BY_MAIL, code=480)
    ring(e164, at + timedelta(seconds=2), caller=TWO, outcome=Outcome.MISSED_BY_MAIL, code=480)
    missed.write_of_waiting(by=TESTS, at=later)
    assert sorted(len(facts["calls"]) for facts in letters()) == [1, 2]
    second = CallRecord.objects.get(started_at=at + timedelta(seconds=1))
    calls.delete_call(subject=owner, call=second.pk, by=TESTS, at=later)
    assert sorted(facts["callers"] for facts in letters()) == [[ONE], [TWO]]


def letters() -> list[dict[str, list[str]]]:
    """Return what the letters about missed calls say."""
    found = [row.facts.open() for row in OutgoingLetter.objects.filter(kind=missed.KIND)]
    return [facts for facts in found if isinstance(facts, dict)]


def test_a_letter_counts_no_call_that_is_gone(client: Client, owner: UUID) -> None:
    e164, at = queries.numbers_of(owner)[0].e164, now()
    for place in range(3):
        ring(e164, at + timedelta(seconds=place), caller=TWO, outcome=Outcome.MISSED_BY_MAIL, code=480)
    gone = CallRecord.objects.get(started_at=at + timedelta(seconds=1))
    calls.delete_call(subject=owner, call=gone.pk, by=TESTS, at=at)
    missed.write_of_waiting(by=TESTS, at=at + missed.SPACING + timedelta(seconds=1))
    assert {(facts["count"], facts["more"]) for facts in letters()} == {(1, 0)}


def test_the_first_place_is_the_first(client: Client, owner: UUID) -> None:
    e164 = queries.numbers_of(owner)[0].e164
    ring(e164, now(), caller=TWO, outcome=Outcome.BUSY, step=0)
    assert call_words.shown(queries.calls_of(owner)[0]).place == 1
    ring(e164, now(), caller=TWO, outcome=Outcome.BUSY, step=None)
    assert call_words.shown(queries.calls_of(owner)[0]).place == 0


def test_records_of_somebody_who_is_being_erased_hold_up_no_others(client: Client, owner: UUID) -> None:
    forget_digests(by=TESTS, at=now())
    destroy_key(subject=owner, by=TESTS, at=now())
    keyring.forget()
    assert calls.add_digests(by=TESTS, at=now(), limit=2) == 2
    assert calls.add_digests(by=TESTS, at=now(), limit=2) == 1, "those are not met again"
    assert calls.add_digests(by=TESTS, at=now(), limit=2) == 0
    call = CallRecord.objects.filter(caller__isnull=False)[0].public_id
    assert call_log.caller_of(owner, call) is None, "it is not found as a caller who withheld the number"


@action("tests.destroy_key")
def destroy_key(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Have an erasure at its beginning: the keys are gone, the rows are there yet."""
    keys.destroy(
        subject=subject, classes=frozenset({RetentionClass.ACCOUNT, RetentionClass.TRAFFIC}), by=by, at=at
    )
