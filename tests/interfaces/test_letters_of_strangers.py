"""What strangers write is theirs: named as theirs, and handed out or deleted by a link to their address (4.2)."""

import json
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.rules import LIMITS
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.support import actions as support
from ringfence.support import sorting
from ringfence.support.models import Letter
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.tickets import strangers
from tests.accounts.builders import customer, run_jobs, sign_in, staff_member
from tests.interfaces.test_demand_pages import write

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
ADDRESS, STRANGER = "one@example.com", "nobody@example.org"
pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("4.2")]


@pytest.fixture
def staff() -> Client:
    """A browser of a member of staff."""
    client = Client()
    staff_member(client, Role.SUPPORT)
    return client


def into(ticket: Ticket, text: str) -> UUID:
    """Have a stranger write to the address of a conversation."""
    name, host = str(settings.CONTACT_EMAIL).split("@")
    to = f"{name}+{ticket.public_id}@{host}"
    content = f"From: {STRANGER}\r\nTo: {to}\r\nSubject: Hello\r\n\r\n{text}\r\n".encode()
    letter = support.receive_letter(content=content, sender=STRANGER, recipients=[to], by=SYSTEM, at=NOW)
    sorting.sort(letter=letter, by=SYSTEM, at=NOW)
    run_jobs("privacy.answer_request_form")
    return letter


def test_a_letter_of_somebody_else_is_not_called_the_customers(staff: Client) -> None:
    person = customer(email=ADDRESS)
    write("My phone is silent.")
    ticket = Ticket.objects.get()
    into(ticket, "Please delete my account.")
    own = Client()
    sign_in(own, person)
    page = own.get(f"/en/account/support/{ticket.public_id}/").content.decode()
    assert page.count("Your letter") == 1
    assert "A letter from another address" in page
    assert STRANGER not in page
    history = own.get("/en/account/history/").content.decode()
    assert "A letter of yours became part" not in history
    assert "It came from another address than yours" in history
    desk = staff.get(f"/en/staff/tickets/{ticket.public_id}/").content.decode()
    assert STRANGER in desk, "staff see who it was"
    assert "is not about the customer of this conversation" in desk
    assert not SubjectRequest.objects.exists()


def test_what_is_said_after_a_correction_is_what_was_done(staff: Client) -> None:
    customer(email=ADDRESS)
    letter = write("I want a copy of my data.")
    assert SubjectRequest.objects.count() == 1
    token = OutgoingLetter.objects.get(kind="request-confirm").facts.open()["token"]
    Client().post(f"/en/requests/{token}/")
    run_jobs()
    before = OutgoingLetter.objects.count()
    said = staff.post(f"/en/staff/letters/{letter}/wrong/", {"kind": "copy"}, follow=True).content.decode()
    assert OutgoingLetter.objects.count() == before
    assert "has ended, and the customer" not in said


def test_a_stranger_is_written_to_only_after_a_question_and_is_called_none(staff: Client) -> None:
    letter = write("Farewell for good.", sender=STRANGER)
    address = f"/en/staff/letters/{letter}/missed/"
    asked = staff.post(address, {"kind": "delete"})
    assert "No customer has this address" in asked.content.decode()
    run_jobs("privacy.answer_request_form")
    assert not answers()
    said = staff.post(f"{address}?sure", {"kind": "delete"}, follow=True).content.decode()
    assert "we know no customer with this address" in said
    assert "time limit runs" not in said
    run_jobs("privacy.answer_request_form")
    assert [one.kind for one in answers()] == ["request-unknown"]


def answers() -> list[OutgoingLetter]:
    """The letters that are no receipt."""
    return list(OutgoingLetter.objects.exclude(kind="ticket-receipt"))


def token() -> str:
    """Return the token of the only letter that has one."""
    [letter] = answers()
    return str(letter.facts.open()["token"])


def test_a_stranger_who_asks_has_all_they_wrote_and_deletes_it(client: Client) -> None:
    write("Please delete all my data.", sender=STRANGER)
    write("Is it done?", sender=STRANGER)
    person = customer(email=ADDRESS)
    write("My phone is silent.")
    theirs = Ticket.objects.get(subject=person)
    into(theirs, "I am somebody else.")
    page = f"/en/conversations/{strangers.token_for(STRANGER, NOW)}/"
    assert token(), "the letter that answers leads there"
    with CaptureQueriesContext(connection) as asked:
        shown = client.get(page).content.decode()
    assert not any('"support_letter"."content"' in one["sql"] for one in asked), "letters are counted unread"
    assert shown.count("A conversation that began") == 2
    assert "delete all my data" not in shown
    saved = ZipFile(BytesIO(client.post(f"{page}save/").getvalue()))
    said = json.loads(saved.read("conversations.json"))
    texts = [piece["text"] for one in said["conversations"] for piece in one["said"]]
    assert sorted(texts) == ["Is it done?", "Please delete all my data."]
    assert [piece["text"] for piece in said["written_into_others"]] == ["I am somebody else."]
    assert len(saved.namelist()) == 4, "and three whole letters"
    assert "cannot be undone" in client.post(f"{page}delete/").content.decode()
    assert Ticket.objects.count() == 3
    done = client.post(f"{page}delete/", {"sure": "yes"}).content.decode()
    assert "are deleted" in done
    assert "abuse that you reported" in done, "what stays is said"
    assert Ticket.objects.get().subject == person
    assert TicketEntry.objects.count() == 1
    assert Letter.objects.count() == 1
    assert "No conversation and no letter from your address is kept" in client.get(page).content.decode()


def test_nobody_tries_links_out_by_opening_them(client: Client) -> None:
    tries = [client.get("/en/conversations/x/").status_code for _ in range(LIMITS["enter-account"].count + 1)]
    assert (tries[0], tries[-1]) == (410, 429)


def test_staff_send_the_link_to_whoever_wrote_and_to_nobody_with_an_account(staff: Client) -> None:
    write("Hello there.", sender=STRANGER)
    ticket = Ticket.objects.get()
    page = f"/en/staff/tickets/{ticket.public_id}/"
    assert f"{page}offer/" in staff.get(page).content.decode()
    staff.post(f"{page}offer/")
    [letter] = answers()
    assert letter.email.open() == STRANGER
    assert Client().get(f"/en/conversations/{token()}/").status_code == 200
    for wrong in (token()[:-2] + "AA", "x", "æ", strangers.token_for(STRANGER, NOW.replace(year=2025))):
        assert Client().get(f"/en/conversations/{wrong}/").status_code == 410
    customer(email=ADDRESS)
    write("Hello.")
    other = Ticket.objects.exclude(pk=ticket.pk).get()
    page = f"/en/staff/tickets/{other.public_id}/"
    assert "offer/" not in staff.get(page).content.decode()
    assert "has an account" in staff.post(f"{page}offer/", follow=True).content.decode()
