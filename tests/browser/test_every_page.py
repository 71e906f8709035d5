"""Every page there is, in both languages, light and dark, wide and narrow: axe-core finds nothing on any of them.

The pages are those of the route table; no page can be added without being looked at here. axe-core looks at each in
one language, one colour scheme and one width: from page to page each of the eight ways has its turn, and what pages
share is so seen in all. Whether anything sticks out depends on the words, so that is seen at both widths in both
languages.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect

from tests.browser import people
from tests.browser.chromium import DESKTOP, PHONE, wide
from tests.browser.conftest import Visitor
from tests.browser.store import RunningStore
from tests.interfaces import route_table, walkers

pytestmark = [pytest.mark.timeout(300)]

Look = tuple[Literal["light", "dark"], ViewportSize]
LOOKS: tuple[Look, ...] = (("light", DESKTOP), ("dark", PHONE), ("light", PHONE), ("dark", DESKTOP))
OPPOSITES = {"nb": LOOKS[:2], "en": LOOKS[2:]}
LANGUAGES = ("nb", "en")
LEADS_ELSEWHERE = {
    "storefront:choose",
    "storefront:policy_record_json",
    "storefront:policy_record_csv",
    "storefront:authorities_json",
    "account:calls_file",
    "account:copy_file",
    "account:invoice_pdf",
    "account:messages_file",
    "account:paper",
    "account:ticket_attachment",
    "console:paper",
    "console:abuse_picture",
    "console:prices_export",
    "console:ticket_around",
}
"""What is no page: a step on to another one, and files that are saved."""

LINK_USED = {410}
"""The page that says so is a page like any other."""
LOOK_WITH_AXE = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"


@dataclass
class Somebody:
    """A walker who is signed in, and what stands in the places of addresses."""

    walker: str
    state: StorageState | None
    places: dict[str, str]


def named_last(page: Page, link: str) -> str:
    """What the address of a link names last."""
    address = page.get_by_role("link", name=re.compile(link)).first.get_attribute("href") or ""
    return address.rstrip("/").rsplit("/", 1)[-1]


def pointed_somewhere(page: Page) -> tuple[str, str]:
    """Let the number that was bought ring; what its address names it, and its step."""
    page.get_by_role("link", name="Point it somewhere").click()
    number = page.url.rstrip("/").rsplit("/", 1)[1]
    page.locator("[name=sip_uri]").fill("sip:desk@phone.example.org")
    people.press(page, "Let it ring here")
    return number, named_last(page, "^Change sip:")


def a_passkey(page: Page) -> str:
    """Add a passkey; what its address names it."""
    people.passkey_device(page)
    people.add_passkey(page)
    page.goto("/en/account/security/")
    return named_last(page, "^Rename")


def a_phone(page: Page) -> str:
    """Add a phone; what its address names it."""
    page.goto("/en/account/phones/add/")
    page.get_by_label("Name of the phone").fill("Reception")
    people.press(page, "Add the phone")
    page.get_by_role("link", name="I have entered it").click()
    address = page.get_by_role("link", name=re.compile("^Rename")).get_attribute("href") or ""
    return address.split("/phones/")[1].split("/")[0]


@pytest.fixture(scope="module")
def things(store: RunningStore, newcomer: Any) -> Somebody:
    """A customer with a number that rings, an order that waits, and a passkey."""
    page = newcomer()
    people.register(newcomer(), store, "letters@example.org")
    people.buyer(page, store, "everything@example.org")
    waiting = people.keep(page, 5)
    order = people.keep(page, 6)
    people.pay(page)
    people.is_yours(page)
    number, step = pointed_somewhere(page)
    passkey = a_passkey(page)
    phone = a_phone(page)
    page.goto("/en/account/invoices/")
    invoice = named_last(page, "^Invoice [0-9]")
    page.goto("/en/account/history/")
    entry = named_last(page, "^Proof")
    page.goto("/en/account/details/")
    customer = re.search(r"cus_\w+", page.content())
    assert customer
    page.goto("/en/?country=US")
    free = page.get_by_role("link", name=re.compile("^Choose")).first.get_attribute("href") or ""
    places = {
        **_seeded(store, customer[0], number),
        "number": number,
        "step": step,
        "order": order,
        "invoice": invoice,
        "waiting order": waiting,
        "passkey": passkey,
        "phone": phone,
        "customer": customer[0],
        "free number": free.split("/numbers/")[1].split("/")[0],
        "import": store.seed("numbers_file"),
        "node": store.seed("node"),
        "version": "1",
        "deletion": store.seed("deletion", email="leaving@example.org"),
        "entry": entry,
        "token": "no-such-token",
    }
    return Somebody("owner", page.context.storage_state(), places)


def _seeded(store: RunningStore, customer: str, number: str) -> dict[str, str]:
    """Have papers of the customer's, a call, a message that is sent on, and a notice."""
    papers, paper = store.seed("papers", customer=customer)
    message, delivery = store.seed("message", customer=customer, number=number)
    call, case = store.seed("call", customer=customer), store.seed("case", number=number)
    found = {"papers": papers, "paper": paper, "call": call, "message": message, "delivery": delivery}
    found |= {"case": case, "notice": store.seed("notice")}
    return found | store.seed("requests", of=customer) | store.seed("ticket", of=customer)


@pytest.fixture(scope="module")
def desk(store: RunningStore, newcomer: Any, things: Somebody) -> Somebody:
    """An administrator at the desk, who has stated why they look at the customer."""
    page = newcomer()
    people.staff_in(page, store, "everywhere@example.org", "administrator")
    page.goto(f"/en/staff/customers/{things.places['customer']}/")
    page.get_by_label("Purpose").select_option("customer-called")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_text("everything@example.org").first).to_be_visible()
    return Somebody("administrator", page.context.storage_state(), things.places)


@pytest.fixture(scope="module")
def newcomer(store: RunningStore, chromium: Browser) -> Iterator[Any]:
    """Make pages of visitors who stay for the whole module."""
    contexts: list[BrowserContext] = []

    def arrive() -> Page:
        headers = {"X-Forwarded-For": f"203.0.113.{len(contexts) + 1}"}
        contexts.append(chromium.new_context(base_url=store.origin, extra_http_headers=headers))
        return contexts[-1].new_page()

    yield arrive
    for context in contexts:
        context.close()


def pages_of(walker: str) -> list[route_table.Row]:
    """The rows of the table whose pages a walker may see; those of everybody are looked at by the stranger."""
    column = walkers.WALKERS.index(walker)
    stranger = walker == "stranger"
    return [
        row
        for row in route_table.rows()
        if ":" in row.route
        and row.get[column] == "y"
        and (stranger or row.get[0] != "y" or row.route == "storefront:home")
        and row.route not in LEADS_ELSEWHERE
    ]


def look_of(language: str, place: int) -> tuple[Look, ...]:
    """The look in which axe-core sees the page at a place of the table; none when it is the other language's turn."""
    is_turn = LANGUAGES[place % 2] == language
    return (LOOKS[place // 2 % len(LOOKS)],) if is_turn else ()


def troubles(page: Page, url: str, looks: tuple[Look, ...] | None = None) -> list[str]:
    """Everything wrong with one page; axe-core sees it in these looks, or in two that are opposite."""
    language = url.split("/")[1]
    looks = OPPOSITES[language] if looks is None else looks
    found = []
    for width in (DESKTOP, PHONE):
        page.set_viewport_size(width)
        found += [f"{url} ({width['width']} px): sticks out: {one}" for one in wide(page)]
    if looks:
        page.evaluate(AXE_SCRIPT)
    for scheme, viewport in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(viewport)
        for violation in page.evaluate(LOOK_WITH_AXE):
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            where = f"{url} ({scheme}, {viewport['width']} px)"
            found.append(f"{where}: {violation['id']}: {violation['help']}: {nodes}")
    identities = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    found += [
        f"{url}: two things are called #{one}" for one, count in Counter(identities).items() if count > 1
    ]
    if page.locator("html").get_attribute("lang") != language:
        found.append(f"{url}: says it is in another language")
    if page.locator("h1").count() != 1:
        found.append(f"{url}: has {page.locator('h1').count()} main headings")
    return found


def walk(visitor: Visitor, somebody: Somebody, language: str) -> list[str]:
    """Look at every page somebody may see; whatever is wrong with any of them."""
    page = visitor(storage_state=somebody.state).new_page() if somebody.state else visitor().new_page()
    found: list[str] = []
    for place, row in enumerate(pages_of(somebody.walker)):
        url = route_table.address(row, somebody.places, language)
        answer = page.goto(url)
        status = answer.status if answer else 0
        if status >= 400 and status not in LINK_USED:
            found.append(f"{url}: {status}")
        found += troubles(page, url, look_of(language, place))
    return found


def test_each_of_the_eight_ways_has_its_turn() -> None:
    seen = [(language, *look_of(language, place)) for place in range(8) for language in LANGUAGES]
    axed = [one for one in seen if len(one) > 1]
    assert len(axed) == 8
    assert all((language, look) in axed for language in LANGUAGES for look in LOOKS)


def test_what_is_wrong_would_be_seen(page: Page) -> None:
    page.goto("/en/help/")
    assert troubles(page, "/en/") == []
    page.evaluate(
        """() => {
          const wrong = document.createElement('p');
          wrong.id = 'main';
          wrong.style.color = '#ccc';
          wrong.style.background = '#fff';
          wrong.style.width = '120vw';
          wrong.textContent = 'hard to read';
          const picture = document.createElement('img');
          document.querySelector('main').append(wrong, picture);
        }"""
    )
    seen = "\n".join(troubles(page, "/en/"))
    for kind in ("color-contrast", "image-alt", "sticks out", "two things are called #main"):
        assert kind in seen, seen


@pytest.mark.parametrize("language", ["nb", "en"])
def test_pages_a_stranger_sees(visitor: Visitor, things: Somebody, language: str) -> None:
    stranger = Somebody("stranger", None, things.places)
    found = walk(visitor, stranger, language)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_pages_a_customer_sees(visitor: Visitor, things: Somebody, language: str) -> None:
    found = walk(visitor, things, language)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_pages_staff_see(visitor: Visitor, desk: Somebody, language: str) -> None:
    found = walk(visitor, desk, language)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_pages_that_say_no(visitor: Visitor, things: Somebody, store: RunningStore, language: str) -> None:
    page = visitor(storage_state=things.state).new_page()
    found = []
    for path, status in (("no-such-page/", 404), ("staff/", 403), ("account/totally/elsewhere/", 404)):
        answer = page.goto(f"/{language}/{path}")
        assert answer is not None
        assert answer.status == status
        found += troubles(page, f"/{language}/{path}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_mailbox_of_the_demonstration(
    visitor: Visitor, things: Somebody, store: RunningStore, language: str
) -> None:
    page = visitor(extra_http_headers={}).new_page()
    page.goto(f"/{language}/mailbox/")
    expect(page.locator("a[href*='/register/confirm/']").first).to_be_visible()
    found = troubles(page, f"/{language}/mailbox/")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_trial_call_of_the_demonstration(visitor: Visitor, store: RunningStore, language: str) -> None:
    page = visitor().new_page()
    page.goto(f"/{language}/try/")
    found = troubles(page, f"/{language}/try/")
    page.locator("button[value=suspended]").click()
    expect(page.locator("#verdict")).to_be_visible()
    found += troubles(page, f"/{language}/try/ (a call)")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_payment_page_of_the_rehearsal(visitor: Visitor, store: RunningStore, language: str) -> None:
    page = visitor().new_page()
    people.buyer(page, store, f"paying-{language}@example.org")
    order = people.keep(page, 7)
    page.goto(f"/{language}/checkout/{order}/")
    page.locator("form[action$='/pay/'] button").click()
    expect(page.locator("#pay")).to_be_visible()
    found = troubles(page, f"/{language}/ (payment page)")
    page.locator("button[aria-describedby~='card-declined']").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += troubles(page, f"/{language}/ (declined)")
    assert not found, "\n".join(found)
