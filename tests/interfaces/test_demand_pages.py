"""Staff see which sentence of a letter was a demand, and correct it; the customer reads of it (clause 4.2)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from ringfence.interfaces.access import Viewer
from ringfence.interfaces.console import demand_pages
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.queries import lines_of
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import RequestState
from ringfence.support import actions as support
from ringfence.support import sorting
from tests.accounts.builders import customer, run_jobs, staff_member

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
ADDRESS = "one@example.com"
pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("4.2")]


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept": "text/html"})


def write(text: str, sender: str = ADDRESS, at: datetime = NOW) -> UUID:
    """Have a letter come in, and be answered."""
    content = f"From: {sender}\r\nTo: {settings.CONTACT_EMAIL}\r\nSubject: Hello\r\n\r\n{text}\r\n"
    to = [str(settings.CONTACT_EMAIL)]
    letter = support.receive_letter(content=content.encode(), sender=sender, recipients=to, by=SYSTEM, at=at)
    sorting.sort(letter=letter, by=SYSTEM, at=at)
    run_jobs("privacy.answer_request_form")
    return letter


@pytest.mark.parametrize(
    ("language", "why"), [("en", "by the words: delete · account"), ("nb", "ut fra ordene: delete · account")]
)
def test_a_letter_is_read_and_it_is_said_why(client: Client, language: str, why: str) -> None:
    person = customer(email=ADDRESS)
    letter = write("I have moved abroad. Please delete my account. <b>Bye</b>")
    staff_member(client, Role.SUPPORT)
    page = f"/{language}/staff/letters/{letter}/"
    shown = client.get(page).content.decode()
    assert "moved abroad" not in shown, "its words wait for a button"
    assert "req_" in shown
    assert not any(line.action == "support.look_at_letter" for line in lines_of(person))
    opened = " ".join(client.post(f"{page}read/").content.decode().split())
    assert why in opened.replace("</b>", "")
    assert "moved abroad" in opened
    assert "&lt;b&gt;Bye" in opened
    [line] = [line for line in lines_of(person) if line.action == "support.look_at_letter"]
    assert line.purpose == "request"


def test_what_was_missed_and_what_was_wrong_is_corrected_and_listed(client: Client) -> None:
    customer(email=ADDRESS)
    missed, wrong = write("Farewell for good."), write("Please cancel my order.")
    staff_member(client, Role.PRIVACY)
    silent = client.get("/en/staff/letters/?which=silent").content.decode()
    assert str(missed) in silent
    assert str(wrong) not in silent
    client.post(f"/en/staff/letters/{missed}/missed/", {"kind": "delete"})
    run_jobs("privacy.answer_request_form")
    assert SubjectRequest.objects.get(kind="delete").received_at == NOW
    said = client.post(f"/en/staff/letters/{wrong}/wrong/", {"kind": "cancel"}, follow=True)
    assert "Noted." in said.content.decode()
    assert SubjectRequest.objects.get(kind="cancel").state == RequestState.WITHDRAWN
    listed = client.get("/en/staff/letters/?which=corrected").content.decode()
    assert "missed: The deletion of the account and its data" in " ".join(listed.split())
    assert "wrongly seen: The cancellation of an order" in " ".join(listed.split())
    for nonsense in ("nothing", "restriction", ""):
        assert client.post(f"/en/staff/letters/{missed}/missed/", {"kind": nonsense}).status_code == 404


def test_a_list_is_paged_and_shows_nothing_of_anybody(client: Client) -> None:
    for number in range(demand_pages.ON_A_PAGE + 2):
        write(f"Question {number}", sender=f"n{number}@example.com", at=NOW + timedelta(seconds=number))
    staff_member(client, Role.SUPPORT)
    first = client.get("/en/staff/letters/?which=all").content.decode()
    assert "n1@example.com" not in first
    assert first.count('data-label="Asks for"') == demand_pages.ON_A_PAGE
    rest = client.get(f"/en/staff/letters/?which=all&from={demand_pages.ON_A_PAGE}").content.decode()
    assert rest.count('data-label="Asks for"') == 2
    assert "Nothing here" in client.get("/en/staff/letters/?which=x&from=-1").content.decode()


@dataclass(frozen=True)
class Conversation:
    """A ticket, as far as the card knows it."""

    letters: list[UUID]
    from_elsewhere: frozenset[UUID] = frozenset()


def test_a_conversation_has_a_card_of_what_its_letters_ask(client: Client, rf: RequestFactory) -> None:
    customer(email=ADDRESS)
    letter = write("Please delete my account.")
    staff_member(client, Role.SUPPORT)
    request = rf.get("/en/staff/")
    request.viewer = Viewer()  # type: ignore[attr-defined] # the attribute every page reads
    assert demand_pages.in_ticket(request, Conversation([letter])) is None
    request = client.get("/en/staff/").wsgi_request
    part = demand_pages.in_ticket(request, Conversation([letter]))
    assert part is not None
    [one] = part[1]["letters"]
    assert [row["kind"] for row in one["rows"]] == ["delete"]
    assert demand_pages.in_ticket(request, Conversation([])) is None


@pytest.mark.parametrize(("language", "words"), [("en", "What it asks for"), ("nb", "Hva den ber om")])
def test_the_page_of_a_conversation_shows_the_card(client: Client, language: str, words: str) -> None:
    customer(email=ADDRESS)
    letter = write("Please delete my account.")
    staff_member(client, Role.SUPPORT)
    listed = client.get(f"/{language}/staff/tickets/?show=all").content.decode()
    ticket = re.search(r"tkt_\w+", listed)
    assert ticket
    page = client.get(f"/{language}/staff/tickets/{ticket[0]}/").content.decode()
    assert words in page
    assert f"/{language}/staff/letters/{letter}/wrong/" in page


def test_the_desk_tells_of_letters_that_nobody_looked_at(client: Client) -> None:
    content = f"From: {ADDRESS}\r\nTo: {settings.CONTACT_EMAIL}\r\n\r\nHello\r\n".encode()
    support.receive_letter(
        content=content,
        sender=ADDRESS,
        recipients=[str(settings.CONTACT_EMAIL)],
        by=SYSTEM,
        at=NOW - timedelta(hours=2),
    )
    staff_member(client, Role.SUPPORT)
    assert "Letters that were not looked at" in client.get("/en/staff/").content.decode()
