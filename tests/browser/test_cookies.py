"""Every public page with a clean browser: hosts, cookies, storage; before a choice, after a no, after a yes (3.2).

Whatever the browser asks of other hosts arrives at a server on this machine, which notes it byte by byte. Nothing
leaves the machine, and nothing that goes to others can be missed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, expect

from ringfence.interfaces.cookie_choice import MEASURED
from tests.browser import people
from tests.browser.chromium import COOKIES, PATIENCE_MS, close_all
from tests.browser.elsewhere import COLLECT, TAG, Asked, Elsewhere, a_browser_that_knows_no_other
from tests.browser.store import MEASUREMENT, RunningStore
from tests.config.installation import within
from tests.interfaces import route_table

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.promise("3.2"),
    pytest.mark.promise("1.4"),
]
GOOGLES = {"_ga", f"_ga_{MEASUREMENT.removeprefix('G-')}"}
DENIED = '{"ad_storage":"denied","ad_user_data":"denied","ad_personalization":"denied"'
_addresses = count(1)


@dataclass
class Profile:
    """A clean browser profile, and what became of it."""

    context: BrowserContext
    store: RunningStore
    elsewhere: Elsewhere
    loading: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.forget()
        self.context.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )
        self.page = self.context.new_page()

    def forget(self) -> None:
        """Look at what is asked of others from now on."""
        self._since = len(self.elsewhere.seen)

    @property
    def asked(self) -> list[Asked]:
        """What was asked of others."""
        return self.elsewhere.seen[self._since :]

    @property
    def hosts(self) -> set[str]:
        """Which others were asked."""
        return {one.host for one in self.asked}

    @property
    def reports(self) -> list[Asked]:
        """What Google was told."""
        return [one for one in self.asked if one.host == COLLECT]

    def read(self, link: str) -> None:
        """Follow a link of the menu to a page that is counted, and wait until it is."""
        before = len(self.reports)
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=link).click()
        arrived = within(5, lambda: ["page_view"] in [one.told["en"] for one in self.reports[before:]])
        assert arrived, f"{link} is not counted"

    def crawl(self, language: str) -> None:
        """Open every page that a stranger may see."""
        for row in route_table.rows():
            if ":" in row.route and row.get[0] == "y" and set(row.places) <= {"version"}:
                self.open(row.route, route_table.address(row, {"version": "1"}, language))
        self.page.goto(f"/{language}/?country=GB")
        link = self.page.locator("a[href*='/numbers/num_']").first.get_attribute("href") or ""
        self.open("storefront:number", re.sub(r"choose/$", "", link))

    def open(self, route: str, address: str) -> None:
        """Open a page; note whether it loads anything from others. A file that is saved loads nothing."""
        try:
            self.page.goto(address, wait_until="load")
        except Error as trouble:
            if "Download is starting" not in str(trouble):
                raise
            return
        loaded = self.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
        if any(not one.startswith(self.store.origin) for one in loaded):
            self.loading.add(route)

    def cookies(self) -> set[str]:
        """The names of the cookies it holds."""
        return {str(cookie.get("name")) for cookie in self.context.cookies()}

    def storage(self) -> dict[str, Any]:
        """How much of each store of the browser is used."""
        found: dict[str, Any] = self.page.evaluate(
            """async () => ({
              local: localStorage.length, session: sessionStorage.length,
              databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
              workers: (await navigator.serviceWorker.getRegistrations()).length,
            })"""
        )
        return {name: used for name, used in found.items() if used}


@pytest.fixture(scope="module")
def alone() -> Iterator[tuple[Browser, Elsewhere]]:
    """A browser that knows this machine, and one server for all the rest."""
    with a_browser_that_knows_no_other() as both:
        yield both
    close_all()


@pytest.fixture
def profile(store: RunningStore, alone: tuple[Browser, Elsewhere]) -> Iterator[Any]:
    """Make clean profiles."""
    made: list[BrowserContext] = []
    chromium, elsewhere = alone

    def new(**wishes: Any) -> Profile:
        headers = {"X-Forwarded-For": f"192.0.2.{next(_addresses)}", **wishes.pop("headers", {})}
        wanted = {"base_url": store.origin, "extra_http_headers": headers, "ignore_https_errors": True}
        context = chromium.new_context(**wanted, **wishes)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return Profile(context, store, elsewhere)

    yield new
    for context in made:
        context.close()


def test_before_a_choice_every_page_keeps_to_itself(profile: Any) -> None:
    visit: Profile = profile()
    visit.page.goto("/en/help/")
    expect(visit.page.get_by_text("May Google count your visit?")).to_be_visible()
    assert visit.cookies() == set(), "asking needs no cookie"
    visit.crawl("en")
    assert visit.hosts == set()
    assert visit.cookies() <= COOKIES
    assert visit.storage() == {}
    assert visit.complaints == []


def test_after_a_no_every_page_keeps_to_itself_and_asks_no_more(profile: Any) -> None:
    visit: Profile = profile()
    visit.page.goto("/nb/help/")
    people.press(visit.page, "Nei, ikke tell meg")
    expect(visit.page).to_have_url(re.compile("/nb/help/$"))
    expect(visit.page.locator(".question")).to_have_count(0)
    visit.crawl("nb")
    assert visit.hosts == set()
    assert visit.cookies() <= COOKIES | {"choice"}
    assert visit.storage() == {}


def test_after_a_yes_google_learns_the_page_and_no_more_until_it_is_taken_back(profile: Any) -> None:
    visit: Profile = profile()
    visit.page.goto("/en/help/")
    people.press(visit.page, "Yes, you may count me")
    expect(visit.page.get_by_role("button", name="Stop counting my visits")).to_be_visible()
    visit.crawl("en")
    leading_on = {"storefront:ledger", "storefront:promises"}
    assert visit.loading - leading_on == MEASURED, "on pages anybody may read, and on no others"
    assert visit.hosts == {TAG, COLLECT}
    assert visit.cookies() - COOKIES == {"choice"} | GOOGLES
    assert visit.storage() == {}
    assert visit.complaints == []
    for report in visit.reports:
        assert re.fullmatch(r"http://localhost:\d+/en/[a-z/-]*", report.told["dl"][0]), report
        assert report.told["gcs"][0].startswith(DENIED), report
    people.press(visit.page, "Stop counting my visits")
    expect(visit.page.get_by_role("button", name="Stop counting my visits")).to_have_count(0)
    assert not visit.cookies() & GOOGLES
    visit.forget()
    visit.page.goto("/en/")
    assert visit.hosts == set()


def test_nothing_that_somebody_typed_or_owns_is_ever_sent_along(profile: Any, store: RunningStore) -> None:
    visit: Profile = profile()
    page = visit.page
    page.goto("/en/help/")
    people.press(page, "Yes, you may count me")
    page.goto("/en/?digits=4471")
    visit.read("Prices")
    visit.read("Numbers")
    page.get_by_label("Digits", exact=True).press_sequentially("7744")
    expect(page.get_by_role("status").filter(has_text="with 7744")).to_be_visible()
    expect(page).to_have_url(f"{store.origin}/en/")
    page.get_by_role("contentinfo").get_by_role("link", name="Contacts").click()
    page.get_by_label("Your e-mail address").fill("planted@example.org")
    page.get_by_label("Your message").fill("Planted words")
    people.press(page, "Send")
    visit.read("Help")
    person = people.buyer(page, store, "planted@example.org", name="Planted Name")
    order = people.keep(page)
    people.sign_out(page)
    page.goto(f"/en/help/?order={order}")
    visit.read("Help")
    assert {urlsplit(one.told["dl"][0]).path for one in visit.reports} == {"/en/", "/en/help/", "/en/prices/"}
    for one in visit.asked:
        found = [
            word
            for word in ("4471", "7744", "lanted", order, "ord_", "num_", person)
            if word in one.everything
        ]
        assert not found, (found, one)
        assert not {"referer", "cookie"} & one.headers.keys(), one
    for report in visit.reports:
        read = json.loads(report.body)
        assert (read["referrer"], read["kept"], read["state"]) == ("", {}, None)
        assert set(re.findall(r"(\w+)=", read["cookies"])) <= GOOGLES, "what no script may read"


def test_the_browsers_signal_is_a_no(profile: Any) -> None:
    visit: Profile = profile(headers={"Sec-GPC": "1"})
    visit.page.goto("/en/")
    expect(visit.page.locator(".question")).to_have_count(0)
    visit.page.goto("/en/cookies/")
    expect(visit.page.get_by_text("Your browser says no")).to_be_visible()
    assert (visit.hosts, visit.cookies()) == (set(), set())


def test_the_choice_works_without_scripts(profile: Any) -> None:
    visit: Profile = profile(java_script_enabled=False)
    visit.page.goto("/en/cookies/")
    people.press(visit.page, "Yes, you may count me")
    expect(visit.page.get_by_text("You said yes")).to_be_visible()
    people.press(visit.page, "No, do not count me")
    expect(visit.page.get_by_text("You said no")).to_be_visible()


def test_who_is_signed_in_is_not_counted(profile: Any, store: RunningStore) -> None:
    visit: Profile = profile()
    visit.page.goto("/en/help/")
    people.press(visit.page, "Yes, you may count me")
    visit.page.wait_for_load_state("load")
    people.buyer(visit.page, store, "counted@example.org")
    visit.forget()
    for path in ("/en/help/", "/en/", "/en/account/data/consents/"):
        visit.page.goto(path)
    expect(visit.page.get_by_role("button", name="Take back every yes")).to_be_visible()
    assert visit.hosts == set()
