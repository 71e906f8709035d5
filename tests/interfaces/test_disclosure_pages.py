"""Who received what, as the customer reads it and as those for privacy work with it (clauses 0.1, 2.5)."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from ringfence.accounts import actions
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.disclosure import queries
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver
from tests.accounts import builders
from tests.privacy import handing
from tests.privacy.handing import COMPANY, NAME
from tests.privacy.test_holds import call
from tests.telephony.test_call_intake import sold

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.5")]


def address(name: str, *args: str, language: str = "en") -> str:
    """Return the address of a page."""
    with translation.override(language):
        return reverse(name, args=args)


def page(client: Client, name: str, *args: str, language: str = "en") -> str:
    answer = client.get(address(name, *args, language=language))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def browser(client: Client, settings: Settings) -> Client:
    """The browser of a customer of a store with a group."""
    handing.in_the_terms(settings, builders.now())
    builders.customer(client, name="Some Name")
    return client


@pytest.fixture
def person(browser: Client) -> UUID:
    from ringfence.accounts import queries as accounts

    found = accounts.find_by_address("customer1@example.com")
    assert found
    return found


@pytest.fixture
def desk(person: UUID) -> Client:
    """The browser of a member of staff for privacy."""
    client = Client()
    builders.staff_member(client, Role.PRIVACY)
    return client


def test_a_customer_reads_who_received_what_when_and_why(browser: Client, person: UUID) -> None:
    assert "There is none that we may show you" in page(browser, "account:disclosures")
    assert address("account:disclosures") in page(browser, "account:data")
    handing.hand_over(person, at=builders.now(), by=handing.staff())
    actions.set_profile(person=person, name="New Name", by=Actor.customer(person), at=builders.now())
    for language, words in (
        ("en", ("companies of our group", "Our staff", "Told of your change", "not answered yet")),
        ("nb", ("konsern", "Fått vite om endringen din", "ikke svart ennå")),
    ):
        shown = page(browser, "account:disclosures", language=language)
        assert COMPANY in shown
        assert Disclosure.objects.get().public_id in shown
        assert "GDPR art. 6(1)(f)" in shown
        for word in words:
            assert word.lower() in shown.lower()


def test_what_goes_out_every_day_is_counted_from_the_rows_that_are_there(
    browser: Client, person: UUID
) -> None:
    shown = page(browser, "account:disclosures")
    assert "never so far" in shown
    call(sold(person)[1], builders.now())
    shown = page(browser, "account:disclosures")
    assert "once" in shown


def test_many_entries_come_in_pages(browser: Client, person: UUID) -> None:
    for minute in range(21):
        handing.hand_over(person, at=builders.now() + timedelta(minutes=minute), by=handing.staff())
    assert page(browser, "account:disclosures").count("dsc_") == 20
    assert browser.get(address("account:disclosures") + "?page=2").content.count(b"dsc_") == 1
    assert browser.get(address("account:disclosures") + "?page=9").status_code == 302


def test_nobody_reads_what_others_had_handed_over(browser: Client, person: UUID) -> None:
    handing.hand_over(person, at=builders.now(), by=handing.staff())
    other = Client()
    builders.customer(other, email="other@example.com")
    assert COMPANY not in page(other, "account:disclosures").partition("Every day")[0]


@pytest.mark.promise("0.1")
def test_staff_hand_over_by_a_form_and_get_the_file_once(desk: Client, person: UUID) -> None:
    form = page(desk, "console:hand_over")
    assert COMPANY in form
    assert "telephony.CallRecord" not in form
    said = {
        "company": COMPANY,
        "purpose": "The company answers the phone for us",
        "people": "customer1@example.com\n",
        "fields_given": [NAME],
    }
    wrong = desk.post(
        address("console:hand_over"), said | {"people": "customer1@example.com\nnobody@example.com"}
    )
    assert "There is no such customer on line 2" in wrong.content.decode()
    assert not HandOver.objects.exists()
    answer = desk.post(address("console:hand_over"), said)
    assert answer["Content-Disposition"].startswith('attachment; filename="hnd_')
    assert answer["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["people"][0]["records"][0]["name"] == "Some Name"
    listed = page(desk, "console:disclosures")
    assert HandOver.objects.get().public_id in listed
    assert "one customer" in listed


def test_a_recipient_that_has_not_answered_is_on_the_desk_until_it_has(desk: Client, person: UUID) -> None:
    handing.hand_over(person, at=builders.now(), by=handing.staff())
    assert "Tell a recipient of a change" not in page(desk, "console:desk")
    actions.set_profile(person=person, name="New Name", by=Actor.customer(person), at=builders.now())
    assert "Tell a recipient of a change" in page(desk, "console:desk")
    [waiting] = queries.unanswered()
    assert waiting.reference in page(desk, "console:disclosures")
    answer = desk.post(address("console:recipient_answered", waiting.public_id), follow=True)
    assert "the recipient has answered" in answer.content.decode()
    assert "Tell a recipient of a change" not in page(desk, "console:desk")
    desk.post(address("console:recipient_not_answered", waiting.public_id))
    assert queries.unanswered() == [waiting]
