"""Every public page with a clean browser: hosts, cookies, storage; before a choice, after a no, after a yes (3.2).

Google is a stand-in that does what Google's code does with the settings it is given: it sets its cookies and reports
the visit. Nothing leaves this machine.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Route, expect

from ringfence.interfaces.cookie_choice import MEASURED
from tests.browser import people
from tests.browser.chromium import COOKIES, PATIENCE_MS
from tests.browser.store import MEASUREMENT, RunningStore
from tests.interfaces import route_table

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.promise("3.2"),
    pytest.mark.promise("1.4"),
]
TAG, COLLECT = "www.googletagmanager.com", "region1.google-analytics.com"
GOOGLES = {"_ga", f"_ga_{MEASUREMENT.removeprefix('G-')}"}
STAND_IN = """
{
  const [, id, how] = window.dataLayer.map(one => [...one]).find(([word]) => word === "config");
  const says = window.dataLayer.map(one => [...one]).find(([word]) => word === "consent")[2];
  const flags = `path=/; max-age=${how.cookie_expires}; ${how.cookie_flags}`;
  if (says.analytics_storage === "granted") {
    for (const name of ["_ga", "_ga_" + id.slice(2)]) document.cookie = `${name}=GA1.1.1; ${flags}`;
  }
  const sent = new URLSearchParams({
    tid: id, dl: how.page_location, dr: how.page_referrer, dt: how.page_title, gcs: JSON.stringify(says),
  });
  fetch(`https://region1.google-analytics.com/g/collect?${sent}`, {method: "POST", mode: "no-cors", keepalive: true});
}
"""
_addresses = count(1)


@dataclass
class Profile:
    """A clean browser profile, and what became of it."""

    context: BrowserContext
    store: RunningStore
    hosts: set[str] = field(default_factory=set)
    loading: set[str] = field(default_factory=set)
    reports: list[dict[str, list[str]]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.route("**/*", self._asked)
        self.context.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )
        self.page = self.context.new_page()

    def _asked(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.netloc == urlsplit(self.store.origin).netloc:
            route.continue_()
            return
        self.hosts.add(address.netloc)
        if address.netloc == TAG:
            route.fulfill(content_type="text/javascript", body=STAND_IN)
        elif address.netloc == COLLECT:
            self.reports.append(parse_qs(address.query))
            route.fulfill(status=204)
        else:
            route.abort()

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


@pytest.fixture
def profile(store: RunningStore, chromium: Browser) -> Iterator[Any]:
    """Make clean profiles."""
    made: list[BrowserContext] = []

    def new(**wishes: Any) -> Profile:
        headers = {"X-Forwarded-For": f"192.0.2.{next(_addresses)}", **wishes.pop("headers", {})}
        context = chromium.new_context(base_url=store.origin, extra_http_headers=headers, **wishes)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return Profile(context, store)

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
    visit.page.goto("/en/?digits=4471")
    visit.crawl("en")
    leading_on = {"storefront:ledger", "storefront:promises"}
    assert visit.loading - leading_on == MEASURED, "on pages anybody may read, and on no others"
    assert visit.hosts == {TAG, COLLECT}
    assert visit.cookies() - COOKIES == {"choice"} | GOOGLES
    assert visit.storage() == {}
    assert visit.complaints == []
    said = str(visit.reports)
    assert "4471" not in said
    assert "num_" not in said
    for report in visit.reports:
        assert re.fullmatch(r"http://localhost:\d+/en/[a-z/-]*", report["dl"][0]), report
        assert (
            '"ad_storage":"denied","ad_user_data":"denied","ad_personalization":"denied"' in report["gcs"][0]
        )
    people.press(visit.page, "Stop counting my visits")
    expect(visit.page.get_by_role("button", name="Stop counting my visits")).to_have_count(0)
    assert not visit.cookies() & GOOGLES
    visit.hosts.clear()
    visit.page.goto("/en/")
    assert visit.hosts == set()


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
    visit.hosts.clear()
    for path in ("/en/help/", "/en/", "/en/account/data/consents/"):
        visit.page.goto(path)
    expect(visit.page.get_by_role("button", name="Take back every yes")).to_be_visible()
    assert visit.hosts == set()
