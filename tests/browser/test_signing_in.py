"""An account from its first letter to its last session, in a real browser."""

import re

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.post import link_in
from tests.browser.store import RunningStore


def heading(page: Page, text: str) -> None:
    """Insist on the page's heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_the_store_was_up_in_time(store: RunningStore) -> None:
    """From a warm cache, a first start with demo data takes at most 20 seconds; others may use the machine too."""
    assert store.started_in < 60


def test_register_confirm_and_sign_in_with_a_password(page: Page, store: RunningStore) -> None:
    people.register(page, store, "first@example.org")
    people.sign_out(page)
    page.goto("/en/account/")
    expect(page).to_have_url(re.compile(r"/en/login/\?next=%2Fen%2Faccount%2F$"))
    people.sign_in(page, "first@example.org", "not the password")
    expect(page.get_by_text("Address and password do not fit together.").first).to_be_visible()
    people.sign_in(page, "first@example.org")
    expect(page).to_have_url(re.compile(r"/en/account/$"))


def test_the_link_in_the_letter_works_once(page: Page, store: RunningStore) -> None:
    people.register(page, store, "once@example.org")
    people.sign_out(page)
    page.goto(link_in(store.post.letter("once@example.org", "/register/confirm/"), "/register/confirm/"))
    page.get_by_label("Password").fill(people.PASSWORD)
    people.press(page, "Confirm and sign in")
    expect(page.get_by_text("Your address is confirmed.")).not_to_be_visible()
    expect(page.get_by_role("link", name="My account")).to_have_count(0)


def test_code_app_and_recovery_code(page: Page, store: RunningStore) -> None:
    people.register(page, store, "codes@example.org")
    app = people.set_up_code_app(page)
    heading(page, "Recovery codes")
    people.press(page, "Make ten codes")
    codes = page.locator("ol.secret li").all_inner_texts()
    assert len(set(codes)) == 10
    people.sign_out(page)
    people.sign_in(page, "codes@example.org")
    heading(page, "One more step")
    page.get_by_label("Code", exact=True).fill("000000")
    people.press(page, "Go on")
    expect(page.get_by_text("This code is not right, or it has been used already.").first).to_be_visible()
    page.get_by_label("Code", exact=True).fill(app.code())
    people.press(page, "Go on")
    expect(page).to_have_url(re.compile(r"/en/account/$"))
    people.sign_out(page)
    for fits in (True, False):
        people.sign_in(page, "codes@example.org")
        page.get_by_label("Code", exact=True).fill(codes[0].upper())
        people.press(page, "Go on")
        if fits:
            expect(page.get_by_text("You have 9 left.")).to_be_visible()
            people.sign_out(page)
    heading(page, "One more step")
    store.post.letter("codes@example.org", "9")


def test_a_passkey_signs_in_alone(page: Page, store: RunningStore) -> None:
    people.register(page, store, "passkey@example.org")
    people.passkey_device(page)
    people.add_passkey(page, "Blue key")
    page.goto("/en/account/security/")
    expect(page.get_by_text("Blue key", exact=True).first).to_be_visible()
    people.sign_out(page)
    page.goto("/en/login/")
    page.get_by_role("link", name="Sign in with a passkey").click()
    people.press(page, "Use my passkey")
    expect(page).to_have_url(re.compile(r"/en/account/$"))


def test_a_passkey_is_the_second_step_after_a_password(page: Page, store: RunningStore) -> None:
    people.register(page, store, "second@example.org")
    people.passkey_device(page)
    people.add_passkey(page)
    people.sign_out(page)
    people.sign_in(page, "second@example.org")
    heading(page, "One more step")
    people.press(page, "Use my passkey")
    expect(page).to_have_url(re.compile(r"/en/account/$"))


def test_the_address_changes_when_both_sides_have_confirmed(page: Page, store: RunningStore) -> None:
    people.register(page, store, "old@example.org")
    page.goto("/en/account/details/email/")
    page.get_by_label("New e-mail address").fill("new@example.org")
    people.press(page, "Write to both addresses")
    for address, part in (("old@example.org", "/address/from/"), ("new@example.org", "/address/to/")):
        page.goto("/en/account/details/")
        expect(page.get_by_text("A change to new@example.org is waiting.")).to_be_visible()
        page.goto(link_in(store.post.letter(address, part), part))
        people.press(page, "Confirm")
    page.goto("/en/account/details/")
    expect(page.get_by_text("new@example.org", exact=True)).to_be_visible()
    expect(page.get_by_text("is waiting")).to_have_count(0)
    people.sign_out(page)
    people.sign_in(page, "old@example.org")
    expect(page.get_by_text("Address and password do not fit together.").first).to_be_visible()
    people.sign_in(page, "new@example.org")
    expect(page).to_have_url(re.compile(r"/en/account/$"))


def test_sessions_are_listed_and_ended_elsewhere(visitor: Visitor, store: RunningStore) -> None:
    here, there, third = (visitor().new_page() for _ in range(3))
    people.register(here, store, "sessions@example.org")
    for elsewhere in (there, third):
        people.sign_in(elsewhere, "sessions@example.org")
        expect(elsewhere).to_have_url(re.compile(r"/en/account/$"))
    here.goto("/en/account/sessions/")
    expect(here.get_by_text("Chrome, Linux")).to_have_count(5)
    here.get_by_role("button", name="Sign out there").first.click()
    expect(here.get_by_text("That session has ended.")).to_be_visible()
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.get_by_text("You are signed out everywhere else.")).to_be_visible()
    for elsewhere in (there, third):
        elsewhere.goto("/en/account/")
        heading(elsewhere, "Sign in")
    here.goto("/en/account/")
    expect(here).to_have_url(re.compile(r"/en/account/$"))


def test_a_forgotten_password_is_replaced(page: Page, store: RunningStore) -> None:
    people.register(page, store, "forgot@example.org")
    people.sign_out(page)
    page.goto("/en/password/")
    page.get_by_label("E-mail address").fill("forgot@example.org")
    page.get_by_role("main").get_by_role("button").click()
    page.goto(link_in(store.post.letter("forgot@example.org", "/password/new/"), "/password/new/"))
    page.get_by_label("New password").fill("another four plain words")
    page.get_by_role("main").get_by_role("button").click()
    people.sign_in(page, "forgot@example.org", "another four plain words")
    expect(page).to_have_url(re.compile(r"/en/account/$"))


def test_an_unknown_address_is_answered_alike_but_hears_the_truth_by_mail(
    page: Page, store: RunningStore
) -> None:
    people.register(page, store, "known@example.org")
    people.sign_out(page)
    answers = []
    for address in ("known@example.org", "unknown@example.org"):
        page.goto("/en/password/")
        page.get_by_label("E-mail address").fill(address)
        page.get_by_role("main").get_by_role("button").click()
        heading(page, "Look in your mailbox")
        answers.append(page.get_by_role("main").inner_text())
    assert answers[0] == answers[1]
    assert "/password/new/" not in str(store.post.letter("unknown@example.org", "account"))


def test_staff_enter_once_and_see_nothing_before_a_second_proof(
    visitor: Visitor, store: RunningStore
) -> None:
    page = visitor().new_page()
    said = store.run("staff", "add", "desk@example.org", "--role", "support")
    link = re.findall(r"http://\S+", said)[0]
    page.goto(link)
    people.press(page, "Go in")
    page.goto("/en/staff/")
    expect(page).to_have_url(re.compile(r"/en/account/security/$"))
    people.set_up_code_app(page)
    page.goto("/en/staff/")
    expect(page).to_have_url(re.compile(r"/en/staff/$"))
    late = visitor().new_page()
    answer = late.goto(link)
    assert answer is not None
    assert answer.status == 410
    expect(late.get_by_role("button", name="Go in")).to_have_count(0)
