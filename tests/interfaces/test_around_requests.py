"""What stands around every request, in the order of the running store: proxies, static files, maintenance."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from ringfence.interfaces.templatetags import look
from ringfence.kernel.actor import Actor
from ringfence.privacy.ledger import checkpoints, published
from tests.accounts.builders import customer, now

PROXY, STRANGER = "192.0.2.10", "192.0.2.66"


@pytest.fixture
def https(settings: Settings) -> None:
    """A store behind a proxy that speaks https."""
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, trusted_proxies=(PROXY,))
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.PUBLIC_ORIGIN = "https://numbers.example.com"


@pytest.mark.parametrize(
    ("address", "said", "secure"),
    [
        (PROXY, "https", True),
        (PROXY, "http, https", True),
        (PROXY, "https, http", False),
        (PROXY, "nonsense", False),
        (STRANGER, "https", False),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_https(
    https: None, address: str, said: str, *, secure: bool
) -> None:
    answer = Client().get("/robots.txt", REMOTE_ADDR=address, headers={"x-forwarded-proto": said})
    assert answer.wsgi_request.is_secure() is secure
    assert ("Strict-Transport-Security" in answer.headers) is secure


def test_security_txt_names_the_public_address(https: None) -> None:
    text = Client().get("/.well-known/security.txt", REMOTE_ADDR=STRANGER).content.decode()
    assert "Canonical: https://numbers.example.com/.well-known/security.txt" in text


@pytest.fixture
def closed(settings: Settings, tmp_path: Path) -> None:
    """A store that is closed for maintenance, with a style sheet."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    settings.MAINTENANCE_FILE.touch()
    (settings.STATIC_ROOT / "ringfence").mkdir(parents=True)
    (settings.STATIC_ROOT / "ringfence" / "look.css").write_text("body { color: black; }")


def test_the_maintenance_page_keeps_its_style_sheet(closed: None) -> None:
    visitor = Client()
    assert visitor.get("/en/").status_code == 503
    sheet = visitor.get("/static/ringfence/look.css")
    assert sheet.status_code == 200
    assert b"".join(sheet).startswith(b"body")


def test_pictures_have_a_size_without_a_style_sheet() -> None:
    assert 'width="18" height="18"' in look.icon("check")


@pytest.mark.django_db(databases=["default", "keys"])
def test_lines_in_the_tree_wait_for_the_next_signature() -> None:
    by = Actor.system("tests")
    checkpoints.publish(by=by, at=now())
    assert published.unsigned() == 0
    customer()
    fresh = published.unsigned()
    assert fresh > 0
    while checkpoints.append.sequence():
        pass
    assert (published.waiting(), published.unsigned()) == (0, fresh)
    checkpoints.publish(by=by, at=now())
    assert published.unsigned() == 0
