"""Whoever must say who they are after pressing a button comes back to a page that can be shown."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.accounts.models import SignIn
from ringfence.accounts.rules import FRESH_FOR
from ringfence.config import messages
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from tests.accounts.builders import PASSWORD, TESTS, now
from tests.interfaces import route_table, walkers
from tests.interfaces.route_table import Row, address

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.timeout(240)]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    messages.compile_changed()


@pytest.fixture
def world(settings: Settings) -> walkers.World:
    """A small store with everybody in it, who proved who they are long ago."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    found = walkers.made()
    grow_stale(by=TESTS, at=now())
    return found


@action("tests.grow_stale")
def grow_stale(*, by: Actor, at: object) -> None:
    """Let every proof of who somebody is run out."""
    SignIn.objects.update(fresh_at=now() - FRESH_FOR - timedelta(minutes=1))


def buttons() -> Iterator[tuple[Row, str]]:
    """Every route that only takes what is sent, and one who may send there."""
    for row in route_table.rows():
        for name, get, post in zip(walkers.WALKERS, row.get, row.post, strict=True):
            if get == "-" and post == "y" and row.route not in route_table.UNSIGNED:
                yield row, name
                break


def wanted(answer: object) -> str:
    """Where one is led after proving who one is; empty when nobody asks."""
    target = urlsplit(str(getattr(answer, "headers", {}).get("Location", "")))
    return parse_qs(target.query).get("next", [""])[0]


def landed(client: Client, path: str) -> int:
    """The status of the page that a browser ends at."""
    return int(client.get(path, follow=True).status_code)


@pytest.mark.parametrize("told", [True, False], ids=["page-told", "page-not-told"])
def test_nobody_comes_back_to_an_address_that_only_takes_a_button(
    world: walkers.World, *, told: bool
) -> None:
    found = []
    assert len(list(buttons())) >= 8
    # Strangers first: what a customer presses may take a page away that others come back to.
    for signed_in in (False, True):
        for row, name in buttons():
            url = address(row, world.places)
            above = url.rstrip("/").rpartition("/")[0] + "/"
            headers = {"referer": f"http://testserver{above}"} if told else {}
            client = world.clients[name] if signed_in else Client(headers={"accept": "text/html"})
            back = wanted(client.post(url, headers=headers))
            if back and landed(world.clients[name], back) != 200:
                found.append(f"{row.route}: {name} comes back to {back}")
    assert not found, "a view that only takes a button is decorated with access.sent_only:\n" + "\n".join(
        found
    )


def test_signing_in_after_a_button_leads_to_its_page(world: walkers.World) -> None:
    client = Client(headers={"accept": "text/html"})
    page = "/en/account/data/delete/"
    to_login = client.post("/en/account/data/delete/now/", headers={"referer": f"http://testserver{page}"})
    assert wanted(to_login) == page
    signing = {"email": "other@example.com", "password": PASSWORD, "next": page}
    answer = client.post(to_login.headers["Location"], signing, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, page)


@pytest.mark.parametrize(
    "referer", ["https://elsewhere.example/en/account/", "http://testserver/nowhere/", "nonsense"]
)
def test_a_page_elsewhere_is_not_believed(referer: str) -> None:
    answer = Client().post("/en/account/sessions/others/end/", headers={"referer": referer})
    assert wanted(answer) == "/en/account/sessions/"


def test_an_address_for_buttons_says_so_in_a_page_of_ours(world: walkers.World) -> None:
    for language, words in (("en", "Only a button leads here"), ("nb", "Hit kommer du bare med en knapp")):
        answer = world.clients["owner"].get(f"/{language}/account/sessions/others/end/")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert words in answer.content.decode()
    machine = Client(headers={"accept": "application/json"}).get("/webhooks/payments/")
    assert machine.json()["error"]["code"] == "method_not_allowed"
