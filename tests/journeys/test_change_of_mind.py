"""A change of mind, on a telephone: from the first page to a number that is bought, cancelled and paid back.

In both languages, in a real browser, through the payment provider's own page; each page must fit the screen. With
SCREENSHOTS=folder a picture of each step is kept.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.chromium import PHONE, wide
from tests.browser.conftest import Visitor
from tests.browser.post import text_of
from tests.browser.store import RunningStore
from tests.config.installation import within

pytestmark = [pytest.mark.slow]
MONEY_BACK_SECONDS = 40


class Journey:
    """One visitor with a telephone, who reads one language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    def said(self, text: str) -> str:
        """Return what a text of the pages is in this language."""
        with translation.override(self.language):
            return translation.gettext(text)

    def press(self, text: str) -> None:
        """Press a button or follow a link, by its first words."""
        beginning = re.compile("^" + re.escape(self.said(text).partition("%")[0]))
        either = self.page.get_by_role("button", name=beginning).or_(
            self.page.get_by_role("link", name=beginning)
        )
        either.first.click()

    def fits(self, name: str) -> None:
        """Look whether the page fits the screen, and keep a picture when pictures are wanted."""
        assert wide(self.page) == [], name
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{self.language}-{name}.png", full_page=True)

    def find(self) -> None:
        """Search on the first page, and choose."""
        self.page.goto(f"/{self.language}/?country=GB&digits=79460")
        self.fits("1-search")
        self.page.get_by_role("list").get_by_role("link", name=re.compile(f"^{self.said('Choose')}")).nth(
            5
        ).click()
        self.fits("2-number")
        self.press("Keep it for me")
        self.fits("3-checkout")

    def pay(self) -> None:
        """Pay on the provider's page, and come back to a number in service."""
        self.press("Order and pay %(amount)s")
        expect(self.page.locator("#pay")).to_be_visible()
        self.fits("4-provider")
        self.page.locator("#number").fill("9990 0000 0000 0011")
        self.page.locator("#number").press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(
            self.said("It is yours. Point it somewhere."), timeout=20_000
        )
        self.fits("5-yours")

    def cancel(self) -> None:
        """Cancel with the one button and its one confirmation."""
        self.press("See the order")
        self.fits("6-order")
        self.press("Cancel this order")
        self.fits("7-sure")
        self.press("Yes, cancel this order")
        cancelled = self.said("The order is cancelled, and your money is on its way back.")
        expect(self.page.get_by_text(cancelled)).to_be_visible()

    def shows(self, text: str) -> Callable[[], bool]:
        """Return whether the page, looked at anew, shows a text."""

        def looked() -> bool:
            self.page.reload()
            return self.page.get_by_text(self.said(text), exact=True).first.is_visible()

        return looked


@pytest.mark.promise("6.1")
@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_number_is_bought_cancelled_and_paid_back_on_a_telephone(
    visitor: Visitor, store: RunningStore, language: str
) -> None:
    email = f"mind-{language}@example.org"
    page = visitor(viewport=PHONE, is_mobile=True, has_touch=True).new_page()
    people.buyer(page, store, email, language=language)
    journey = Journey(page, language)
    journey.find()
    journey.pay()
    journey.cancel()
    assert within(MONEY_BACK_SECONDS, journey.shows("Paid back")), page.get_by_role("main").inner_text()
    journey.fits("8-paid-back")
    for told in ("Your order is cancelled", "Your money has been paid back"):
        letter = store.post.letter(email, journey.said(told))
        assert "ord_" in text_of(letter)
