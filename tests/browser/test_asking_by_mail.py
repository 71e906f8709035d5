"""Somebody asks by mail to be deleted, confirms it by the link, and sees it done (clauses 4.2 and 4.3)."""

import smtplib
from email.message import EmailMessage

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.post import link_in, text_of
from tests.browser.store import RunningStore

OURS = "privacy@example.com"
DELETED_WITHIN_MS = 60_000


def write(store: RunningStore, sender: str, subject: str, text: str) -> None:
    """Send a letter to the store, as anybody's mail program does."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, OURS, subject
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", store.installation.ports["MAIL"], timeout=10) as server:
        server.sendmail(sender, [OURS], message.as_bytes())


def test_a_deletion_asked_for_by_mail_is_confirmed_by_link_and_done(page: Page, store: RunningStore) -> None:
    address = "leaving@example.org"
    people.register(page, store, address)
    people.sign_out(page)
    write(store, address, "Goodbye", "Hello,\n\nI have no use for it any more. Please delete my account.\n")
    letter = store.post.letter(address, "Was it you who asked?")
    assert "To be done by" in text_of(letter)
    page.goto(link_in(letter, "/requests/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Was it you who asked?")
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Your account is deleted", timeout=DELETED_WITHIN_MS
    )
    people.sign_in(page, address)
    expect(page.get_by_text("Address and password do not fit together.").first).to_be_visible()


def test_a_stranger_who_asks_by_mail_is_told_the_same_as_anybody(store: RunningStore) -> None:
    write(store, "nobody@example.org", "Data", "Please send me a copy of my data and delete my account.\n")
    letter = store.post.letter("nobody@example.org", "We do not know this address")
    assert "A copy of your data; The deletion of your account" in text_of(letter)
    assert [to for to, _subject in store.post.subjects()].count("nobody@example.org") == 1
