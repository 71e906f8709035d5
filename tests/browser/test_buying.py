"""Buying in a real browser: with the keyboard alone, without scripts, and on a telephone's screen."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import people
from tests.browser.chromium import PHONE, wide
from tests.browser.conftest import Visitor
from tests.browser.store import RunningStore

MOST_STEPS = 80


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; everything on the way must show that it has it."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => {
              const style = getComputedStyle(document.activeElement);
              return document.activeElement === document.body
                || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
            }"""
        )
        assert shown, page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def enter(page: Page) -> None:
    """Press Enter, which leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def find_by_keyboard(page: Page) -> None:
    """Skip to the content, search, and choose the first number."""
    page.goto("/en/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip, a[href='#main']").first).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Country"))
    page.keyboard.type("United K")
    tab_to(page, page.get_by_label("Digits", exact=True))
    page.keyboard.type("20")
    enter(page)
    expect(page).to_have_url(re.compile(r"country=GB&digits=20"))
    tab_to(page, page.get_by_role("link", name=re.compile("^Choose")).first)
    enter(page)
    tab_to(page, page.get_by_role("button", name="Sign in and keep it for me"))
    enter(page)


def order_by_keyboard(page: Page) -> None:
    """Keep the number, and say what the order needs."""
    tab_to(page, page.get_by_role("button", name="Keep it for me"))
    enter(page)
    tab_to(page, page.get_by_label("Name"))
    page.keyboard.type("Customer One")
    tab_to(page, page.get_by_label("Country you live in"))
    page.keyboard.type("Nor")
    tab_to(page, page.get_by_label("I buy for myself"))
    page.keyboard.press("Space")
    enter(page)
    tab_to(page, page.get_by_role("button", name=re.compile("^Order and pay")))
    enter(page)


def test_a_number_is_bought_with_the_keyboard_alone(page: Page, store: RunningStore) -> None:
    store.seed("customer", email="keyboard@example.org")
    find_by_keyboard(page)
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type("keyboard@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(people.PASSWORD)
    enter(page)
    order_by_keyboard(page)
    tab_to(page, page.locator("#number"))
    page.keyboard.type("9990 0000 0000 0011")
    enter(page)
    people.is_yours(page)
    tab_to(page, page.get_by_role("link", name="Point it somewhere"))
    enter(page)
    tab_to(page, page.locator("[name=sip_uri]"))
    page.keyboard.type("sip:desk@phone.example.org")
    enter(page)
    expect(page.get_by_text("Saved. The next call rings there.")).to_be_visible()


def test_everything_but_passkeys_works_without_scripts(visitor: Visitor, store: RunningStore) -> None:
    page = visitor(java_script_enabled=False).new_page()
    people.register(page, store, "noscript@example.org")
    page.goto("/en/")
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Digits", exact=True).fill("794")
    people.press(page, "Search")
    page.get_by_role("link", name=re.compile("^Choose")).nth(1).click()
    people.press(page, "Keep it for me")
    page.get_by_label("Name").fill("Customer One")
    page.get_by_label("Country you live in").select_option("NO")
    page.get_by_label("I buy for a business").check()
    people.press(page, "Go on")
    people.pay(page, "slow")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the payment")
    people.is_yours(page)
    page.get_by_role("link", name="Point it somewhere").click()
    page.locator("[name=sip_uri]").fill("sip:desk@phone.example.org")
    people.press(page, "Let it ring here")
    expect(page.get_by_text("Saved. The next call rings there.")).to_be_visible()
    page.goto("/en/account/orders/")
    page.get_by_role("link", name="See the order").click()
    page.get_by_role("link", name="Cancel this order").click()
    people.press(page, "Yes, cancel this order")
    expect(page.get_by_text("The order is cancelled, and your money is on its way back.")).to_be_visible()


def test_a_declined_card_is_told_and_another_one_may_be_tried(page: Page, store: RunningStore) -> None:
    people.buyer(page, store, "declined@example.org")
    order = people.keep(page, 2)
    people.pay(page, "declined")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#number").fill("9990 0000 0000 0011")
    page.locator("#number").press("Enter")
    people.is_yours(page)
    page.goto(f"/en/account/orders/{order}/")
    expect(page.get_by_text("In service").first).to_be_visible()


def test_who_goes_back_from_the_payment_page_may_let_the_number_go(page: Page, store: RunningStore) -> None:
    people.buyer(page, store, "back@example.org")
    people.keep(page, 3)
    people.pay(page, "abandoned")
    expect(page).to_have_url(re.compile(r"/not-paid/$"))
    people.press(page, "Let the number go")
    expect(page.get_by_text("You have let the number go. Nothing was charged.")).to_be_visible()


@pytest.mark.parametrize("language", ["nb", "en"])
def test_nothing_scrolls_sideways_while_buying_on_a_phone(
    visitor: Visitor, store: RunningStore, language: str
) -> None:
    page = visitor(viewport=PHONE, is_mobile=True, has_touch=True).new_page()
    people.buyer(page, store, f"phone-{language}@example.org")
    order = people.keep(page, 4)
    for path in (f"/{language}/checkout/{order}/", f"/{language}/account/orders/{order}/"):
        page.goto(path)
        assert wide(page) == []
    page.goto(f"/en/checkout/{order}/")
    page.get_by_role("button", name=re.compile("^Order and pay")).click()
    expect(page.locator("#pay")).to_be_visible()
    assert wide(page) == []
    page.goto(f"/{language}/checkout/{order}/not-paid/")
    assert wide(page) == []
