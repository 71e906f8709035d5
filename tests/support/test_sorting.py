"""No letter keeps others from being looked at, and none is taken that nobody will see (1.4, 4.2)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import LENGTH
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.support import actions as support
from ringfence.support import queries, reading, rules, sorting, tasks
from ringfence.support.models import Letter, Ticket
from ringfence.support.tickets import queries as ticket_queries
from tests.accounts import builders
from tests.support.desk import STRANGER, letter, look, only, staff, tagged

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def take(text: str, *to: str) -> UUID:
    """Have a letter come in that nobody has looked at yet; its id."""
    return support.receive_letter(
        content=f"Subject: Hello\r\n\r\n{text}\r\n".encode(),
        sender=STRANGER,
        recipients=to,
        by=builders.TESTS,
        at=builders.now(),
    )


@pytest.mark.parametrize("tag", ["tkt_" + "u" * LENGTH, "tkt_" + "z" * LENGTH])
def test_what_is_no_id_of_a_ticket_is_no_tag(tag: str) -> None:
    assert rules.tag_of(tagged(tag)) == ""
    take("A question", tagged(tag), settings.CONTACT_EMAIL)
    builders.run_jobs("support.sort_letter")
    assert Letter.objects.get().sorted_at is not None
    assert Ticket.objects.count() == 1


def test_the_sweep_goes_on_past_a_letter_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, _other = (take(text, settings.CONTACT_EMAIL) for text in ("First", "Second"))
    sort = sorting.sort

    def failing(**what: Any) -> None:
        if what["letter"] == broken:
            raise RuntimeError("broken")
        sort(**what)

    monkeypatch.setattr(sorting, "sort", failing)
    monkeypatch.setattr(tasks, "database_moment", lambda: builders.now() + timedelta(hours=1))
    tasks.sort_letters(timestamp=0)
    assert [one.pk for one in Letter.objects.filter(sorted_at=None)] == [broken]


@pytest.mark.parametrize(
    "head",
    [
        {"List_Id": "<desk.example.org>"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
    ],
)
def test_what_a_person_may_have_written_is_seen_and_answered_by_nobody(head: dict[str, str]) -> None:
    letter("Please delete my account.", **head)
    assert len(look(staff()).pieces) == 1
    assert not RequestForm.objects.exists()
    assert not OutgoingLetter.objects.exclude(kind="staff-invitation").exists()


def test_what_opens_no_ticket_is_counted(client: Client) -> None:
    builders.staff_member(client, Role.SUPPORT)
    report = "multipart/report; report-type=delivery-status; boundary=x"
    letter("I am away.", Auto_Submitted="auto-replied")
    letter("I am away too.", sender="")
    letter("It did not arrive.", sender="", Content_Type=report)
    letter("A question")
    assert len(Ticket.objects.all()) == 1
    assert queries.corrections(builders.now()).automatic == 3
    page = client.get("/en/staff/letters/?which=automatic").content.decode()
    assert page.count('<td data-label="Received">') == 3


def test_a_long_conversation_is_opened_page_by_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_queries, "ON_A_PAGE", 2)
    builders.customer(client, email="customer1@example.com")
    letter("Text 1", sender="customer1@example.com")
    for number in range(2, 6):
        letter(f"Text {number}", sender="customer1@example.com", to=tagged(only()))
    member = Client()
    builders.staff_member(member, Role.SUPPORT)
    for who, url in ((client, f"/en/account/support/{only()}/"), (member, f"/en/staff/tickets/{only()}/")):
        pages = [who.get(f"{url}?earlier={one}").content.decode() for one in ("", "1", "2", "-1", "9" * 99)]
        shown = [[n for n in range(1, 6) if f"Text {n}" in page] for page in pages]
        assert shown[:4] == [[4, 5], [2, 3], [1], [4, 5]]
        assert not any('name="seen"' in page for page in pages[1:3]), "who answers has seen the newest"
        assert [f"earlier={n + 1}" in page for n, page in enumerate(pages[:3])] == [True, True, False]


def test_what_is_left_out_of_a_very_long_letter_is_marked() -> None:
    letter("word " * (reading.LONGEST_TEXT // 5 + 1))
    said = look(staff()).pieces[0].text
    assert reading.LONGEST_TEXT < len(said) < reading.LONGEST_TEXT + 20
    assert said.endswith("[\N{HORIZONTAL ELLIPSIS}]")
