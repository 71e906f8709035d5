"""Signing in with an OpenID Connect provider takes in an id and a verified address, and nothing else."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from pytest_django import Settings

from ringfence.accounts import queries
from ringfence.accounts.models import OutsideIdentity, Person
from ringfence.interfaces import clock
from ringfence.privacy.inventory import Source, personal_fields
from tests.accounts.builders import PASSWORD, customer, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
EXTRA = {
    "name": "Extra Claim One",
    "picture": "https://example.com/extra-claim-two.png",
    "birthdate": "1970-01-02-extra-claim-three",
    "phone_number": "+442079460999",
    "address": {"formatted": "Extra Claim Street 4"},
}
TRACES = ("Extra Claim One", "extra-claim-two", "extra-claim-three", "442079460999", "Extra Claim Street")


def _running(process: subprocess.Popen[bytes], address: str) -> None:
    for _try in range(100):
        try:
            httpx.get(f"{address}/keys", timeout=1)
        except httpx.HTTPError:
            assert process.poll() is None
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the stand-in did not start")


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Run the stand-in and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = Path(__file__).parent / "openid_stand_in.py"
    process = subprocess.Popen([sys.executable, str(script), str(port)])
    try:
        _running(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(autouse=True)
def configured(settings: Settings, provider: str) -> None:
    settings.ENVIRONMENT = replace(
        django_settings.ENVIRONMENT,
        oidc_issuer=provider,
        oidc_client_id="store",
        oidc_client_secret="stand-in secret",
        oidc_name="Example Identity",
    )


def says(provider: str, **claims: Any) -> None:
    httpx.post(f"{provider}/says", json={"sub": "subject-1", **EXTRA, **claims}).raise_for_status()


@contextmanager
def trip(client: Client) -> Iterator[dict[str, str]]:
    """Go to the provider; give what it sends back, which may be changed before it arrives."""
    start = client.get("/en/login/provider/")
    assert start.status_code == 302
    back = httpx.get(start.headers["Location"]).headers["Location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    yield query


def come_back(client: Client, query: dict[str, str]) -> str:
    return str(client.get("/en/login/provider/return/", query).headers["Location"])


def go(client: Client) -> str:
    with trip(client) as query:
        return come_back(client, query)


@pytest.mark.promise("1.3")
def test_only_declared_fields_are_taken_in(client: Client, provider: str) -> None:
    says(provider, email="Stranger1@example.org", email_verified=True)
    assert go(client) == "/en/account/"
    person = Person.objects.get()
    assert person.email.open() == "stranger1@example.org"
    identity = OutsideIdentity.objects.get()
    assert (identity.key.open(), identity.email.open()) == ("subject-1", "stranger1@example.org")
    profile = queries.profile_of(person.pk)
    assert profile is not None
    assert (profile.name, profile.phone, profile.address) == ("", "", "")
    for alias in ("default", "keys"):
        for table in connections[alias].introspection.table_names():
            with connections[alias].cursor() as cursor:
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")
                text = str(cursor.fetchone()[0])
            found = [trace for trace in (*TRACES, "subject-1", "stranger1") if trace in text]
            assert not found, table
            assert not [trace for trace in TRACES if trace.encode().hex() in text], table


@pytest.mark.promise("1.3")
def test_the_source_is_recorded() -> None:
    declared = {str(field): field.declaration.source for field in personal_fields("accounts")}
    assert declared["accounts.OutsideIdentity.key"] is Source.THIRD_PARTY
    assert declared["accounts.OutsideIdentity.email"] is Source.THIRD_PARTY


def test_known_again(client: Client, provider: str) -> None:
    says(provider, email="stranger1@example.org", email_verified=True)
    go(client)
    says(provider, email="moved@example.org", email_verified=True)
    assert go(Client()) == "/en/account/"
    assert Person.objects.count() == 1


def test_an_address_alone_joins_nobody(client: Client, provider: str) -> None:
    person = customer()
    says(provider, email="customer1@example.com", email_verified=True)
    assert go(client) == "/en/login/"
    assert not OutsideIdentity.objects.exists()
    client.post("/en/login/", {"email": "customer1@example.com", "password": PASSWORD})
    assert go(client) == "/en/account/security/"
    assert OutsideIdentity.objects.get().person_id == person
    assert go(Client()) == "/en/account/"
    assert client.post("/en/account/security/provider/disconnect/").status_code == 302
    assert go(Client()) == "/en/login/"


def test_connecting_asks_for_a_fresh_proof(client: Client) -> None:
    customer(client)
    with clock.standing_at(now() + timedelta(minutes=11)):
        assert "/en/account/prove/" in client.get("/en/login/provider/").headers["Location"]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger1@example.org"},
        {"email": "stranger1@example.org", "email_verified": False},
        {"email": "stranger1@example.org", "email_verified": ["true"]},
        {},
    ],
)
def test_an_unverified_address_is_not_believed(client: Client, provider: str, claims: dict[str, Any]) -> None:
    says(provider, **claims)
    assert go(client) == "/en/login/"
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another store"},
        {"aud": ["store", "another"], "azp": "another"},
        {"nonce": "another nonce"},
        {"exp": 1_000_000_000},
        {"sub": ""},
        {"sub": 7},
        {"foreign_key": True},
    ],
)
def test_a_statement_that_is_not_for_us_is_refused(
    client: Client, provider: str, claims: dict[str, Any]
) -> None:
    says(provider, email="stranger1@example.org", email_verified=True, **claims)
    assert go(client) == "/en/login/"
    assert not Person.objects.exists()


def test_state_and_code_are_checked(client: Client, provider: str) -> None:
    says(provider, email="stranger1@example.org", email_verified=True)
    with trip(client) as query:
        assert come_back(client, {**query, "state": "another"}) == "/en/login/"
    with trip(client) as query:
        assert come_back(Client(), query) == "/en/login/", "another browser cannot arrive"
        assert come_back(client, query) == "/en/account/"
        assert come_back(client, query) == "/en/account/security/" or Person.objects.count() == 1
    heard = httpx.get(f"{provider}/heard").json()["heard"]
    assert heard[-1]["authorization"].startswith("Basic ")
    assert "client_secret" not in json.dumps(heard)


def test_a_silent_provider_is_not_our_fault(client: Client, settings: Settings) -> None:
    settings.ENVIRONMENT = replace(
        django_settings.ENVIRONMENT, oidc_issuer="http://127.0.0.1:9", oidc_client_id="store"
    )
    assert client.get("/en/login/provider/").headers["Location"] == "/en/login/"


def test_without_a_provider_there_is_no_page(client: Client, settings: Settings) -> None:
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, oidc_issuer=None)
    assert client.get("/en/login/provider/").status_code == 404
    assert b"Example Identity" not in client.get("/en/login/").content
