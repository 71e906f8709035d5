"""Phones in the account, as customers see them."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.telephony import phone_queries
from ringfence.telephony.actions import phones, route_steps
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.models import Phone
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import PlanName
from tests.accounts import builders
from tests.interfaces.test_storefront import text_of
from tests.world import number_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def added(client: Client, name: str = "Reception") -> tuple[str, str]:
    """Add a phone by the form; return its user name and password as the page shows them."""
    page = client.post("/en/account/phones/add/", {"name": name}).content.decode()
    shown = {key: re.search(rf'<code id="{key}">([^<]+)<', page) for key in ("username", "password")}
    assert shown["username"]
    assert shown["password"]
    return shown["username"][1], shown["password"][1]


def test_a_customer_without_phones_is_led_to_the_first(client: Client) -> None:
    builders.customer(client)
    page = text_of(client.get("/en/account/phones/"))
    assert "No phone yet" in page
    assert "Phones cannot register at the moment" in page


@pytest.mark.promise("2.3")
def test_what_a_phone_is_set_up_with_is_shown_once(client: Client, settings: Settings) -> None:
    settings.SIP_NAME, settings.SIP_TLS_PORT = "phones.example.com", 15061
    builders.customer(client)
    answer = client.post("/en/account/phones/add/", {"name": "Reception"})
    page = text_of(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    for word in ("phones.example.com", "15061", "TLS", "You see the password only now"):
        assert word in page, word
    username, password = added(client, "Kitchen")
    row = Phone.objects.get(username=username)
    assert row.ha1.open() == phones.digest_of(username, "phones.example.com", password)
    for path in ("", "help/", f"{row.public_id}/password/"):
        assert password not in text_of(client.get(f"/en/account/phones/{path}"))
    assert not any(password in str(line.facts) for line in LedgerLine.objects.all())


def test_phones_are_listed_renamed_and_removed(client: Client) -> None:
    subject = builders.customer(client)
    username, _password = added(client)
    (held,) = phone_queries.phones_of(subject)
    page = text_of(client.get("/nb/account/phones/"))
    assert "Reception" in page
    assert username in page
    assert "Ikke kjent akkurat nå" in page
    at = f"/en/account/phones/{held.public_id}"
    page = text_of(client.post(f"{at}/name/", {"name": "  "}))
    assert "This field is required" in page
    page = text_of(client.post(f"{at}/name/", {"name": "Front desk"}, follow=True))
    assert "Front desk" in page
    assert "cut off at once" in text_of(client.get(f"{at}/remove/"))
    page = text_of(client.post(f"{at}/remove/", follow=True))
    assert "The phone is removed" in page
    assert not Phone.objects.exists()
    assert client.get(f"{at}/remove/").status_code == 404


def test_a_phone_that_a_number_rings_is_not_offered_for_removal(client: Client) -> None:
    subject = builders.customer(client)
    added(client)
    (held,) = phone_queries.phones_of(subject)
    number = number_of(subject, clock.now())
    route_steps.add_step(
        number=number.id,
        plan=PlanName.OPEN,
        wanted=Wanted(StepKind.PHONE, phone=held.id, ring_seconds=20),
        by=Actor.customer(subject),
        at=clock.now(),
    )
    answer = client.get(f"/en/account/phones/{held.public_id}/remove/")
    assert "A number of yours rings this phone." in text_of(answer)
    page = answer.content.decode()
    assert f'href="/en/account/numbers/{number.public_id}/"' in page
    assert "Remove the phone" not in page


def test_whether_a_phone_has_registered_is_looked_at_again_and_again(client: Client) -> None:
    subject = builders.customer(client)
    added(client)
    (held,) = phone_queries.phones_of(subject)
    answer = client.get(f"/en/account/phones/{held.public_id}/state/")
    assert answer.headers["Refresh"] == "3"
    assert "Not known at the moment" in text_of(answer)


def test_another_password_is_asked_for_once_and_shown_once(client: Client) -> None:
    subject = builders.customer(client)
    username, before = added(client)
    (held,) = phone_queries.phones_of(subject)
    at = f"/en/account/phones/{held.public_id}/password/"
    assert "does not ring until the new one is entered" in text_of(client.get(at))
    page = text_of(client.post(at))
    row = Phone.objects.get()
    assert username in page
    assert before not in page
    assert row.ha1.open() != phones.digest_of(username, row.realm, before)


def test_a_phone_of_another_service_name_is_marked(client: Client, settings: Settings) -> None:
    builders.customer(client)
    added(client)
    settings.SIP_NAME = "elsewhere.example.com"
    assert "Needs a new password" in text_of(client.get("/en/account/phones/"))


def test_who_has_as_many_as_there_may_be_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.customer(client)
    monkeypatch.setattr(phones, "PHONES_AT_MOST", 1)
    added(client)
    answer = client.post("/nb/account/phones/add/", {"name": "One more"})
    assert answer.status_code == 422
    assert "flere kan du ikke ha" in text_of(answer)


def test_a_certificate_of_its_own_making_is_told_of(client: Client, settings: Settings) -> None:
    builders.customer(client)
    settings.SIP_TLS_CERTIFICATE = None
    assert "has to be told to trust it" in text_of(client.get("/en/account/phones/help/"))
    made = client.post("/en/account/phones/add/", {"name": "Reception"})
    assert "has to be told to trust it" in text_of(made)
    assert "/state/" in made.content.decode()
    settings.SIP_TLS_CERTIFICATE = "/etc/ssl/sip.pem"
    assert "has to be told to trust it" not in text_of(client.get("/en/account/phones/help/"))
