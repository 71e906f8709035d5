"""The account in a real browser: registering, a code app, a passkey, another address, sessions; and what axe finds."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it has no types
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ringfence.accounts.models import OutgoingLetter
from ringfence.config import messages
from ringfence.kernel.actor import Role
from tests.accounts.builders import PASSWORD, customer, now, run_jobs, staff_member

pytestmark = [pytest.mark.django_db(databases=["default", "keys"], transaction=True), pytest.mark.slow]
Path(django_settings.STATIC_ROOT).mkdir(exist_ok=True)
CHROMIUM = "/usr/bin/chromium"
ADDRESS = "stranger1@example.org"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium without a window."""
    messages.compile_changed()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """A fresh browser profile at the store; what a page says to the console in anger fails the test."""
    settings.PUBLIC_ORIGIN = live_server.url
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    page = context.new_page()
    angry: list[str] = []
    page.on("console", lambda said: angry.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: angry.append(str(error)))
    yield page
    context.close()
    assert not [text for text in angry if "status of 4" not in text]


def sound(page: Page) -> None:
    """Nothing that axe finds (WCAG 2.2 AA and its own best practices)."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def link_in(kind: str) -> str:
    """Run the queue and return the path of the link in the newest letter of a kind, as it is written."""
    from ringfence.accounts.ports import LetterToSend
    from ringfence.adapters.mail.writing import written

    run_jobs("accounts.answer")
    row = OutgoingLetter.objects.filter(kind=kind).order_by("-made_at").first()
    assert row is not None
    letter = LetterToSend(row.pk, kind, row.email.open(), row.language, "", row.facts.open(), now())
    found = re.search(rf"{re.escape(django_settings.PUBLIC_ORIGIN)}(\S+)", written(letter).text)
    assert found
    return found[1]


def fill(page: Page, **values: str) -> None:
    """Fill in fields by name and send the form with the keyboard."""
    for name, value in values.items():
        page.locator(f"[name={name}]:visible").fill(value)
    page.keyboard.press("Enter")


def register(page: Page) -> None:
    page.goto("/en/register/")
    sound(page)
    fill(page, email=ADDRESS, password=PASSWORD)
    page.wait_for_url("**/letter-sent/register/")
    sound(page)
    page.goto(link_in("confirm-address"))
    sound(page)
    fill(page, password=PASSWORD)
    page.wait_for_url("**/en/account/")


def test_register_code_app_and_sessions(page: Page, browser: Browser) -> None:
    register(page)
    sound(page)
    page.goto("/en/account/security/code-app/")
    sound(page)
    secret = page.locator("p.secret").inner_text().replace(" ", "")
    fill(page, code=pyotp.TOTP(secret).now())
    page.wait_for_url("**/recovery-codes/")
    page.get_by_role("button", name="Make ten codes").click()
    codes = page.locator("ol.secret li").all_inner_texts()
    assert len(codes) == 10
    sound(page)
    other = browser.new_context(base_url=str(django_settings.PUBLIC_ORIGIN)).new_page()
    other.goto("/en/login/")
    fill(other, email=ADDRESS, password=PASSWORD)
    other.wait_for_url("**/second-step/")
    sound(other)
    fill(other, code=codes[0])
    other.wait_for_url("**/en/account/")
    page.goto("/en/account/sessions/")
    sound(page)
    page.get_by_role("button", name="Sign out there").click()
    page.wait_for_load_state()
    other.goto("/en/account/")
    assert "/en/login/" in other.url
    other.context.close()


def test_passkey_in_the_browser(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    register(page)
    page.goto("/en/account/security/passkeys/add/")
    sound(page)
    page.get_by_label("Name of the passkey").fill("My laptop")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/recovery-codes/")
    page.goto("/en/account/security/")
    sound(page)
    assert page.get_by_text("My laptop").first.is_visible()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/en/login/")
    page.get_by_role("link", name="Sign in with a passkey").click()
    page.wait_for_url("**/login/passkey/")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/en/account/")
    page.goto("/en/account/prove/")
    sound(page)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/en/account/security/")
    page.get_by_role("button", name="Sign out").first.click()
    fill(page, email=ADDRESS, password=PASSWORD)
    page.wait_for_url("**/second-step/")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/en/account/")


def test_change_the_address_with_the_keyboard(page: Page) -> None:
    register(page)
    page.goto("/en/account/details/email/")
    sound(page)
    fill(page, email="moved@example.org")
    page.wait_for_url("**/account/details/")
    sound(page)
    for kind in ("address-change-from", "address-change-to"):
        page.goto(link_in(kind))
        sound(page)
        page.get_by_role("button", name="Confirm").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Thank you")
    page.goto("/en/account/details/")
    assert page.get_by_text("moved@example.org").is_visible()


def test_details_history_and_desk_are_sound(page: Page, live_server: LiveServer) -> None:
    customer(name="Customer One", country="NO", time_zone="Europe/Oslo")
    page.goto("/nb/login/")
    fill(page, email="customer1@example.com", password=PASSWORD)
    page.wait_for_url("**/nb/account/")
    for path in ("/nb/account/", "/nb/account/details/", "/nb/account/history/", "/nb/account/close/"):
        page.goto(path)
        sound(page)
    page.context.clear_cookies()
    from django.test import Client

    client = Client()
    staff_member(client, Role.SUPPORT)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto("/en/staff/")
    sound(page)
    page.goto("/en/staff/customers/")
    sound(page)
    page.locator("[name=wanted]").fill("customer1@example.com")
    page.locator("[name=purpose]").select_option("customer-called")
    page.get_by_role("button", name="Find").click()
    page.wait_for_selector("text=Customer One")
    sound(page)


def test_pages_hold_together_without_scripts(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/en/login/passkey/")
    assert page.get_by_text("Passkeys need a browser that runs scripts").is_visible()
    assert not page.get_by_role("button", name="Use my passkey").is_visible()
    context.close()
    assert tmp_path.exists()
