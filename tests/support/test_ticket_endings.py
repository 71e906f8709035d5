"""Conversations end: silent ones are closed, closed ones go a year later, an account takes its own along (2.8, 2.9)."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from ringfence.kernel.actor import Actor
from ringfence.privacy import promises, register
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.support import retention as letters
from ringfence.support.models import Letter, Ticket, TicketEntry
from ringfence.support.tickets import actions, ending, keeping, merging, templates
from tests.accounts import builders
from tests.support.desk import STRANGER, answer, letter, look, only, staff, states, tagged

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
CUSTOMER = "customer1@example.com"
DAY = timedelta(days=1)


def keys_of(subject: UUID) -> int:
    return DataKey.objects.filter(subject=subject, destroyed_at=None).count()


def let_go(after: timedelta) -> int:
    return ending.let_go(by=builders.TESTS, at=builders.now() + after)


def state_of_2_8(after: timedelta) -> tuple[str, float]:
    found = promises.promise("2.8")
    assert found
    finding = found.check(builders.now() + after)
    return finding.state, finding.figures["overdue_support"]


@pytest.mark.promise("2.8")
def test_a_silent_one_is_closed_and_goes_a_year_later_with_its_keys() -> None:
    letter("First")
    by = staff()
    answer(by, "Answer")
    assert let_go(29 * DAY) == 0
    assert states() == ["waiting"]
    let_go(31 * DAY)
    assert states() == ["closed"]
    subject = Ticket.objects.get().subject
    assert ending.let_go(by=builders.TESTS, at=builders.now() + 395 * DAY, dry_run=True) == 0
    assert keys_of(subject) > 0
    assert state_of_2_8(397 * DAY)[1] == 1
    assert let_go(397 * DAY) == 1
    assert not TicketEntry.objects.exists()
    assert keys_of(subject) == 0
    assert state_of_2_8(397 * DAY)[1] == 0


@pytest.mark.promise("2.8")
def test_one_that_waits_for_us_does_not_end_by_itself() -> None:
    letter("First")
    assert let_go(800 * DAY) == 0
    assert states() == ["open"]


def test_what_a_letter_said_outlives_the_letter_in_its_ticket() -> None:
    letter("What I said")
    letters.let_go(by=builders.TESTS, at=builders.now() + 31 * DAY)
    assert not Letter.objects.exists()
    found = look(staff())
    assert [piece.text for piece in found.pieces] == ["What I said"]
    answer(staff("staff2@example.com"), "And still answered")
    letter("By the tag, a month later", to=tagged(only()))
    assert len(look(staff("staff3@example.com")).pieces) == 3


def test_a_merged_one_goes_with_the_other() -> None:
    letter("First")
    letter("Second")
    by = staff()
    first, second = Ticket.objects.order_by("opened_at")
    merging.merge(ticket=first.public_id, into=second.public_id, by=by, at=builders.now())
    assert keys_of(first.subject) == 0
    actions.close(ticket=only(), seen=look(by).version, by=by, at=builders.now())
    assert let_go(367 * DAY) == 1
    assert not Ticket.objects.exists()


def erased(person: UUID) -> Erasure:
    by, at = Actor.customer(person), builders.now()
    asked = requests.open_request(
        subject=person, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=by, at=at
    )
    requests.approve(request=asked.pk, by=by, at=at)
    erasure.begin(subject=person, request=asked.pk, by=by, at=at)
    builders.run_jobs("privacy.erase")
    return Erasure.objects.get()


@pytest.mark.promise("2.9")
def test_a_deletion_takes_what_was_said_with_and_before_the_account() -> None:
    letter("Before the account", sender=CUSTOMER)
    before = Ticket.objects.get().subject
    letter("Of somebody else", sender=STRANGER)
    person = builders.customer(email=CUSTOMER)
    letter("With the account", sender=CUSTOMER)
    by = staff()
    ready = "Please restart your telephone and try it once more."
    templates.save(key=None, name="Restart", text_nb="Start på nytt", text_en=ready, by=by, at=builders.now())
    answer(by, ready, Ticket.objects.get(subject=person).public_id)
    actions.note(
        ticket=Ticket.objects.get(subject=person).public_id, text="Our note", by=by, at=builders.now()
    )
    assert erased(person).finished_at is not None
    assert [keeping.said_in(entry) for entry in TicketEntry.objects.all()] == ["Of somebody else"]
    assert keys_of(before) == keys_of(person) == 0


@pytest.mark.promise("7.2")
def test_a_copy_has_all_of_it_notes_included() -> None:
    person = builders.customer(email=CUSTOMER)
    letter("What I said", sender=CUSTOMER)
    by = staff()
    answer(by, "Our answer")
    actions.note(ticket=only(), text="Our note", by=by, at=builders.now())
    holder = next(one for one in register.holders() if one.name == "support.tickets")
    said = [record["text"].decode() for record in holder.hand_over(person) if "text" in record]
    assert sorted(said) == ["Our answer", "Our note", "What I said"]


@pytest.mark.promise("2.3")
def test_nothing_of_it_stands_in_plain() -> None:
    letter("Zebra crossing", subject="Quagga", Message_ID="<okapi@mail.example.org>")
    actions.note(ticket=only(), text="Bongo antelope", by=staff(), at=builders.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT string_agg(t::text, ' ') FROM support_ticket t)"
            " || (SELECT string_agg(e::text, ' ') FROM support_ticketentry e)"
        )
        stored = cursor.fetchone()[0]
    for word in ("Zebra", "Quagga", "okapi", "Bongo", STRANGER):
        assert word not in stored
        assert word.encode().hex() not in stored


@pytest.mark.promise("2.9")
@pytest.mark.parametrize("is_customer", [True, False])
def test_a_deletion_takes_what_was_written_into_the_conversation_of_another(is_customer: bool) -> None:  # noqa: FBT001
    other = "customer2@example.com"
    builders.customer(email=CUSTOMER)
    letter("Of the one", sender=CUSTOMER)
    person = builders.customer(email=other) if is_customer else None
    letter("Of the other, who was shown the answer", sender=other.upper(), to=tagged(only()))
    person = person or builders.customer(email=other)
    assert ending.who_wrote_before([person]) == {person}
    assert erased(person).finished_at is not None
    assert [keeping.said_in(entry) for entry in TicketEntry.objects.all()] == ["Of the one"]
