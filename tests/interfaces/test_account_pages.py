"""Every page of the account and the desk: who may see it, in both languages, and without anything left in English."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ringfence.config import messages
from ringfence.kernel.actor import Role
from tests.accounts.builders import customer, staff_member

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
OPEN = ["login", "passkey_login", "register", "forgot_password"]
OWN = [
    "home",
    "history",
    "details",
    "details_email",
    "security",
    "security_password",
    "totp",
    "passkeys",
    "recovery_codes",
    "sessions",
    "close",
    "prove",
]
CUSTOMERS_ONLY = {"home", "history", "details"}
DESK = ["desk", "customers"]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    messages.compile_changed()


def path_of(name: str, language: str = "en", **kwargs: str) -> str:
    with translation.override(language):
        return reverse(name, kwargs=kwargs or None)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", OPEN)
def test_open_pages(client: Client, name: str, language: str) -> None:
    page = client.get(path_of(f"account:{name}", language))
    assert page.status_code == 200
    require_sound(page.content.decode(), language)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", OWN)
def test_own_pages(client: Client, name: str, language: str) -> None:
    path = path_of(f"account:{name}", language)
    assert client.get(path).headers["Location"].startswith(path_of("account:login", language))
    customer(client, name="Customer One")
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] in {"no-store, private", "private, no-store"}
    require_sound(page.content.decode(), language)
    desk = Client()
    staff_member(desk, Role.SUPPORT)
    assert desk.get(path).status_code == (302 if name in CUSTOMERS_ONLY else 200)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", DESK)
def test_desk_pages(client: Client, name: str, language: str) -> None:
    staff_member(client, Role.SUPPORT)
    page = client.get(path_of(f"console:{name}", language))
    assert page.status_code == 200
    require_sound(page.content.decode(), language)


def require_sound(page: str, language: str) -> None:
    """A page has one heading, its language, nothing inline, and no template left over."""
    assert f'<html lang="{language}">' in page
    assert page.count("<h1") == 1
    assert not re.search(r"\son[a-z]+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", page)
    for left in ("{%", "{{", "%("):
        assert left not in page
    if language == "nb":
        words = re.sub(r"<[^>]+>|&[a-z]+;", " ", page)
        left_over = re.search(
            r"[^.]{0,40}\b(your|the|with|address|password|sign)\b[^.]{0,40}", words, re.IGNORECASE
        )
        assert not left_over, left_over


def test_every_letter_of_a_secret_is_out_of_reach_of_get(client: Client) -> None:
    customer(client)
    for name in (
        "account:totp_remove",
        "account:sessions_end_others",
        "account:openid_disconnect",
        "account:logout",
    ):
        assert client.get(path_of(name)).status_code == 405


def test_forms_are_protected_from_other_sites() -> None:
    client = Client(enforce_csrf_checks=True)
    for name in ("login", "register", "forgot_password", "logout"):
        assert client.post(path_of(f"account:{name}"), {"email": "a@example.com"}).status_code == 403
