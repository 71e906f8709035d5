"""Requests on their pages: the form without an account, the link, the customer's list, and the staff's part."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.accounts.models import OutgoingLetter, SignIn
from ringfence.interfaces import clock
from ringfence.kernel.actor import Role
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import effects, refusing
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState
from tests.accounts.builders import customer, run_jobs, staff_member
from tests.privacy.asking import SYSTEM, asked, letters, lose, post, row

NOW = datetime.now(UTC)
KINDS = (RequestKind.CHANGE, RequestKind.OBJECT)
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept": "text/html"})


def filled(client: Client, address: str, kind: str = "delete", **more: str) -> str:
    """Fill in the form without an account; return the page that answers."""
    said = {"kind": kind, "email": address, "asked": "", **more}
    answer = client.post("/en/contact/data/", said, follow=True)
    run_jobs("privacy.answer_request_form")
    return re.sub(r'csrf[^>]*value="[^"]*"', "", answer.content.decode())


@pytest.mark.promise("7.2")
def test_the_form_says_the_same_whoever_the_address_belongs_to(client: Client) -> None:
    customer(email="one@example.com")
    assert filled(client, "one@example.com") == filled(client, "nobody@example.com")
    assert {one.kind for one in OutgoingLetter.objects.all()} == {"request-confirm", "request-unknown"}


def test_the_form_asks_for_what_is_missing_and_stops_a_flood(client: Client) -> None:
    for said, words in [
        ({"kind": "change"}, "Write what is wrong, and what is right."),
        ({"email": "not an address"}, "This is not an e-mail address we can write to."),
        ({"kind": "nonsense"}, "Choose one of these."),
    ]:
        answer = client.post("/en/contact/data/", {"kind": "copy", "email": "one@example.com", **said})
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
    card = client.post(
        "/en/contact/data/", {"kind": "change", "email": "a@example.com", "asked": "4242 4242 4242 4242"}
    )
    assert "We never take those" in card.content.decode()
    assert "Write what is wrong" not in card.content.decode(), "something was written"
    identity = client.post("/en/contact/", {"email": "a@example.com", "text": "I am 01019010046"})
    assert "like a card or account number" not in identity.content.decode()
    assert "there was a national identity number here" in identity.content.decode()
    statuses = [
        client.post("/en/contact/data/", {"kind": "copy", "email": "one@example.com"}).status_code
        for _try in range(6)
    ]
    assert statuses[-1] == 429


@pytest.mark.promise("4.3")
def test_a_deletion_is_confirmed_by_the_link_and_followed(client: Client) -> None:
    person = customer(Client(), email="one@example.com")
    filled(client, "one@example.com")
    address = f"/en/requests/{letters('request-confirm')[0]['token']}/"
    page = client.get(address)
    assert "Was it you who asked?" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin", "without a referrer browsers send a form from nowhere"
    assert not Erasure.objects.exists()
    answer = client.post(address)
    assert answer.status_code == 302
    assert "/receipts/" in answer["Location"]
    assert Erasure.objects.get().subject == person
    assert not SignIn.objects.exists()
    assert client.get(address).status_code == 410


def test_a_customer_restricts_sees_it_and_lifts_it(client: Client) -> None:
    person = customer(client, email="one@example.com")
    answer = client.post("/en/account/requests/new/restrict/", {"asked": ""}, follow=True)
    assert "A restriction of how your data is used" in answer.content.decode()
    assert effects.is_stopped(person, RequestKind.RESTRICT)
    assert "The use of your data is restricted" in client.get("/en/account/requests/").content.decode()
    client.post("/en/account/uses/restrict/lift/")
    assert not effects.is_stopped(person, RequestKind.RESTRICT)


@pytest.mark.promise("4.3")
def test_a_customer_confirms_takes_back_and_reads_why_not(client: Client) -> None:
    person = customer(client, email="one@example.com")
    request = asked(person, RequestKind.CHANGE, NOW, NOW, asked="My name is One")
    address = f"/en/account/requests/{public_id('req', request)}/"
    page = client.get(address).content.decode()
    assert "My name is One" in page
    assert "Yes, it was me" in page
    client.post(f"{address}confirm/")
    assert row(request).state == RequestState.APPROVED
    client.post(f"{address}withdraw/")
    assert row(request).state == RequestState.WITHDRAWN
    other = Client()
    customer(other, email="two@example.com")
    assert other.get(address).status_code == 404
    assert other.post(f"{address}withdraw/").status_code == 404


def test_asking_needs_a_fresh_proof_of_who_it_is(client: Client) -> None:
    customer(client, email="one@example.com")
    with clock.standing_at(NOW + timedelta(hours=1)):
        answer = client.post("/en/account/requests/new/object/", {"asked": ""})
    assert "/prove/" in answer["Location"]
    assert not SubjectRequest.objects.exists()


@pytest.mark.promise("4.2")
def test_staff_file_for_a_caller_and_the_caller_confirms(client: Client) -> None:
    person = customer(email="one@example.com")
    staff_member(client, Role.SUPPORT)
    said = {
        "purpose": "customer-called",
        "wanted": "one@example.com",
        "kind": "change",
        "asked": "Phone is wrong",
        "received_at": (NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
    }
    page = client.post("/en/staff/requests/new/", said, follow=True).content.decode()
    found = SubjectRequest.objects.get()
    assert (found.subject, found.channel, found.state) == (person, Channel.STAFF, RequestState.CONFIRMING)
    assert NOW - found.received_at > timedelta(hours=40)
    assert "Phone is wrong" not in page
    address = f"/en/staff/requests/{public_id('req', found.pk)}/"
    assert "Phone is wrong" in client.post(f"{address}read/").content.decode()
    assert client.post(f"{address}refuse/", {"ground": "16", "reason": "No."}).status_code == 403
    assert client.post("/en/staff/requests/new/", {**said, "wanted": "no@example.com"}).status_code == 422


@pytest.mark.promise("4.3")
def test_staff_refuse_by_a_notice_that_the_customer_reads(client: Client) -> None:
    owner = Client(headers={"accept": "text/html"})
    person: UUID = customer(owner, email="one@example.com")
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    staff_member(client, Role.PRIVACY)
    address = f"requests/{public_id('req', request)}/"
    assert client.post(f"/en/staff/{address}refuse/", {"ground": "16", "reason": ""}).status_code == 422
    client.post(f"/en/staff/{address}refuse/", {"ground": "16", "reason": "It is right already."})
    assert "on its way" in client.get(f"/en/staff/{address}").content.decode()
    assert "It is right already." not in owner.get(f"/en/account/{address}").content.decode()
    post(NOW)
    refusing.follow_notices(by=SYSTEM, at=NOW)
    page = owner.get(f"/nb/account/{address}").content.decode()
    assert "It is right already." in page
    assert "Du kan klage til Datatilsynet" in page


@pytest.mark.promise("4.3")
def test_a_customer_confirms_nothing_that_they_have_not_read(client: Client) -> None:
    person = customer(client, email="one@example.com")
    filled(client, "one@example.com", "change", asked="Ring another number")
    request = SubjectRequest.objects.get()
    address = f"/en/account/requests/{public_id('req', request.pk)}/"
    page = client.get(address).content.decode()
    assert "Ring another number" in page
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen
    asked(person, RequestKind.CHANGE, NOW, NOW, asked="And yet another")
    answer = client.post(f"{address}confirm/", {"seen": seen[1]}, follow=True).content.decode()
    assert "Read what it says now" in answer
    assert row(request.pk).state == RequestState.CONFIRMING
    asked_anew = client.post("/en/account/requests/new/change/", {"asked": "My name"}, follow=True)
    page = asked_anew.content.decode()
    assert "My name" in page
    assert "another" not in page
    assert row(request.pk).state == RequestState.APPROVED


@pytest.mark.promise("4.3")
def test_staff_send_a_lost_notice_again_or_tell_in_another_way(client: Client) -> None:
    requests = [asked(customer(email=f"{kind}@example.com"), kind, NOW, NOW) for kind in KINDS]
    staff_member(client, Role.PRIVACY)
    for request in requests:
        address = f"/en/staff/requests/{public_id('req', request)}/"
        client.post(f"{address}refuse/", {"ground": "12(5)(b)", "reason": "Again and again."})
        lose(NOW + timedelta(minutes=1))
        page = client.get(address).content.decode()
        assert "Send the notice again" in page
        assert "Again and again." not in page
    assert client.get("/en/staff/requests/").content.decode().count("Notice not delivered") == len(KINDS)
    again, told = (f"/en/staff/requests/{public_id('req', request)}/" for request in requests)
    assert "on its way" in client.post(f"{again}again/", follow=True).content.decode()
    assert "Again and again." in client.post(f"{told}read/").content.decode()
    assert client.post(f"{told}told/", {}).status_code == 422
    client.post(f"{told}told/", {"way": "PHONE"})
    assert [row(request).state for request in requests] == [RequestState.RECEIVED, RequestState.REFUSED]


def test_the_sentence_on_a_restriction_says_all_it_does(client: Client) -> None:
    customer(client, email="one@example.com")
    for language, words in (("nb", "dokumenter du har sendt"), ("en", "documents you sent")):
        assert words in client.get(f"/{language}/account/requests/new/restrict/").content.decode()
    client.post("/en/account/requests/new/restrict/", {"asked": ""})
    page = client.get("/en/account/data/holds/").content.decode()
    assert "you allow the use again" in page
    assert "If you do not agree" not in page


@pytest.mark.promise("7.3")
def test_a_fee_says_what_becomes_of_it(client: Client, settings: Settings) -> None:
    settings.COPY_FEES, settings.SELLER_COUNTRY = {"US": Money.of("10.00", "USD")}, "US"
    customer(client, email="us@example.com", country="US")
    page = client.post("/en/account/data/copy/", follow=True).content.decode()
    assert "Without your yes no copy is made" in page
    assert "Yes, it was me" not in page
    client.post(f"/en/account/requests/{public_id('req', SubjectRequest.objects.get().pk)}/fee/")
    run_jobs("privacy.make_copy")
    address = f"requests/{public_id('req', SubjectRequest.objects.get().pk)}/"
    assert "we send you an invoice" in client.get(f"/en/account/{address}").content.decode()
    staff_member(client, Role.PRIVACY)
    assert "owed: send an invoice" in client.get(f"/en/staff/{address}").content.decode()
