"""Somebody reports a number, and calls to it are refused; its customer appeals, and it rings again (5.3 and 5.4)."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ringfence.interfaces.commands import demo
from tests.browser import people
from tests.browser.store import RunningStore
from tests.calls.sip_peers import Caller
from tests.config.installation import within

pytestmark = [pytest.mark.slow, pytest.mark.promise("5.4")]
NUMBER, REFUSED, SECONDS = "+442079460110", 403, 5
REASON = "Somebody called people from it in a bank’s name."


def of_staff(page: Page, store: RunningStore, email: str) -> Page:
    """Let a member of staff in, and open the case for its purpose."""
    people.staff_in(page, store, email, "support")
    page.goto("/en/staff/abuse/")
    page.get_by_role("link", name="+44 20 7946 0110").first.click()
    people.press(page, "Look, in order to decide this case")
    return page


def reported(page: Page) -> None:
    """Report the number, as anybody can."""
    page.goto("/en/report-abuse/")
    page.get_by_label("The number that called or wrote to you").fill("+44 20 7946 0110")
    page.get_by_label("Somebody pretends to be somebody else").check()
    page.get_by_label("What happened?").fill("They said that they were my bank.")
    page.get_by_label("Your e-mail address").fill("reporter@example.net")
    people.press(page, "Send the report")
    expect(page.get_by_role("heading", name="Thank you, we have your report")).to_be_visible()


def test_a_reported_number_refuses_calls_until_the_appeal_is_won(
    page: Page, visitor: Any, store: RunningStore
) -> None:
    with Caller(store.edge) as carrier:
        assert carrier.call(NUMBER, caller="+442079460555").status != REFUSED
        reported(page)
        store.post.letter("reporter@example.net", "Somebody looks at your report")
        first = of_staff(visitor().new_page(), store, "first.desk@example.org")
        people.press(first, "Take it up")
        first.get_by_label("Suspend this number").check()
        first.get_by_label("Reason").fill(REASON)
        people.press(first, "Decide the case")
        people.press(first, "Send it to the customer")
        decided = time.monotonic()
        assert within(SECONDS, lambda: carrier.call(NUMBER, caller="+442079460555").status == REFUSED)
        assert time.monotonic() - decided < SECONDS
        customer = visitor().new_page()
        people.sign_in(customer, demo.CUSTOMERS[0][0], demo.PASSWORD)
        expect(customer).to_have_url(re.compile(r"/en/account/$"))
        customer.get_by_role("link", name="Why, and how to appeal").click()
        expect(customer.get_by_text(REASON)).to_be_visible()
        customer.get_by_label("Why is the decision wrong?").fill("That was not me.")
        people.press(customer, "Send the appeal")
        second = of_staff(visitor().new_page(), store, "second.desk@example.org")
        second.get_by_label("The appeal is right").check()
        second.get_by_label("Answer").last.fill("You are right.")
        people.press(second, "Answer the appeal")
        people.press(second, "Send it to the customer")
        assert within(SECONDS, lambda: carrier.call(NUMBER, caller="+442079460555").status != REFUSED)
        customer.reload()
        expect(customer.get_by_text("You are right.")).to_be_visible()
