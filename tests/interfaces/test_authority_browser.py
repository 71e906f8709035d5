"""Demands of authorities in a real browser: two members of staff, each with a passkey, and nobody else (clause 3.3)."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it has no types
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ringfence.config import messages
from ringfence.kernel.actor import Role
from ringfence.privacy.authorities import making
from ringfence.privacy.authorities.models import AuthorityDemand
from ringfence.privacy.authorities.rules import DemandState, Question
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.disclosure.models import Disclosure
from tests.accounts import builders
from tests.browser import people
from tests.privacy.demand_world import CALLERS, PDF, Demand, Suspect, read, records

Path(django_settings.STATIC_ROOT).mkdir(exist_ok=True)
pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.slow,
    pytest.mark.promise("3.3"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium without a window."""
    messages.compile_changed()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Desk:
    """A member of staff at a browser of their own."""

    def __init__(self, browser: Browser, origin: str, email: str, role: Role, *, passkey: bool) -> None:
        from django.test import Client

        client = Client()
        builders.staff_member(client, role, email=email)
        context = browser.new_context(base_url=origin, locale="en-GB", accept_downloads=True)
        cookie = {"name": "session", "value": client.cookies["session"].value, "url": origin}
        context.add_cookies([cookie])  # type: ignore[list-item] # as the driver takes it
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        if passkey:
            people.passkey_device(self.page)
            people.add_passkey(self.page)

    def go(self, path: str) -> Page:
        """Open a page, showing the passkey where it is asked for."""
        self.page.goto(path)
        self.prove()
        return self.page

    def prove(self) -> None:
        """Show the passkey where it is asked for."""
        if "/account/prove/" in self.page.url:
            expect(self.page.locator("[name=password]:visible, [name=code]:visible")).to_have_count(0)
            with self.page.expect_navigation(url=lambda url: "/prove/" not in url):
                people.press(self.page, "Use my passkey")


@pytest.fixture
def origin(live_server: LiveServer, settings: Settings) -> str:
    settings.PUBLIC_ORIGIN = live_server.url.replace("127.0.0.1", "localhost")
    return str(settings.PUBLIC_ORIGIN)


def judge(page: Page, verdict: str = "Yes") -> None:
    """Answer the first question that is still open."""
    card = page.locator("section.card:has(form.form)").first
    card.get_by_label(verdict, exact=True).check()
    card.get_by_label("Why").fill("Read, called back, and compared.")
    card.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Written down. It stays as it is.")).to_be_visible()


def sound(page: Page) -> None:
    """Nothing that axe finds (WCAG 2.2 AA and its own best practices)."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def enter(page: Page, tmp_path: Path, key: str, number: str) -> str:
    """Enter a demand for the calls of a number by the form; its public id."""
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(PDF)
    page.get_by_label("Data is to be handed over").check()
    filled = {
        "Which authority": "Example Police",
        "The authority's reference": "EX-17",
        "By which law": "Section 210",
        "Whom it names, in its own words": f"Whoever has {number}",
        "The authority's public key": key,
        "How you made sure that the paper and the key are theirs": "Called back.",
        "Phone numbers of ours": number,
        "To be answered by": "2027-12-01T12:00",
        "Until": "2026-12-31T00:00",
    }
    for label, text in filled.items():
        page.get_by_label(label, exact=True).or_(
            page.get_by_label(f"{label} (optional)", exact=True)
        ).first.fill(text)
    page.locator("[name=since]").fill("2026-01-01T00:00")
    page.locator("[name=paper]").set_input_files(paper)
    page.locator("[value='telephony.CallRecord.caller']").check()
    page.get_by_role("button", name="Enter the demand").click()
    expect(page.get_by_text("Nothing leaves before two have judged it.")).to_be_visible()
    return page.url.rstrip("/").rsplit("/", 1)[1]


def test_two_with_passkeys_and_nobody_else(browser: Browser, origin: str, tmp_path: Path) -> None:
    suspect, secret = Suspect(), pyrage.x25519.Identity.generate()
    first, second = (
        Desk(browser, origin, f"{name}@example.com", Role.PRIVACY, passkey=True)
        for name in ("first", "second")
    )
    demand = enter(first.go("/en/staff/authorities/new/"), tmp_path, str(secret.to_public()), suspect.e164)
    place = f"/en/staff/authorities/{demand}/"
    for _question in Question:
        judge(first.page)
    first.go(f"{place}propose/")
    expect(first.page.get_by_text("You cannot propose anything now")).to_be_visible()
    second.go(place)
    expect(second.page.get_by_text("You read it when you have written your own.")).to_have_count(3)
    sound(second.page)
    for _question in Question:
        judge(second.page)
    first.go(f"{place}propose/")
    first.page.get_by_label("Granted in full").check()
    first.page.get_by_label("Reasons").fill("All three were answered with yes.")
    sound(first.page)
    people.press(first.page, "Propose it")
    expect(first.page.get_by_text("You proposed this. Somebody else")).to_be_visible()
    expect(first.page.get_by_role("button", name="Confirm it")).to_have_count(0)
    _sent_by_hand(first.page, f"{place}confirm/")
    expect(first.page.get_by_text("You made this proposal. Somebody else has to confirm it.")).to_be_visible()
    second.go(place)
    people.press(second.page, "Confirm it")
    expect(second.page.get_by_text("The package is being made")).to_be_visible()
    assert builders.run_jobs(making.TASK) == [making.TASK]
    assert not Disclosure.objects.exists(), "nothing has left"
    second.go(place)
    sound(second.page)
    with second.page.expect_download() as saved:
        people.press(second.page, "Fetch the package")
    found = records(read(pyrage.decrypt(Path(saved.value.path()).read_bytes(), [secret])))
    assert sorted(one["caller"] for one in found) == sorted(CALLERS)
    assert Disclosure.objects.get().subject == suspect.person


def test_what_is_half_written_is_there_again_until_it_was_taken(browser: Browser, origin: str) -> None:
    made = Demand(Target(Suspect().person))
    place = f"/en/staff/authorities/{made.row.public_id}/"
    desk = Desk(browser, origin, "first@example.com", Role.PRIVACY, passkey=True)
    written = desk.go(place).get_by_label("Why").last
    written.fill("Half a judgement.")
    desk.go("/en/staff/authorities/")
    desk.go(place)
    expect(written).to_have_value("Half a judgement.")
    for _question in Question:
        judge(desk.page)
    left = "Object.keys(sessionStorage).filter(one => one.startsWith('written '))"
    assert desk.page.evaluate(left) == []


def _sent_by_hand(page: Page, path: str) -> None:
    """Send to an address what no button on the page sends, as somebody would who wants around the rule."""
    page.evaluate(
        """path => { const form = document.createElement('form');
        form.method = 'post'; form.action = path;
        form.append(document.querySelector('[name=csrfmiddlewaretoken]').cloneNode());
        document.body.append(form); form.submit(); }""",
        path,
    )
    page.wait_for_load_state()


def test_without_the_role_without_a_passkey_and_before_judging_nobody_decides(
    browser: Browser, origin: str
) -> None:
    suspect = Suspect()
    made = Demand(Target(suspect.person, suspect.number)).judged().proposed()
    place = f"/en/staff/authorities/{made.row.public_id}/"
    support = Desk(browser, origin, "support@example.com", Role.SUPPORT, passkey=True)
    answer = support.page.goto(place)
    assert answer is not None
    assert answer.status == 403
    support.page.goto("/en/staff/")
    _sent_by_hand(support.page, f"{place}confirm/")
    code_only = Desk(browser, origin, "code@example.com", Role.PRIVACY, passkey=False)
    code_only.page.goto("/en/staff/authorities/")
    expect(code_only.page.get_by_text(made.row.public_id)).to_be_visible()
    for path in (place, f"{place}propose/", f"{place}withdraw/", "/en/staff/authorities/new/"):
        code_only.page.goto(path)
        expect(code_only.page).to_have_url(re.compile(r"/account/prove/\?.*means=passkey"))
        expect(code_only.page.get_by_text("Here a passkey is needed, and you have none.")).to_be_visible()
    code_only.page.goto("/en/staff/authorities/")
    _sent_by_hand(code_only.page, f"{place}confirm/")
    expect(code_only.page).to_have_url(re.compile(r"/account/prove/"))
    late = Desk(browser, origin, "third@example.com", Role.PRIVACY, passkey=True)
    late.go(place)
    expect(
        late.page.get_by_text("Only somebody who judged all three questions can confirm it.")
    ).to_be_visible()
    _sent_by_hand(late.page, f"{place}confirm/")
    expect(late.page.get_by_text("Write your own judgement of all three questions first.")).to_be_visible()
    assert AuthorityDemand.objects.get().state == DemandState.PROPOSED
