"""Searching in a real browser: what is found follows what is typed, and nothing jumps or is lost."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import PHONE, wide
from tests.browser.conftest import Visitor
from tests.browser.store import RunningStore


def test_what_is_found_follows_what_is_typed(page: Page, store: RunningStore) -> None:
    page.goto("/en/")
    digits = page.get_by_label("Digits", exact=True)
    digits.press_sequentially("777")
    found = page.get_by_role("status").filter(has_text="with 777")
    expect(found).to_be_visible()
    expect(digits).to_be_focused()
    expect(page).to_have_url(f"{store.origin}/en/?digits=777")
    assert set(page.locator(".rows mark").all_inner_texts()) <= {"777", "7 77", "77 7"}
    page.get_by_label("Country").select_option("GB")
    expect(page).to_have_url(f"{store.origin}/en/?country=GB&digits=777")
    expect(page.get_by_role("status").filter(has_text="United Kingdom with 777")).to_be_visible()
    expect(page.get_by_label("City or area")).to_contain_text("London (")
    page.get_by_label("SMS").check()
    expect(page).to_have_url(re.compile("country=GB&digits=777&can=sms$"))
    expect(page.get_by_role("navigation", name="Language").get_by_text("Norsk")).to_have_attribute(
        "href", re.compile(r"/nb/\?country=GB&digits=777&can=sms$")
    )
    page.reload()
    expect(digits).to_have_value("777")
    expect(page.get_by_label("SMS")).to_be_checked()
    expect(page.get_by_label("SMS")).to_be_visible()


def test_a_search_that_cannot_be_read_is_explained_at_its_field(page: Page) -> None:
    page.goto("/en/")
    digits = page.get_by_label("Digits", exact=True)
    digits.press_sequentially("12#")
    expect(digits).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#digits-error")).to_contain_text("cannot be searched for")
    digits.fill("00")
    expect(page.locator("#digits-error")).to_have_text("")
    expect(page.locator(".rows > li").first).to_be_visible()


def test_an_answer_that_comes_late_changes_nothing(page: Page) -> None:
    """The first search is answered after the second one was."""
    held: list[Route] = []
    page.route("**/en/?digits=1", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it calls
    page.goto("/en/")
    digits = page.get_by_label("Digits", exact=True)
    digits.press_sequentially("1")
    expect(page.locator("#numbers")).to_have_attribute("aria-busy", "true")
    digits.press_sequentially("2")
    expect(page).to_have_url(re.compile("digits=12$"))
    expect(page.get_by_role("status").filter(has_text="with 12")).to_be_visible()
    assert len(held) == 1


def test_on_a_telephone_the_filters_are_folded_away(visitor: Visitor) -> None:
    page = visitor(viewport=PHONE).new_page()
    page.goto("/en/?digits=00")
    expect(page.get_by_label("Kind of number")).to_be_hidden()
    page.get_by_text("More filters").click()
    page.get_by_label("Kind of number").select_option("mobile")
    expect(page).to_have_url(re.compile("type=mobile"))
    assert not wide(page)


def test_an_empty_result_is_never_the_end(visitor: Visitor) -> None:
    page = visitor(java_script_enabled=False).new_page()
    page.goto("/en/?country=GB&digits=000987654&type=mobile")
    ways = page.locator(".ways a")
    expect(ways.first).to_be_visible()
    ways.first.click()
    expect(page.locator(".rows > li").first).to_be_visible()
