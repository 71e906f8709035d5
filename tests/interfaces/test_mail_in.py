"""Mail comes in by SMTP, is stored sealed before it is accepted, and is read in the demo mailbox only."""

import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from pytest_django import Settings

from ringfence.interfaces.mail import intake
from ringfence.privacy.keys.models import DataKey, KeyEpoch
from ringfence.support import actions as support
from ringfence.support import queries
from ringfence.support.models import Letter
from tests.accounts.builders import TESTS, customer, now, run_jobs

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
LETTER = b"From: a@example.org\r\nTo: customer1@example.com\r\nSubject: Canary one\r\n\r\nCanary two\r\n"


def configure(settings: Settings) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, mail_port=port, demo=True)
    return port


@pytest.fixture
def server(settings: Settings) -> Iterator[Controller]:
    """Run the intake of a demonstration."""
    controller = intake.controller("127.0.0.1", configure(settings))
    controller.start()
    yield controller
    controller.stop()


def send(
    server: Controller, content: bytes = LETTER, to: str = "customer1@example.com"
) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        return client.sendmail("a@example.org", [to], content)


@pytest.mark.promise("2.3")
def test_a_letter_is_kept_sealed_and_once(server: Controller) -> None:
    person = customer()
    for _repeat in range(2):
        send(server)
    letter = Letter.objects.get()
    assert letter.subject == person
    kept = queries.newest_letters(10)[0]
    assert (kept.sender, kept.recipients) == ("a@example.org", ["customer1@example.com"])
    assert b"Canary two" in kept.content
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM support_letter t")
        text = cursor.fetchone()[0]
    for canary in (b"Canary", b"a@example.org"):
        assert canary.hex() not in text
        assert canary.decode() not in text


def test_a_strangers_letter_goes_with_its_key(server: Controller) -> None:
    send(server, to="nobody@example.net")
    subject = Letter.objects.get().subject
    support.sweep_letters(by=TESTS, at=now() + timedelta(days=30, minutes=1))
    assert not Letter.objects.exists()
    assert not DataKey.objects.filter(subject=subject, retention_class="messages", destroyed_at=None).exists()


def test_what_cannot_be_stored_is_not_accepted(server: Controller) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM support_letter")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    KeyEpoch.objects.using("keys").all()._raw_delete("keys")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(server)
    assert refused.value.smtp_code == 451
    assert not Letter.objects.exists()


def test_only_our_own_addresses_outside_a_demonstration(server: Controller, settings: Settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, demo=False)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(server)
    send(server, to=django_settings.CONTACT_EMAIL.upper())
    assert Letter.objects.count() == 1


@pytest.mark.promise("2.7")
def test_the_greeting_names_no_software(server: Controller) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        greeting = line.recv(500).decode().lower()
    assert "aiosmtpd" not in greeting
    assert "python" not in greeting


def test_the_demo_mailbox_shows_what_was_sent(server: Controller, client: Client) -> None:
    client.post("/en/register/", {"email": "stranger1@example.org", "password": "a long enough passphrase"})
    run_jobs()
    page = client.get("/en/mailbox/").content.decode()
    assert "Confirm your e-mail address" in page
    assert f'href="{django_settings.PUBLIC_ORIGIN}/en/register/confirm/' in page
    send(
        server,
        b"Subject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n<img src=x onerror=alert(1)>",
    )
    page = client.get("/en/mailbox/").content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page


def test_there_is_no_mailbox_elsewhere(settings: Settings, client: Client) -> None:
    configure(settings)
    assert client.get("/en/mailbox/").status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.7").get("/en/mailbox/").status_code == 404
    assert Client(HTTP_X_FORWARDED_FOR="192.0.2.7").get("/en/mailbox/").status_code == 404
    settings.PUBLIC_ORIGIN = "https://numbers.example.com"
    assert client.get("/en/mailbox/").status_code == 404, "a proxy on this machine makes everybody look local"
    settings.PUBLIC_ORIGIN = "http://localhost:8000"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, web_address="0.0.0.0")
    assert client.get("/en/mailbox/").status_code == 404
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, web_address="127.0.0.1", demo=False)
    assert client.get("/en/mailbox/").status_code == 404
