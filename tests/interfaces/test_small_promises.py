"""Small things people rely on: demonstrations, readiness, commands, looking without a trace."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from pytest_django import Settings

from ringfence.config import program
from ringfence.interfaces import health
from ringfence.interfaces.commands import demo
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.telephony.actions.routes import read_sip_address
from tests.accounts.builders import customer
from tests.promises.conftest import Break, break_data

__all__ = ["break_data"]
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def public(settings: Settings, origin: str = "https://numbers.example.com") -> None:
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, public_origin=origin)


def test_a_public_store_with_demo_customers_is_told(settings: Settings, var_folder: Path) -> None:
    (var_folder / "demo.done").touch()
    public(settings)
    assert demo.open_to_everybody() == ""
    customer(email="customer1@example.com")
    assert "anybody can sign in as customer1@example.com" in demo.open_to_everybody()
    public(settings, "http://localhost:8000")
    assert demo.open_to_everybody() == ""


def test_every_role_has_a_demo_login_with_an_english_link() -> None:
    lines = demo._staff()
    assert {line.split("@")[0] for line in lines} == {"support", "operations", "privacy", "admin"}
    assert all("/en/" in line for line in lines)


def test_a_mistyped_role_is_told_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.run("staff", ["add", "a@example.com", "--role", "boss"])
    said = capsys.readouterr().err
    assert "support" in said
    assert "<Role" not in said


def test_the_mailbox_is_closed_when_letters_go_elsewhere(settings: Settings) -> None:
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, demo=True, smtp_url=None)
    assert Client().get("/en/mailbox/").status_code == 200
    settings.SMTP_URL = "smtp://mail.example.com"
    assert Client().get("/en/mailbox/").status_code == 404


def test_looking_at_the_page_of_the_code_app_leaves_no_line(client: Client) -> None:
    customer(client)
    before = LedgerLine.objects.count()
    assert client.get("/en/account/security/code-app/").status_code == 200
    assert LedgerLine.objects.count() == before


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.7", "[fd00::7]", "169.254.1.1"])
def test_a_call_does_not_ring_inside_the_operators_network(host: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_sip_address(f"desk@{host}")
    assert refused.value.code == "destination.internal"
    assert read_sip_address("desk@127.0.0.1:5099") == "sip:desk@127.0.0.1:5099"


def test_an_operator_lets_calls_into_the_private_networks_named(settings: Settings) -> None:
    settings.SIP_PRIVATE_DESTINATIONS = ("10.1.0.0/16", "fd00::/8")
    assert read_sip_address("desk@10.1.2.3") == "sip:desk@10.1.2.3"
    assert read_sip_address("desk@[fd00::7]") == "sip:desk@[fd00::7]"
    for host in ("10.2.0.1", "192.168.0.1", "169.254.1.1"):
        with pytest.raises(Refusal):
            read_sip_address(f"desk@{host}")


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_newer_database_is_not_ready(break_data: Break) -> None:
    assert health._is_migrated()
    break_data(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('privacy', '9999_tomorrow', now())"
    )
    try:
        assert not health._is_migrated()
    finally:
        break_data("DELETE FROM django_migrations WHERE name = '9999_tomorrow'")
    assert connection.vendor == "postgresql"
    assert health._is_migrated()
