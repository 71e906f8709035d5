"""A stranger writes by the form, is answered by letter, and answers back: one conversation, in a real browser."""

import re
import smtplib
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.post import text_of
from tests.browser.store import RunningStore
from tests.config.installation import within
from tests.journeys.test_the_thread import picture

pytestmark = [pytest.mark.slow, pytest.mark.promise("1.4")]
STRANGER = "curious@example.org"
QUESTION = "Can I take my number with me when I move?"


def ask(page: Page) -> None:
    """Write to us as somebody without an account."""
    page.goto("/en/contact/")
    page.get_by_label("Your e-mail address").fill(STRANGER)
    page.get_by_label("Your message").fill(QUESTION)
    people.press(page, "Send")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your message")


def find_what_was_asked(page: Page) -> None:
    """Go from the desk to the tickets of the stranger's address, and into the first one by keys alone."""
    page.goto("/en/staff/")
    page.get_by_role("link", name="Tickets").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tickets")
    picture(page, "tickets")
    page.locator("[name=wanted]").fill(STRANGER)
    people.press(page, "Find")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tickets")
    page.locator("body").click(position={"x": 1, "y": 1})
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_text(QUESTION)).to_be_visible()


def answer(page: Page, text: str) -> None:
    """Answer by keys: to the field, and send."""
    page.keyboard.press("r")
    expect(page.locator("[name=text]")).to_be_focused()
    page.keyboard.type(text)
    picture(page, "ticket")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Sent.", exact=True)).to_be_visible()


def answer_back(store: RunningStore, letter: EmailMessage, text: str) -> None:
    """Answer a letter as a mail program does."""
    message = EmailMessage()
    message["From"], message["To"] = STRANGER, letter["Reply-To"]
    message["Subject"] = f"Re: {letter['Subject']}"
    message["Message-ID"] = "<answered-back@mail.example.org>"
    message["In-Reply-To"] = message["References"] = letter["Message-ID"]
    quoted = "".join(f"> {line}\n" for line in text_of(letter).splitlines())
    message.set_content(f"{text}\n\nOn Monday, support wrote:\n{quoted}")
    with smtplib.SMTP("127.0.0.1", store.installation.ports["MAIL"], timeout=10) as server:
        server.send_message(message)


def is_told(page: Page) -> bool:
    """Tell whether an open page, when it looks the next time, says that something was written meanwhile."""
    page.evaluate("look()")
    return page.get_by_text("Something was written here meanwhile.").is_visible()


def test_write_get_an_answer_and_answer_back(page: Page, visitor: Visitor, store: RunningStore) -> None:
    ask(page)
    desk = visitor().new_page()
    people.staff_in(desk, store, "answers@example.org", "support")
    find_what_was_asked(desk)
    answer(desk, "You can, within the country.")
    letter = store.post.letter(STRANGER, "You can, within the country.")
    assert QUESTION not in str(letter["Subject"])
    answer_back(store, letter, "Thank you, and abroad?")
    assert within(20, lambda: is_told(desk))
    desk.get_by_role("link", name="Load the page anew").click()
    expect(desk.get_by_text("Thank you, and abroad?")).to_be_visible()
    expect(desk.locator(".thread > li")).to_have_count(3)
    expect(desk.get_by_text("What it quotes")).to_be_visible()
    expect(desk.locator(".lede .tag").first).to_have_text("Waits for us")
    picture(desk, "answered-back")
    desk.locator("[name=text]").fill("Abroad you cannot.")
    people.press(desk, "Send and close")
    expect(desk.get_by_text("Sent, and the ticket is closed.")).to_be_visible()
    last = store.post.letter(STRANGER, "Abroad you cannot.")
    assert re.search(r"<answered-back@mail\.example\.org>$", str(last["In-Reply-To"]))
