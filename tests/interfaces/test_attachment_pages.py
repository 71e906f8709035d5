"""What came with a letter is handed to staff as a file, told to the customer, and never shown in a page."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import translation

from ringfence.interfaces.console import attachment_pages
from ringfence.kernel.actor import Role
from ringfence.support.rules import Scan
from tests.accounts.builders import customer, now, staff_member
from tests.mail_letters import letter
from tests.support.test_letters_in import take

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PAGE = b"<script>alert(1)</script>"


def with_page(sender: str) -> UUID:
    """A letter with a page attached, and a verdict on its sender."""
    made = letter()
    made.add_attachment(PAGE, maintype="text", subtype="html", filename="blåbær.html")
    return take(bytes(made), sender=sender, to=str(django_settings.CONTACT_EMAIL), at=now())


@dataclass(frozen=True)
class Ticket:
    """What the card needs of a ticket."""

    letters: list[UUID]


def test_an_attachment_is_saved_and_never_shown(client: Client) -> None:
    customer(client, email="one@example.com")
    made = with_page("one@example.com")
    history = client.get("/en/account/history/")
    staff = Client()
    staff_member(staff, Role.SUPPORT)
    answer = staff.get(f"/en/staff/letters/{made}/attachments/0/")
    assert answer.content == PAGE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert staff.get(f"/en/staff/letters/{made}/attachments/1/").status_code == 404
    after = client.get("/en/account/history/")
    told = "A file that came with a letter of yours was opened"
    assert (told in history.content.decode(), told in after.content.decode()) == (False, True)


def test_an_infected_one_stays_closed(client: Client) -> None:
    made = with_page("a@example.org")
    staff_member(client, Role.SUPPORT)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE support_letter SET scan = %s", [Scan.INFECTED])
    answer = client.get(f"/nb/staff/letters/{made}/attachments/0/")
    assert answer.status_code == 403
    assert "inneholder et virus" in answer.content.decode()


def test_the_card_names_what_came_and_what_was_found(client: Client) -> None:
    made = with_page("a@example.org")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE support_letter SET verdicts = 'spf=pass dmarc=fail'")
    staff_member(client, Role.SUPPORT)
    request = client.get(f"/en/staff/letters/{made}/attachments/9/").wsgi_request
    with translation.override("en"):
        part = attachment_pages.in_ticket(request, Ticket([made]))
    assert part is not None
    [one] = part[1]["letters"]
    assert one["is_suspicious"]
    assert [file.name for file, _state, _tag in one["files"]] == ["blåbær.html"]
