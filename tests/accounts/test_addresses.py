"""An e-mail address changes when both the old and the new one have been confirmed (clause 4.1)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from ringfence.accounts import actions, queries
from ringfence.accounts.models import AddressChange, OneTimeLink, OutgoingLetter
from ringfence.accounts.rules import LinkKind
from ringfence.interfaces import clock
from tests.accounts.builders import PASSWORD, TESTS, customer, now, run_jobs

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
OLD, NEW = "customer1@example.com", "moved@example.org"


def ask(client: Client, address: str = NEW) -> dict[str, str]:
    """Ask for the change and return the tokens by kind of letter."""
    assert client.post("/en/account/details/email/", {"email": address}).status_code == 302
    run_jobs("accounts.answer")
    return {
        letter.kind: str(letter.facts.open().get("token", "")) + " " + str(letter.email.open())
        for letter in OutgoingLetter.objects.order_by("made_at")
    }


@pytest.mark.promise("4.1")
@pytest.mark.parametrize("order", [("from", "to"), ("to", "from")])
def test_both_sides_confirm(client: Client, order: tuple[str, str]) -> None:
    person = customer(client)
    letters = ask(client)
    tokens = {side: letters[f"address-change-{side}"].split(" ") for side in ("from", "to")}
    assert (tokens["from"][1], tokens["to"][1]) == (OLD, NEW)
    assert b"is waiting" in client.get("/en/account/details/").content
    for step, side in enumerate(order):
        path = f"/en/address/{side}/{tokens[side][0]}/"
        assert Client().get(path).status_code == 200
        assert (queries.find_by_address(NEW), queries.find_by_address(OLD)) == (None, person)
        assert Client().post(path).status_code == 200
        assert Client().post(path).status_code == 410
        assert (queries.find_by_address(NEW) == person) is (step == 1)
    assert queries.find_by_address(OLD) is None
    profile = queries.profile_of(person)
    assert profile is not None
    assert profile.email == NEW
    told = {letter.email.open() for letter in OutgoingLetter.objects.filter(kind="address-changed")}
    assert told == {OLD, NEW}
    assert client.post("/en/login/", {"email": NEW, "password": PASSWORD}).status_code == 302
    assert Client().post("/en/login/", {"email": OLD, "password": PASSWORD}).status_code == 200


def test_the_wrong_side_is_refused(client: Client) -> None:
    customer(client)
    letters = ask(client)
    token = letters["address-change-from"].split(" ")[0]
    assert Client().post(f"/en/address/to/{token}/").status_code == 410
    assert Client().post(f"/en/address/else/{token}/").status_code == 404


@pytest.mark.promise("2.6")
def test_an_address_with_an_account_is_answered_alike(client: Client) -> None:
    customer(email="customer2@example.com")
    customer(client)
    known = client.post("/en/account/details/email/", {"email": "customer2@example.com"}, follow=True)
    other = client.post("/en/account/details/email/", {"email": "customer3@example.com"}, follow=True)
    assert known.status_code == other.status_code
    clean = [page.content.replace(b"customer2", b"X").replace(b"customer3", b"X") for page in (known, other)]
    tokenless = [b"\n".join(line for line in page.splitlines() if b"csrf" not in line) for page in clean]
    assert tokenless[0] == tokenless[1]


def test_a_taken_address_is_never_taken_over(client: Client) -> None:
    owner = customer(email=NEW)
    customer(client)
    letters = ask(client)
    assert set(letters) == {"address-change-from", "already-registered"}
    client.post(f"/en/address/from/{letters['address-change-from'].split(' ')[0]}/")
    assert queries.find_by_address(NEW) == owner


def test_an_address_taken_in_the_meantime(client: Client) -> None:
    customer(client)
    letters = ask(client)
    owner = customer(email=NEW)
    client.post(f"/en/address/from/{letters['address-change-from'].split(' ')[0]}/")
    assert client.post(f"/en/address/to/{letters['address-change-to'].split(' ')[0]}/").status_code == 410
    assert queries.find_by_address(NEW) == owner


def test_asking_again_starts_over(client: Client) -> None:
    customer(client)
    first = ask(client)["address-change-to"].split(" ")[0]
    ask(client, "elsewhere@example.org")
    assert client.post(f"/en/address/to/{first}/").status_code == 410
    assert AddressChange.objects.count() == 1


def test_a_change_runs_out(client: Client) -> None:
    customer(client)
    token = ask(client)["address-change-to"].split(" ")[0]
    later = now() + timedelta(days=1, minutes=1)
    with clock.standing_at(later):
        assert client.post(f"/en/address/to/{token}/").status_code == 410
    actions.sweep(by=TESTS, at=later)
    assert not AddressChange.objects.exists()
    assert not OneTimeLink.objects.exists()


def test_the_old_address_is_kept_when_the_change_fails_to_commit(
    client: Client,
) -> None:
    person = customer(client)
    tokens = {kind: text.split(" ")[0] for kind, text in ask(client).items()}
    actions.confirm_address_change(
        kind=LinkKind.CHANGE_FROM, token=tokens["address-change-from"], by=TESTS, at=now()
    )
    with transaction.atomic():
        actions.confirm_address_change(
            kind=LinkKind.CHANGE_TO, token=tokens["address-change-to"], by=TESTS, at=now()
        )
        assert queries.find_by_address(OLD) == person
        transaction.set_rollback(True)
    assert queries.find_by_address(OLD) == person
