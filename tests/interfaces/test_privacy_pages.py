"""The pages of the privacy core: policy with its proof, your data, deletion to the receipt, the desk's views."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter
from ringfence.interfaces import clock
from ringfence.interfaces.mail import intake
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import sweeping
from ringfence.privacy.copying.models import DataCopy
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.ledger import checkpoints
from ringfence.privacy.policy_text import NUMBERS
from ringfence.privacy.promises import BROKEN, Finding, running
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.support import actions as support
from tests.accounts.builders import customer, run_jobs, staff_member
from tests.privacy.copying import files_of

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def swept(settings: Settings, open_mail_port: intake.Controller) -> None:
    """An installation as it is after its start."""
    assert open_mail_port.server is not None
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    sweeping.sweep(by=SYSTEM, at=NOW)


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept": "text/html"})


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_policy_shows_every_clause_with_its_proof(client: Client, language: str) -> None:
    page = client.get(f"/{language}/policy/").content.decode()
    for number in NUMBERS:
        assert f'id="clause-{number}"' in page
    assert page.count('class="tag kept"') >= 7
    assert 'class="tag plain"' not in page, "a clause is not checked"
    again = client.get(f"/{language}/policy/1/")
    assert again.status_code == 200
    assert client.get(f"/{language}/policy/99/").status_code == 404


def test_a_stale_check_is_not_shown_as_kept(client: Client) -> None:
    with clock.standing_at(NOW + timedelta(minutes=20)):
        page = client.get("/en/policy/").content.decode()
    assert "The last check is too old to count" in page
    assert '<span class="tag kept">' not in page
    with clock.standing_at(NOW + timedelta(minutes=20)):
        found = client.get("/promises.json").json()
    said = {one["clause"]: one["state"] for one in found["promises"] if one["state"] != "not_enforced"}
    assert said == {}, "machines are told the same"


def test_a_broken_promise_stays_broken_when_the_checks_stop(client: Client) -> None:
    running.record(clause="2.3", finding=Finding(BROKEN, "", {}), by=SYSTEM, at=NOW + timedelta(minutes=1))
    with clock.standing_at(NOW + timedelta(hours=2)):
        found = {one["clause"]: one["state"] for one in client.get("/promises.json").json()["promises"]}
    assert found["2.3"] == "broken"


def test_the_promises_as_data(client: Client) -> None:
    found = client.get("/promises.json").json()
    by_clause = {one["clause"]: one for one in found["promises"]}
    assert list(by_clause) == list(NUMBERS)
    assert by_clause["4.3"]["state"] == "kept"
    assert by_clause["3.3"]["state"] == "kept"
    assert set(by_clause["4.3"]) >= {"clause", "state", "checked_at", "since", "figures"}


def test_the_published_ledger_is_served(client: Client) -> None:
    assert client.get("/ledger/checkpoint").status_code == 404
    checkpoints.publish(by=SYSTEM, at=NOW)
    note = client.get("/ledger/checkpoint").content.decode()
    size = int(note.split("\n")[1])
    assert len(client.get("/ledger/hashes").getvalue()) == 32 * size
    assert len(client.get(f"/ledger/hashes?from={size - 1}").getvalue()) == 32
    assert client.get("/ledger/hashes?from=999999").status_code == 404
    assert client.get("/ledger/key").content.count(b"+") >= 2
    assert client.get("/ledger/verifier.py").content.startswith(b"#!/usr/bin/env python3")
    assert client.get("/ledger/consistency?from=1").json()["to"] == size
    assert client.get("/ledger/receipts/rcp_nothing.json").status_code == 404


@pytest.mark.promise("4.1")
@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_customer_sees_what_is_held(client: Client, language: str) -> None:
    customer(client, email="seen@example.com", name="Customer One", country="NO")
    page = client.get(f"/{language}/account/data/").content.decode()
    assert "seen@example.com" in page
    assert "Customer One" in page
    assert "argon2" not in page.lower()


@pytest.mark.promise("2.9")
def test_a_customer_deletes_the_account_and_gets_a_receipt(client: Client) -> None:
    person = customer(client, email="leaving@example.com", name="Customer One")
    page = client.get("/en/account/data/delete/").content.decode()
    assert "Delete now" in page
    assert client.post("/en/account/data/delete/now/").status_code == 302
    assert not Erasure.objects.exists()
    answer = client.post("/en/account/data/delete/now/", {"sure": "yes"})
    address = answer["Location"]
    assert address.startswith("/en/receipts/")
    assert client.get("/en/account/").status_code == 302, "signed out"
    waiting = client.get(address)
    assert "is being deleted" in waiting.content.decode()
    assert waiting["Referrer-Policy"] == "same-origin", "without a referrer its buttons send from nowhere"
    run_jobs("privacy.erase")
    done = client.get(address).content.decode()
    assert "Your account is deleted" in done
    receipt = client.get(f"{address}?download")
    assert str(person) not in receipt.content.decode()
    checked = client.post("/nb/receipts/", {"receipt": receipt.content.decode()}).content.decode()
    assert "notice good" in checked
    altered = receipt.content.decode().replace("ringfence-receipt-1", "ringfence-receipt-2")
    assert "notice broken" in client.post("/en/receipts/", {"receipt": altered}).content.decode()
    assert "notice broken" in client.post("/en/receipts/", {"receipt": "hello"}).content.decode()
    assert "notice broken" in client.post("/en/receipts/", {"receipt": "[1]"}).content.decode()
    number = json.loads(receipt.content)["body"]["receipt"]
    assert client.get(f"/ledger/receipts/{number}").json() == json.loads(receipt.content)
    with clock.standing_at(NOW + timedelta(days=31)):
        assert client.get(address).status_code == 404


def test_a_deletion_needs_a_fresh_proof(client: Client) -> None:
    customer(client)
    with clock.standing_at(NOW + timedelta(hours=1)):
        assert "/prove" in client.post("/en/account/data/delete/now/", {"sure": "yes"})["Location"]
        assert "/prove" in client.post("/en/account/data/copy/")["Location"]
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("path", ["requests", "ledger", "promises"])
def test_staff_pages_are_for_staff(client: Client, path: str) -> None:
    assert client.get(f"/en/staff/{path}/").status_code == 302
    customer(client)
    assert client.get(f"/en/staff/{path}/").status_code == 403


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_desk_sees_requests_ledger_and_promises(client: Client, language: str) -> None:
    person = customer(email="asking@example.com")
    requests.open_request(
        subject=person, kind=RequestKind.CHANGE, channel=Channel.MAIL, by=SYSTEM, at=NOW,
        received_at=NOW - timedelta(days=25),
    )  # fmt: skip
    staff_member(client, Role.PRIVACY)
    page = client.get(f"/{language}/staff/requests/").content.decode()
    assert "req_" in page
    assert "meter due" in page
    assert client.get(f"/{language}/staff/ledger/").status_code == 200
    assert "notice good" in client.post(f"/{language}/staff/ledger/").content.decode()
    assert client.post(f"/{language}/staff/promises/").status_code == 302
    assert "4.3" in client.get(f"/{language}/staff/promises/").content.decode()
    desk = client.get(f"/{language}/staff/").content.decode()
    assert "req_" in desk
    assert "4.3" in desk


def test_a_copy_that_failed_half_way_can_be_asked_for_again(client: Client) -> None:
    person = customer(client)
    half = requests.open_request(
        subject=person, kind=RequestKind.COPY, channel=Channel.ACCOUNT, by=SYSTEM, at=NOW
    )
    requests.approve(request=half.pk, by=SYSTEM, at=NOW)
    answer = client.post("/en/account/data/copy/")
    assert answer.status_code == 302, "an open, approved request is joined and met"


@pytest.mark.promise("2.3")
def test_what_is_shown_is_readable_and_opens_nothing(client: Client, settings: Settings) -> None:
    person = customer(client, country="NO")
    accounts.set_profile(person=person, phone="+442079460888", by=Actor.customer(person), at=NOW)
    accounts.ask_address_change(person=person, address="moved@example.org", by=Actor.customer(person), at=NOW)
    run_jobs("accounts.answer")
    tokens = [row.facts.open()["token"] for row in OutgoingLetter.objects.filter(subject=person)]
    assert len(tokens) == 2
    mails = {
        "customer1@example.com": f"Subject: Noon\n\nNobody answers; see https://example.org/{tokens[0]}/\n",
        settings.MAIL_FROM: f"Subject: Ours\n\nOpen https://example.org/{tokens[1]}/\n",
    }
    for sender, content in mails.items():
        support.receive_letter(
            content=content.encode(),
            sender=sender,
            recipients=["customer1@example.com"],
            own=sender == settings.MAIL_FROM,
            by=SYSTEM,
            at=NOW,
        )
    page = "".join(
        client.get(f"/en/account/data/kinds/{kind}/").content.decode()
        for kind in ("accounts.profile", "accounts.letters", "support.letters")
    )
    client.post("/en/account/data/copy/")
    run_jobs("privacy.make_copy")
    copied = "".join(content.decode() for content in files_of(DataCopy.objects.get().pk).values())
    for said in (page, copied):
        assert not [token for token in tokens if token in said or token.encode().hex() in said]
        assert "\N{REPLACEMENT CHARACTER}" not in said
        assert "Nobody answers" in said
        assert "Ours" not in said
        assert "Norway" in said
        assert "English" in said
        assert "+44 20 7946 0888" in said
        assert "Confirm the change of your address" in said
