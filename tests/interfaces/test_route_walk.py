"""Every address is walked by everybody, and answers as the table says: no more, no less."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from ringfence.privacy import sweeping
from ringfence.privacy.keys import keyring
from tests.interfaces import route_table, walkers
from tests.interfaces.route_table import Row, address, routes
from tests.interfaces.telling import tales_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.timeout(240)]

REFUSALS: Final = {
    HTTPStatus.FORBIDDEN: "x",
    HTTPStatus.NOT_FOUND: "n",
    HTTPStatus.METHOD_NOT_ALLOWED: "-",
}
ANSWERS: Final = {200, 204, 301, 302, 303, 400, 409, 410, 422, 503}


@pytest.fixture
def world(settings: Settings) -> walkers.World:
    """A small store with everybody in it."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.REHEARSAL_SECRET = "a secret that both sides share"
    return walkers.made()


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Do something and undo it in both databases and in the browser."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic("default"), transaction.atomic("keys"):
        yield
        transaction.set_rollback(rollback=True, using="default")
        transaction.set_rollback(rollback=True, using="keys")
    client.cookies.clear()
    client.cookies.load(cookies)
    keyring.forget()


def outcome(response: HttpResponse, row: Row) -> str:
    """The letter of an answer."""
    status = HTTPStatus(response.status_code)
    target = response.headers.get("Location", "")
    if target.startswith("/en/login/") and row.route != "account:logout":
        return "i"
    if target == "/en/staff/" and not row.route.startswith("console:"):
        return "d"
    assert not target.startswith("/en/account/prove/"), "the walkers have just proved who they are"
    assert status in REFUSALS or status in ANSWERS, f"{row.route}: {status}"
    return REFUSALS.get(status, "y")


def walked(world: walkers.World, row: Row, method: str) -> tuple[str, list[str]]:
    """The letters of a row, as the store answers, and what any answer tells of what is behind it."""
    letters, tales = "", []
    url = address(row, world.places)
    for name in walkers.WALKERS:
        client = world.clients[name]
        with undone(client):
            answer = getattr(client, method)(url)
            letters += outcome(answer, row)
            tales += tales_of(answer, row.route)
    return letters, tales


@pytest.mark.promise("2.7")
def test_every_address_answers_as_the_table_says(world: walkers.World) -> None:
    """And no answer, refusals included, names the software behind it."""
    sweeping.sweep(by=walkers.SYSTEM, at=datetime.now(UTC))
    found = []
    for row in route_table.rows():
        for method, said in (("get", row.get), ("post", row.post)):
            answered, tales = walked(world, row, method)
            if answered != said:
                found.append(f"{row.route:<40} {method}: {answered}, but the table says {said}")
            found += [f"{row.route:<40} {method}: it tells {tales}"] if tales else []
    assert not found, "\n".join(found)


@pytest.mark.promise("2.7")
def test_no_page_of_anybody_tells(world: walkers.World) -> None:
    """In Norwegian, for whoever may see most of it: what walks the table looks at everybody's in English."""
    found = []
    for row in route_table.rows():
        seers = [name for name, letter in zip(walkers.WALKERS, row.get, strict=True) if letter == "y"]
        if seers:
            url = address(row, world.places, "nb")
            tales = tales_of(world.clients[seers[-1]].get(url), row.route)
            found += [f"{url} for {seers[-1]}: {tales}"] if tales else []
    for form in ("page", "data"):
        for language in ("nb", "en"):
            tales = tales_of(world.clients["owner"].post(f"/{language}/account/data/copy/", {"form": form}))
            found += [f"the copy as {form} in {language}: {tales}"] if tales else []
    assert not found, "\n".join(found)


def test_every_address_is_in_the_table() -> None:
    listed = [row.route for row in route_table.rows()]
    assert len(listed) == len(set(listed))
    assert sorted(routes()) == sorted(listed)


def test_nothing_is_sent_without_our_token(world: walkers.World) -> None:
    """A form that another site sends in the name of whoever may do most is refused before anything looks at it."""
    found = []
    for row in route_table.rows():
        senders = [name for name, said in zip(walkers.WALKERS, row.post, strict=True) if said in "yid"]
        if not senders or row.route in route_table.UNSIGNED:
            continue
        client = world.clients[senders[-1]]
        strict = Client(enforce_csrf_checks=True, headers=client.headers)
        strict.cookies.load({key: morsel.value for key, morsel in client.cookies.items()})
        answer = strict.post(address(row, world.places))
        if answer.status_code != HTTPStatus.FORBIDDEN:
            found.append(f"{row.route} by {senders[-1]}: {answer.status_code}")
    assert not found, "\n".join(found)


def test_nobody_ends_the_sessions_of_another(world: walkers.World) -> None:
    """The store answers another customer politely, and the owner's session goes on."""
    for name in ("other", "support", "administrator"):
        world.clients[name].post(reverse("account:session_end", args=[world.places["session"]]))
        assert world.clients["owner"].get("/en/account/").status_code == 200


def test_only_signed_messages_come_without_our_token() -> None:
    exempt = {name for name, one in routes().items() if getattr(one.callback, "csrf_exempt", False)}
    assert exempt == route_table.UNSIGNED


def test_an_unsigned_message_is_refused(world: walkers.World) -> None:
    for row in route_table.rows():
        if row.route in route_table.UNSIGNED:
            url = address(row, world.places)
            answer = world.clients["stranger"].post(url, "{}", content_type="application/json")
            assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}
