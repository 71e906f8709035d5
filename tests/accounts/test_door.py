"""Registering and resetting a password: only the owner of an address learns whether it has an account."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock
from uuid import UUID

import pytest
from django.contrib.auth import hashers
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ringfence.accounts import actions, queries
from ringfence.accounts.models import Caller, OneTimeLink, OutgoingLetter, Person, SignIn
from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys.models import BlindIndex, DataKey
from tests.accounts.builders import PASSWORD, TESTS, customer, now, run_jobs, sign_in

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
ONE_TIME = {"x-request-id", "request-id", "set-cookie"}
KNOWN, UNKNOWN = "customer1@example.com", "stranger1@example.org"


def letters() -> list[OutgoingLetter]:
    return list(OutgoingLetter.objects.order_by("made_at", "pk"))


def token_of(letter: OutgoingLetter) -> str:
    return str(letter.facts.open()["token"])


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count queries on both databases and the work of hashing passwords."""
    counts = {"queries": 0, "hashes": 0}
    encode = hashers.MD5PasswordHasher.encode

    def counting(self: hashers.MD5PasswordHasher, password: str, salt: str) -> str:
        counts["hashes"] += 1
        return str(encode(self, password, salt))

    with (
        mock.patch.object(hashers.MD5PasswordHasher, "encode", counting),
        CaptureQueriesContext(connections["default"]) as data,
        CaptureQueriesContext(connections["keys"]) as keys,
    ):
        yield counts
    counts["queries"] = len(data) + len(keys)


def answer(path: str, **form: str) -> tuple[int, str, dict[str, str], dict[str, int]]:
    """Send a form as a stranger; return status, body without its one-time values, headers, and the work done."""
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.get(path)
    with counted() as work:
        response = client.post(path, form)
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    headers = {name: value for name, value in response.items() if name.lower() not in ONE_TIME}
    return response.status_code, body.replace(form["email"], "ADDRESS"), headers, work


@pytest.mark.promise("2.6")
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/en/register/", {"password": PASSWORD}),
        ("/en/password/", {}),
        ("/en/login/", {"password": "not the password at all"}),
    ],
)
def test_the_door_answers_alike(path: str, more: dict[str, str]) -> None:
    customer(email=KNOWN)
    answer(path, email="warming-up@example.net", **more)
    known = answer(path, email=KNOWN, **more)
    unknown = answer(path, email=UNKNOWN, **more)
    assert known == unknown
    assert known[0] in {200, 302}


def test_an_account_without_password_answers_alike() -> None:
    person = customer(email=KNOWN)
    Person.objects.filter(pk=person).query  # noqa: B018 - the row exists
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE accounts_person SET password = NULL WHERE id = %s", [person])
    answer("/en/login/", email="warming-up@example.net", password="x" * 12)
    assert answer("/en/login/", email=KNOWN, password="x" * 12) == answer(
        "/en/login/", email=UNKNOWN, password="x" * 12
    )


def test_register_confirm_and_be_in(client: Client) -> None:
    response = client.post("/nb/register/", {"email": " Stranger1@Example.ORG ", "password": PASSWORD})
    assert response.status_code == 302
    assert not Person.objects.exists()
    run_jobs("accounts.answer")
    letter = letters()[0]
    assert (letter.kind, letter.language, letter.email.open()) == ("confirm-address", "nb", UNKNOWN)
    path = f"/nb/register/confirm/{token_of(letter)}/"
    assert client.get(path).status_code == 200
    assert not Person.objects.exists(), "opening a link changes nothing, since mail programs open links too"
    wrong = client.post(path, {"password": "some other passphrase"})
    assert wrong.status_code == 200
    assert not Person.objects.exists()
    assert client.post(path, {"password": PASSWORD}).headers["Location"] == "/nb/account/"
    person = Person.objects.get()
    assert (person.email.open(), person.language, person.country) == (UNKNOWN, "nb", None)
    assert queries.find_by_address("STRANGER1@example.org") == person.pk
    assert not Caller.objects.exists()
    assert not OneTimeLink.objects.exists()
    assert client.post(path, {"password": PASSWORD}).status_code == 410
    assert client.get("/nb/account/").status_code == 200


def test_a_link_runs_out(client: Client) -> None:
    client.post("/en/register/", {"email": UNKNOWN, "password": PASSWORD})
    run_jobs("accounts.answer")
    path = f"/en/register/confirm/{token_of(letters()[0])}/"
    with clock.standing_at(now() + timedelta(days=3, minutes=1)):
        assert client.post(path, {"password": PASSWORD}).status_code == 410


def test_two_registrations_of_one_address_make_one_account(client: Client) -> None:
    for password in (PASSWORD, "another long passphrase"):
        client.post("/en/register/", {"email": UNKNOWN, "password": password})
    run_jobs("accounts.answer")
    first, second = (token_of(letter) for letter in letters())
    assert client.post(f"/en/register/confirm/{second}/", {"password": PASSWORD}).status_code == 200
    client.post(f"/en/register/confirm/{second}/", {"password": "another long passphrase"})
    assert Person.objects.count() == 1
    assert client.post(f"/en/register/confirm/{first}/", {"password": PASSWORD}).status_code == 410
    assert Person.objects.count() == 1


def test_the_owner_learns_that_there_is_an_account(client: Client) -> None:
    customer(email=KNOWN)
    client.post("/en/register/", {"email": KNOWN, "password": PASSWORD})
    run_jobs("accounts.answer")
    assert [letter.kind for letter in letters()] == ["already-registered"]
    assert not Caller.objects.exists()


def test_a_forgotten_password(client: Client) -> None:
    person = customer(email=KNOWN)
    sign_in(Client(), person)
    client.post("/en/password/", {"email": KNOWN})
    run_jobs("accounts.answer")
    path = f"/en/password/new/{token_of(letters()[0])}/"
    assert client.post(path, {"password": "short"}).status_code == 200
    assert client.post(path, {"password": "a brand new passphrase"}).headers["Location"] == "/en/login/"
    assert not SignIn.objects.exists(), "a reset signs out everywhere"
    assert client.post(path, {"password": "a brand new passphrase"}).status_code == 410
    assert client.post("/en/login/", {"email": KNOWN, "password": PASSWORD}).status_code == 200
    assert (
        client.post("/en/login/", {"email": KNOWN, "password": "a brand new passphrase"}).status_code == 302
    )
    assert "password-changed" in [letter.kind for letter in letters()]


def test_a_new_link_makes_the_old_one_useless(client: Client) -> None:
    customer(email=KNOWN)
    for _time in range(2):
        client.post("/en/password/", {"email": KNOWN})
    run_jobs("accounts.answer")
    first, second = (token_of(letter) for letter in letters())
    assert (
        client.post(f"/en/password/new/{first}/", {"password": "a brand new passphrase"}).status_code == 410
    )
    assert (
        client.post(f"/en/password/new/{second}/", {"password": "a brand new passphrase"}).status_code == 302
    )


def test_an_address_without_account_gets_a_letter_that_says_so(client: Client) -> None:
    client.post("/nb/password/", {"email": UNKNOWN})
    run_jobs("accounts.answer")
    assert [(letter.kind, letter.language) for letter in letters()] == [("no-account", "nb")]
    assert not Caller.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaaaa", "stranger1@example.org"])
def test_poor_passwords_are_refused(client: Client, password: str) -> None:
    response = client.post("/en/register/", {"email": UNKNOWN, "password": password})
    assert response.status_code == 200
    assert b'role="alert"' in response.content
    assert not Caller.objects.exists()


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a b@example.com", "x@example.com\nBcc: y@example.com"]
)
def test_malformed_addresses_are_refused(client: Client, address: str) -> None:
    assert client.post("/en/register/", {"email": address, "password": PASSWORD}).status_code == 200
    assert not Caller.objects.exists()


@pytest.mark.promise("2.9")
def test_what_was_never_confirmed_is_forgotten_with_its_keys(client: Client) -> None:
    client.post("/en/register/", {"email": UNKNOWN, "password": PASSWORD})
    run_jobs("accounts.answer")
    subject = Caller.objects.get().subject
    later = now() + timedelta(days=31)
    while actions.sweep(by=TESTS, at=later):
        pass
    assert not Caller.objects.exists()
    assert not OneTimeLink.objects.exists()
    assert not OutgoingLetter.objects.exists()
    assert not DataKey.objects.filter(subject=subject, destroyed_at=None).exists()
    assert not BlindIndex.objects.exists()


def test_a_lost_job_is_found(client: Client) -> None:
    client.post("/en/register/", {"email": UNKNOWN, "password": PASSWORD})
    callers, _changes = queries.unanswered(now() + timedelta(minutes=2))
    actions.answer_caller(caller=callers[0], by=Actor.system("worker"), at=now())
    actions.answer_caller(caller=callers[0], by=Actor.system("worker"), at=now())
    assert [letter.kind for letter in letters()] == ["confirm-address"]
    assert isinstance(callers[0], UUID)
