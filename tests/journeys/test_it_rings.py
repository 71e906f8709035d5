"""A customer says where and when a number rings, it is called, and the call is in the log two seconds later; then gone.

The number is the demonstration's own, so the journey begins where a newcomer's does: at a number that already rings.
"""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from ringfence.interfaces.commands import demo
from tests.browser import people
from tests.browser.store import RunningStore
from tests.calls.sip_peers import Caller, Phone
from tests.config.installation import within

pytestmark = [pytest.mark.slow]
NUMBER, CALLER, SHOWN = "+442079460110", "+442079460555", "+44 20 7946 0555"


def rings_at(page: Page, phone: Phone) -> None:
    """Let the number ring a phone, every day from midnight to midnight; the switch has it a moment later."""
    page.goto("/en/account/numbers/")
    page.get_by_role("link", name=re.compile("^Change")).first.click()
    path = page.url
    page.get_by_role("link", name=re.compile("^Change")).first.click()
    page.locator("[name=sip_uri]").fill(phone.uri)
    page.get_by_role("main").locator("form button:not([name])").last.click()
    page.goto(f"{path}hours/")
    for field in ("d0_0_from", "d0_0_to"):
        page.locator(f"[name={field}]").fill("00:00")
    people.press(page, "Copy Monday to every day")
    page.locator("[name=on_holidays][value=as_usual]").check()
    people.press(page, "Save the opening hours")
    page.goto(path)
    assert within(40, lambda: page.reload() and page.get_by_text("In use at the switch").count())


def test_a_number_rings_when_and_where_its_customer_says(page: Page, store: RunningStore) -> None:
    people.sign_in(page, demo.CUSTOMERS[0][0], demo.PASSWORD)
    expect(page).to_have_url(re.compile(r"/en/account/$"))
    with Phone(("127.0.0.3", 0)) as phone, Caller(store.edge) as carrier:
        rings_at(page, phone)
        call = carrier.call(NUMBER, caller=CALLER)
        assert call.status == 200
        assert phone.requests("INVITE")
        carrier.hang_up(call)
        over = time.monotonic()
        page.goto("/en/account/calls/")
        while SHOWN not in page.inner_text("main"):
            assert time.monotonic() - over < 2, "the call is not in the log"
            page.reload()
    page.get_by_role("link", name="Delete all call records").click()
    for _turn in range(3):  # a call that another journey left may end meanwhile: then it is asked again
        with page.expect_navigation():
            people.press(page, "Delete them all")
        if page.url.endswith("/en/account/calls/"):
            break
    assert SHOWN not in page.inner_text("main")


def test_a_newcomer_sees_a_number_ring(page: Page, store: RunningStore) -> None:
    page.goto("/en/")
    page.get_by_role("link", name="See a number ring").click()
    people.press(page, "A number that is suspended")
    expect(page.get_by_role("heading", name="It does not ring")).to_be_visible()
    people.press(page, "A number nobody has")
    expect(page.locator("li.refuses")).to_contain_text("404")
    page.goto("/en/try/")
    people.press(page, "Send it a text message")
    expect(page.get_by_text("The message has arrived.")).to_be_visible()
