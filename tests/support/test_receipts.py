"""Whoever writes to us is told once that we have it, and no program is (1.4, 6.2)."""

from datetime import datetime

import pytest
from django.conf import settings

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor
from ringfence.support.models import Letter, Ticket
from ringfence.support.tickets import receipts, taking_in
from tests.accounts import builders
from tests.support.desk import STRANGER, answer, letter, only, sent, staff, tagged

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def told() -> list[OutgoingLetter]:
    """The receipts there are."""
    return list(OutgoingLetter.objects.filter(kind=receipts.RECEIPT).order_by("made_at", "pk"))


def by_form(text: str, address: str = STRANGER, at: datetime | None = None) -> None:
    """Write by the form under Contacts."""
    taking_in.open_by_form(
        address=address, text=text, language="nb", by=Actor.stranger(), at=at or builders.now()
    )


@pytest.mark.promise("6.2")
def test_a_letter_that_opens_a_ticket_is_acknowledged_once_and_in_its_conversation() -> None:
    taken = letter("How do I begin?", subject="A secret subject")
    (receipt,) = told()
    said = sent(receipt)
    assert str(receipt.email.open()) == STRANGER
    assert only() in said[""]
    assert only() in said["Reply-To"]
    assert said["Auto-Submitted"] == "auto-replied"
    assert said["In-Reply-To"].startswith("<")
    assert Letter.objects.get(pk=taken)
    assert "secret" not in "".join(said.values())
    assert "begin" not in said[""]
    letter("And then?", to=tagged(only()))
    assert len(told()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Precedence": "bulk"},
        {"List_Id": "<desk.example.org>"},
        {"Auto_Submitted": "auto-replied"},
        {"X_Auto_Response_Suppress": "All"},
    ],
)
def test_no_program_and_no_list_gets_a_receipt(headers: dict[str, str]) -> None:
    letter("A question", **headers)
    assert not told()


def test_what_became_a_request_and_what_may_be_forged_get_none(monkeypatch: pytest.MonkeyPatch) -> None:
    letter("Please delete my account.")
    assert Letter.objects.get().demands
    by_form("Please send me a copy of my data.", address="other1@example.org")
    monkeypatch.setattr(taking_in, "is_suspicious", lambda _verdicts: True)
    letter("A question", sender="other2@example.org")
    assert Ticket.objects.count() == 3
    assert not told()


def test_who_writes_again_and_again_gets_a_few() -> None:
    for text in "12345":
        by_form(text)
    assert (Ticket.objects.count(), len(told())) == (5, receipts.RECEIPTS_A_DAY)
    by_form("Another", address="other1@example.org")
    assert len(told()) == receipts.RECEIPTS_A_DAY + 1
    by_form("Tomorrow", at=builders.now() + receipts.A_DAY)
    assert len(told()) == receipts.RECEIPTS_A_DAY + 2


def test_a_customer_who_used_the_form_finds_it_in_the_account() -> None:
    customer = builders.customer(email="customer1@example.com")
    by_form("Hei", address="customer1@example.com")
    (receipt,) = told()
    said = sent(receipt)
    assert receipt.subject == customer
    assert said["Subject"] == "Vi har fått meldingen din"
    assert f"/account/support/{only()}/" in said[""]
    assert settings.CONTACT_EMAIL.split("@")[1] in said["Reply-To"]


def test_an_answer_names_what_was_written_about_and_quotes_nothing() -> None:
    letter("A long story of mine", subject="Re: SV: My number")
    answer(staff(), "Here it is.")
    said = sent()
    assert said["Subject"] == f"Our answer to your message {only()}"
    assert "You wrote to us about: My number" in said[""]
    assert "story" not in said[""]


def test_what_was_written_in_an_account_is_named_inside_the_answer_alone() -> None:
    customer = builders.customer(email="customer1@example.com")
    taking_in.open_in_account(
        subject=customer,
        title="My number",
        text="A story",
        language="en",
        by=Actor.customer(customer),
        at=builders.now(),
    )
    answer(staff(), "Here it is.")
    said = sent()
    assert said["Subject"] == f"Our answer to your message {only()}"
    assert "You wrote to us about: My number" in said[""]
    assert not told(), "what is written in the account stands there"
