"""Staff write and send notices on pages; the customer reads them, answers about news, and ends them by one click."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.accounts.actions import begin_letter, letters
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.adapters.mail.smtp import SmtpMail
from ringfence.kernel.actor import Role
from ringfence.privacy.consent import news
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.support.models import Notice, NoticeRecord
from ringfence.support.notice_rules import NoticeKind
from ringfence.support.notices import sending
from tests.accounts.builders import customer, run_jobs, sign_in, staff_member
from tests.support.notice_world import SYSTEM, now, scheduled, wants_news

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.2")]
FORM = {
    "kind": "service",
    "title_nb": "Ny adresse",
    "title_en": "A new address",
    "text_nb": "Fra mandag.",
    "text_en": "From Monday.",
    "holding": "",
    "country": "",
    "language": "",
}


@pytest.fixture
def person() -> UUID:
    """A customer who reads Norwegian."""
    return customer(email="one@example.com", language="nb")


@pytest.fixture
def staff() -> Client:
    """A browser of a member of staff."""
    client = Client()
    staff_member(client, Role.SUPPORT)
    return client


def test_a_notice_is_written_tried_out_looked_at_sent_and_followed(staff: Client, person: UUID) -> None:
    assert "No notice yet" in staff.get("/en/staff/notices/").content.decode()
    assert staff.post("/en/staff/notices/new/", FORM | {"title_nb": ""}).status_code == 422
    answer = staff.post("/en/staff/notices/new/", FORM)
    page = answer["Location"]
    shown = staff.get(page).content.decode()
    assert "It would reach 1 now" in shown
    assert "Fra mandag." in shown
    assert "From Monday." in shown
    staff.post(f"{page}try/")
    assert OutgoingLetter.objects.exclude(subject=person).filter(kind="notice").count() == 2
    asked = staff.get(f"{page}send/")
    seen = asked.context["form"]["seen"].value()
    staff.post(f"{page}edit/", FORM | {"text_en": "From Tuesday."})
    late = staff.post(f"{page}send/", {"seen": seen})
    assert "was changed since you looked at it" in late.content.decode()
    seen = staff.get(f"{page}send/").context["form"]["seen"].value()
    assert staff.post(f"{page}send/", {"seen": seen}).status_code == 302
    assert sending.begin(notice=Notice.objects.get().pk, by=SYSTEM, at=now())
    assert staff.get(page)["Refresh"] == "15"
    run_jobs("support.send_notice")
    after = staff.get(page)
    assert "Sent to 1 of 1" in after.content.decode()
    assert "Refresh" not in after, "what becomes of the letters is not waited for"
    reader = Client()
    sign_in(reader, person)
    assert "Fra mandag." in reader.get("/nb/account/notices/").content.decode()


def test_buttons_hold_and_stop_it(staff: Client, person: UUID) -> None:
    public = scheduled(send_at=now() + timedelta(hours=1))
    page = f"/en/staff/notices/{public}/"
    for move, state in (
        ("pause", "paused"),
        ("go-on", "scheduled"),
        ("take-back", "draft"),
        ("stop", "cancelled"),
    ):
        staff.post(f"{page}{move}/")
        assert Notice.objects.get().state == state
    assert "has moved on" in staff.post(f"{page}pause/", follow=True).content.decode()
    assert staff.post(f"{page}nothing/").status_code == 404
    stopped = staff.get(page).content.decode()
    assert "Goes out" not in stopped
    assert "It would reach" not in stopped
    refused = staff.get(f"{page}edit/", follow=True)
    assert "Only a draft can be changed" in refused.content.decode()
    assert b"<textarea" not in refused.content


def test_a_moment_that_is_over_is_refused_and_the_clock_is_named(staff: Client, person: UUID) -> None:
    page = staff.post("/en/staff/notices/new/", FORM)["Location"]
    asked = staff.get(f"{page}send/")
    assert "By the clock of" in asked.content.decode()
    seen = asked.context["form"]["seen"].value()
    late = staff.post(f"{page}send/", {"seen": seen, "send_at": "2020-01-01T00:00"})
    assert "That moment is over" in late.content.decode()
    assert Notice.objects.get().state == "draft"


def test_a_notice_that_is_tried_out_says_so_and_everybody_is_a_choice(staff: Client, person: UUID) -> None:
    written = staff.get("/en/staff/notices/new/").content.decode()
    assert "(optional)" not in written
    page = staff.post("/en/staff/notices/new/", FORM)["Location"]
    staff.post(f"{page}try/")
    titles = {str((one.facts.open() or {})["title"]) for one in OutgoingLetter.objects.filter(kind="notice")}
    assert titles == {"Prøve: Ny adresse", "Test: A new address"}


def test_a_customer_answers_about_news_in_the_account(client: Client) -> None:
    person = customer(client)
    assert "You get no news" in client.get("/en/account/notices/").content.decode()
    client.post("/en/account/notices/news/", {"answer": "yes"})
    assert news.is_wanted(person, now())
    record = ConsentRecord.objects.get()
    assert record.notice.text["en"]["question"] in client.get("/en/account/notices/").content.decode()
    receipt = client.get("/en/account/data/consents/receipt/").json()
    (proven,) = receipt["dpv:hasRecordOfActivity"]
    assert proven["dpv:hasProcess"]["dpv:hasPurpose"] == "dpv:DirectMarketing"
    assert client.get("/en/account/history/").status_code == 200
    client.post("/en/account/data/consents/take-back/")
    assert not news.is_wanted(person, now())


def headers_of_news(person: UUID) -> tuple[str, str]:
    """Send news to a customer; return the address and the body by which a mail program ends them."""
    scheduled(NoticeKind.NEWS)
    run_jobs("support.send_notice")
    letter = OutgoingLetter.objects.get(kind="notice-news", subject=person)
    ready = begin_letter(letter=letter.pk, by=SYSTEM, at=now() + timedelta(seconds=1))
    assert ready is not None
    message = SmtpMail().message(ready)
    letters.letter_sent(letter=letter.pk, by=SYSTEM, at=now())
    return str(message["List-Unsubscribe"]).strip("<>"), str(message["List-Unsubscribe-Post"])


def test_one_click_ends_news_without_signing_in_and_can_be_taken_back(
    person: UUID, settings: Settings
) -> None:
    wants_news(person)
    address, body = headers_of_news(person)
    assert address.startswith(f"{settings.PUBLIC_ORIGIN}/nb/news/")
    assert body == "List-Unsubscribe=One-Click"
    path = address.removeprefix(str(settings.PUBLIC_ORIGIN))
    program = Client(enforce_csrf_checks=True)
    assert program.get(path).status_code == 200
    assert news.is_wanted(person, now()), "a look at a link ends nothing"
    answer = program.post(path, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert not answer.cookies
    assert not news.is_wanted(person, now())
    assert program.post(path, body, content_type="application/x-www-form-urlencoded").status_code == 200
    program.post(path, {"again": "yes"})
    assert news.is_wanted(person, now())


def test_no_link_but_ours_ends_anything(person: UUID, client: Client) -> None:
    wants_news(person)
    address, _body = headers_of_news(person)
    link = address.rstrip("/").rpartition("/")[2]
    other = link[:-1] + ("A" if link[-1] != "A" else "B")
    for made_up in (other[::-1], "x" * 43, "A" * 43, f"{link[:22]}{'B' * 21}"):
        assert client.post(f"/en/news/{made_up}/").status_code == 403
        assert client.get(f"/en/news/{made_up}/").status_code == 410
    assert news.is_wanted(person, now())


def test_a_no_holds_back_news_that_wait_for_the_post(client: Client) -> None:
    person = customer(client)
    wants_news(person)
    scheduled(NoticeKind.NEWS)
    run_jobs("support.send_notice")
    client.post("/en/account/notices/news/", {"answer": "no"})
    assert not OutgoingLetter.objects.filter(kind="notice-news").exists()
    assert NoticeRecord.objects.get().delivery == "withdrawn"


def test_a_notice_about_the_service_has_no_link_that_ends_it(person: UUID) -> None:
    scheduled()
    run_jobs("support.send_notice")
    letter = OutgoingLetter.objects.get(kind="notice")
    ready = begin_letter(letter=letter.pk, by=SYSTEM, at=now() + timedelta(seconds=1))
    assert ready is not None
    message = SmtpMail().message(ready)
    assert message["List-Unsubscribe"] is None
    assert message["Subject"] == "Ny adresse for innlogging"


def test_whose_letters_come_back_is_told_at_sign_in_and_can_answer(client: Client) -> None:
    person = customer(client)
    assert "come back" not in client.get("/en/account/").content.decode()
    letter = letters.queue_letter(kind="password-changed", person=person, by=SYSTEM, at=now())
    letters.letter_failed(letter=letter, for_good=True, address_unknown=True, by=SYSTEM, at=now())
    assert "Our letters to you come back" in client.get("/en/account/").content.decode()
    client.post("/en/account/details/address-is-right/")
    assert Person.objects.get(pk=person).unreachable_at is None


def test_the_outbox_shows_states_and_kinds_and_nobody(person: UUID) -> None:
    client = Client()
    staff_member(client, Role.OPERATIONS)
    letter = letters.queue_letter(kind="password-changed", person=person, by=SYSTEM, at=now())
    letters.letter_failed(letter=letter, for_good=True, by=SYSTEM, at=now())
    page = client.get("/en/staff/outbox/?state=given-up").content.decode()
    assert "Your password was changed" in page
    assert "example.com" not in page.split("<main", 1)[-1].split("</main", 1)[0].replace(
        "shop.example.com", ""
    )
    assert "Letters that did not arrive" in client.get("/en/staff/").content.decode()
    public = client.get("/en/staff/outbox/").context["rows"][0]["letter"].public_id
    client.post(f"/en/staff/outbox/{public}/again/")
    assert OutgoingLetter.objects.get(pk=letter).state == "waiting"
    letters.letter_sent(letter=letter, by=SYSTEM, at=now())
    again = client.post(f"/en/staff/outbox/{public}/again/", follow=True)
    assert "is out already" in again.content.decode()
    assert "Nothing here" in client.get("/en/staff/outbox/?state=returned").content.decode()
