"""The thread: a number is put on sale, found, bought, called, cancelled, and its buyer forgotten again.

One test walks it in a real browser through the whole running store: database, worker, payment provider, mail, and
the SIP switch, which a carrier really calls. With SCREENSHOTS=folder it keeps a picture of each step.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from ringfence.adapters.payments.rehearsal_provider.keys import api_key
from ringfence.privacy.policy_text import NUMBERS
from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.post import text_of
from tests.browser.store import RunningStore
from tests.calls.sip_peers import Caller, Phone, place_with_sipp
from tests.config.installation import ROOT, within

pytestmark = [pytest.mark.slow]

ADDRESS = "customer@example.org"
NUMBER = "+441914980873"
WRITTEN = "+44 191 498 0873"
STOCK = f"""first,last,capabilities
{NUMBER[:-1]}0,{NUMBER[:-1]}9,voice
{NUMBER[:-3]}12345,,voice
"""
CALLER = "+442079460321"
VERIFIER = ROOT / "src/ringfence/privacy/ledger/standalone/ringfence_verify.py"


def picture(page: Page, name: str) -> None:
    """Keep a picture of this step, when pictures are wanted."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def shows(page: Page, path: str, words: str | re.Pattern[str], seconds: float = 20) -> None:
    """Look at a page again and again until it shows these words."""

    def looked() -> bool:
        page.goto(path)
        return page.get_by_text(words).first.is_visible()

    assert within(seconds, looked), f"{path} never shows {words!r}: {page.get_by_role('main').inner_text()}"


def put_on_sale(store: RunningStore, folder: Path) -> None:
    """Take a block of numbers into stock from the operator's file; the line with an impossible number is told."""
    file = folder / "stock.csv"
    file.write_text(STOCK)
    status, said = store.installation.run("numbers", "import", str(file))
    assert status == 1
    assert "10 numbers read, 10 of them new; 1 line rejected." in said
    assert said.startswith("line 3:")


def find(page: Page) -> None:
    """Search by country and digits, and choose the number."""
    page.goto("/en/")
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Digits", exact=True).fill("873")
    people.press(page, "Search")
    expect(page.locator("mark").first).to_have_text("873")
    picture(page, "01-search")
    page.get_by_role("link", name=f"Choose {WRITTEN}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WRITTEN)


def become_customer(page: Page, store: RunningStore) -> None:
    """Choosing leads a stranger to signing in, and from there to registering; the letter brings them back."""
    people.press(page, "Sign in and keep it for me")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("link", name="Register").click()
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password").fill(people.PASSWORD)
    people.press(page, "Register")
    picture(page, "02-registered")
    people.confirm(page, store, ADDRESS)


def order(page: Page, store: RunningStore) -> str:
    """Hold the number, say what an order needs, and pay on the provider's own page; the order's id."""
    people.press(page, "Keep it for me")
    page.get_by_label("Name").fill("Customer One")
    page.get_by_label("Country you live in").select_option("NO")
    page.get_by_label("I buy for myself").check()
    people.press(page, "Go on")
    expect(page.get_by_role("button", name=re.compile("^Order and pay"))).to_be_visible()
    picture(page, "03-checkout")
    made = page.url.rstrip("/").rsplit("/", 1)[1]
    page.get_by_role("button", name=re.compile("^Order and pay")).click()
    expect(page).to_have_url(re.compile(f"^{store.provider}/"))
    picture(page, "04-payment-page")
    page.locator("button[aria-describedby~='card-succeeds']").click()
    people.is_yours(page)
    picture(page, "05-yours")
    letter = text_of(store.post.letter(ADDRESS, WRITTEN))
    assert made in letter
    return made


def ring(page: Page, store: RunningStore) -> str:
    """Point the number at a telephone, call it as a carrier does, and find the call; the number's page."""
    with Phone(("127.0.0.3", 0)) as phone:
        page.get_by_role("link", name="Point it somewhere").click()
        page.locator("[name=sip_uri]").fill(phone.uri)
        people.press(page, "Let it ring here")
        path = page.url.removeprefix(store.origin)
        shows(page, path, "In use at the switch")
        picture(page, "06-destination")
        result = place_with_sipp(store.edge, NUMBER, caller=CALLER, local_port=0)
        assert result.returncode == 0, result.stdout + result.stderr
        assert within(5, lambda: phone.requests("ACK"))
        assert [len(phone.requests(method)) for method in ("INVITE", "ACK", "BYE")] == [1, 1, 1]
        assert phone.requests("INVITE")[0].first == f"INVITE {phone.uri} SIP/2.0"
    shows(page, "/en/account/calls/", "+44 20 7946 0321")
    shows(page, "/en/account/calls/", re.compile(r"Answered, \d"), 30)
    picture(page, "07-calls")
    return path


def cancel(page: Page, store: RunningStore, made: str) -> None:
    """Cancel within the window; the money goes back at the provider, once, and callers hear that nobody is there."""
    page.goto(f"/en/account/orders/{made}/")
    expect(page.get_by_text("You can cancel this order until")).to_be_visible()
    picture(page, "08-order")
    page.get_by_role("link", name="Cancel this order").click()
    people.press(page, "Yes, cancel this order")
    shows(page, f"/en/account/orders/{made}/", "Paid back", 30)
    assert within(20, lambda: "refund.succeeded" in at_the_provider(store, made))
    assert at_the_provider(store, made).count("refund.succeeded") == 1
    shows(page, f"/en/account/orders/{made}/", re.compile("Paid back the way you paid"))
    picture(page, "09-refunded")
    with Caller(store.edge) as carrier:
        assert within(10, lambda: carrier.call(NUMBER).status == 410)


def at_the_provider(store: RunningStore, made: str) -> list[str]:
    """The kinds of events the provider has about an order."""
    secret = (store.installation.var / "secrets" / "rehearsal-payments").read_text().strip()
    answer = httpx.get(
        f"{store.provider}/v1/events?limit=100", headers={"Authorization": f"Bearer {api_key(secret)}"}
    )
    events: list[dict[str, Any]] = answer.json()["events"]
    return [str(event["type"]) for event in events if made in json.dumps(event)]


def leave(page: Page, folder: Path) -> Path:
    """Delete the account, follow it to the end, and save the receipt."""
    page.goto("/en/account/history/")
    picture(page, "10-history")
    page.goto("/en/account/close/")
    page.get_by_role("link", name="To your data").click()
    page.get_by_role("main").get_by_role("link", name="Delete my account").click()
    page.get_by_label("Yes, delete my account").check()
    picture(page, "11-delete")
    people.press(page, "Delete now")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is deleted", timeout=60_000)
    picture(page, "12-receipt")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the receipt").click()
    receipt = folder / "receipt.json"
    saving.value.save_as(receipt)
    return receipt


def verify(store: RunningStore, receipt: Path) -> None:
    """Check the receipt, and the whole published ledger, as a stranger does; an altered receipt does not hold."""

    def said(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(VERIFIER), *words, "--url", store.origin]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    for verdict in (said("receipt", str(receipt)), said("ledger")):
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    altered = json.loads(receipt.read_text())
    altered["body"]["done_at"] = "2001-01-01T00:00:00+00:00"
    (receipt.parent / "altered.json").write_text(json.dumps(altered))
    assert said("receipt", str(receipt.parent / "altered.json")).returncode == 1
    assert ADDRESS not in receipt.read_text()


def read_policy(page: Page, store: RunningStore) -> None:
    """Read the policy in both languages: the checks have run after all of this, and the promises are kept."""
    store.run("sweep")
    for language, kept in (("nb", "Holdt"), ("en", "Kept")):
        page.goto(f"/{language}/policy/")
        for clause in ("2.3", "4.3", "6.1"):
            proof = page.locator(f"[id='clause-{clause}'] .proof")
            expect(proof.locator(".tag.kept")).to_contain_text(kept)
        assert page.locator("article.clause").count() == len(NUMBERS)
    page.locator("[id='clause-6.1']").scroll_into_view_if_needed()
    picture(page, "13-policy")


def test_a_number_is_bought_rings_and_is_forgotten_again(
    visitor: Visitor, store: RunningStore, tmp_path: Path
) -> None:
    page = visitor(viewport={"width": 1200, "height": 900}).new_page()
    put_on_sale(store, tmp_path)
    find(page)
    become_customer(page, store)
    find(page)
    made = order(page, store)
    path = ring(page, store)
    cancel(page, store, made)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).not_to_have_text(WRITTEN)
    receipt = leave(page, tmp_path)
    verify(store, receipt)
    people.sign_in(page, ADDRESS)
    expect(page.get_by_text("Address and password do not fit together.").first).to_be_visible()
    with Caller(store.edge) as carrier:
        assert carrier.call(NUMBER).status == 410
    read_policy(page, store)
    assert "The ledger holds together" in store.run("verify")
