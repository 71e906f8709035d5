"""Letters that come back, and reports that one was not wanted: booked by our own Message-ID, and by nothing else."""

from uuid import UUID, uuid4

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as some

from ringfence.accounts import actions as accounts
from ringfence.accounts.actions import letters
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.consent import news
from ringfence.support import actions, bounces, sorting
from ringfence.support.bounces import Report
from ringfence.support.models import Letter, NoticeRecord
from ringfence.support.notice_rules import NoticeKind
from ringfence.support.rules import LetterKind
from tests.accounts.builders import customer, run_jobs
from tests.support.notice_world import SYSTEM, now, scheduled, wants_news

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.2")]
HOST = str(settings.MAIL_FROM).rpartition("@")[2]

BOUNCE = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={type}; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example. It could not be delivered.
--b1
Content-Type: {report}

{fields}
--b1
Content-Type: {original}

{headers}
--b1--
"""
DELIVERY = """\
Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 30 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; one@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user here
"""
FEEDBACK = """\
Feedback-Type: {type}
User-Agent: Example/1.0
Version: 1
"""


def message_id(letter: UUID) -> str:
    return f"<{public_id('let', letter)}@{HOST}>"


def returned(
    letter: UUID, status: str = "5.1.1", action: str = "failed", original: str = "message/rfc822"
) -> bytes:
    headers = f"From: shop@{HOST}\nMessage-ID: {message_id(letter)}\nSubject: Hello\n\nText\n"
    fields = DELIVERY.format(action=action, status=status)
    return _report("delivery-status", "message/delivery-status", fields, original, headers)


def complaint(letter: UUID, kind: str = "abuse") -> bytes:
    headers = f"Message-ID:\n {message_id(letter).upper()}\nSubject: Hello\n\nText\n"
    fields = FEEDBACK.format(type=kind)
    return _report("feedback-report", "message/feedback-report", fields, "message/rfc822", headers)


def _report(kind: str, report: str, fields: str, original: str, headers: str) -> bytes:
    to = str(settings.MAIL_FROM)
    whole = BOUNCE.format(to=to, type=kind, report=report, fields=fields, original=original, headers=headers)
    return whole.replace("\n", "\r\n").encode()


def comes_in(content: bytes) -> Letter:
    """Have a report come in, and look at it."""
    to = [str(settings.MAIL_FROM)]
    letter = actions.receive_letter(content=content, sender="", recipients=to, by=SYSTEM, at=now())
    sorting.sort(letter=letter, by=SYSTEM, at=now())
    return Letter.objects.get(pk=letter)


def a_letter_out(person: UUID, kind: str = "password-changed") -> UUID:
    letter = letters.queue_letter(kind=kind, person=person, by=SYSTEM, at=now())
    letters.letter_sent(letter=letter, by=SYSTEM, at=now())
    return letter


@pytest.fixture
def person() -> UUID:
    """A customer."""
    return customer(email="one@example.com")


def test_a_letter_to_an_address_that_is_gone_marks_it_until_it_is_changed(person: UUID) -> None:
    letter = a_letter_out(person)
    came = comes_in(returned(letter))
    assert (came.kind, came.demands) == (LetterKind.BOUNCE, "")
    assert OutgoingLetter.objects.get(pk=letter).state == "returned"
    assert Person.objects.get(pk=person).unreachable_at is not None
    accounts.trust_address(person=person, by=SYSTEM, at=now())
    assert Person.objects.get(pk=person).unreachable_at is None


@pytest.mark.parametrize("status", ["5.2.2", "4.4.1", "5.7.1", "5.3.4", "9.9"])
def test_a_full_mailbox_or_a_refusal_of_us_marks_nothing(person: UUID, status: str) -> None:
    letter = a_letter_out(person)
    comes_in(returned(letter, status, original="text/rfc822-headers"))
    assert OutgoingLetter.objects.get(pk=letter).state == "returned"
    assert Person.objects.get(pk=person).unreachable_at is None


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_a_letter_that_is_late_or_has_arrived_did_not_come_back(person: UUID, action: str) -> None:
    letter = a_letter_out(person)
    comes_in(returned(letter, "4.4.1", action))
    assert OutgoingLetter.objects.get(pk=letter).state == "sent"


def test_an_address_is_not_marked_for_a_letter_to_another_one(person: UUID) -> None:
    letter = letters.queue_letter(
        kind="address-changed", person=person, address="old@example.com", by=SYSTEM, at=now()
    )
    comes_in(returned(letter))
    assert Person.objects.get(pk=person).unreachable_at is None


def test_nobody_can_mark_an_address_without_knowing_one_of_our_letters(person: UUID) -> None:
    letter = a_letter_out(person)
    comes_in(returned(uuid4()))
    foreign = returned(letter).replace(f"@{HOST}>".encode(), b"@elsewhere.example>")
    assert bounces.reported(foreign) is None
    quoted = returned(uuid4()).replace(
        b"It could not", f"Message-ID: {message_id(letter)} It could not".encode()
    )
    comes_in(quoted)
    assert OutgoingLetter.objects.get(pk=letter).state == "sent"
    assert Person.objects.get(pk=person).unreachable_at is None


def test_a_notice_that_came_back_is_noted_for_its_reader(person: UUID) -> None:
    scheduled()
    run_jobs("support.send_notice")
    (letter,) = OutgoingLetter.objects.filter(kind="notice")
    letters.letter_sent(letter=letter.pk, by=SYSTEM, at=now())
    comes_in(returned(letter.pk))
    comes_in(returned(letter.pk, "5.1.10"))
    assert NoticeRecord.objects.get().delivery == "returned"


def test_whoever_reports_news_gets_no_more_of_them(person: UUID) -> None:
    wants_news(person)
    scheduled(NoticeKind.NEWS)
    run_jobs("support.send_notice")
    (letter,) = OutgoingLetter.objects.filter(kind="notice-news")
    letters.letter_sent(letter=letter.pk, by=SYSTEM, at=now())
    assert bounces.reported(complaint(letter.pk, "not-spam")) == bounces.Found(letter.pk, Report.NOTHING)
    came = comes_in(complaint(letter.pk))
    assert came.kind == LetterKind.BOUNCE
    assert OutgoingLetter.objects.get(pk=letter.pk).unwanted_at is not None
    assert NoticeRecord.objects.get().delivery == "unwanted"
    assert not news.is_wanted(person, now())


@given(some.binary(max_size=400), some.integers(0, 900), some.integers(0, 900))
def test_no_report_however_broken_stops_the_desk(junk: bytes, one: int, other: int) -> None:
    whole = returned(uuid4())
    bounces.reported(whole[:one] + junk + whole[other:])
