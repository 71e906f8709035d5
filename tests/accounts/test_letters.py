"""Letters: written in the reader's language, sent by real SMTP, tried again, and deleted."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import Settings

from ringfence.accounts import actions, queries, tasks, ways_out, work
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterRejected, LetterToSend
from ringfence.adapters.mail import writing
from ringfence.config import messages
from ringfence.kernel.refusal import Refusal
from tests.accounts.builders import TESTS, customer, now, run_jobs

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
FACTS = {"token": "a-token", "left": 3}
KINDS = sorted(path.stem for path in (writing.TEMPLATES / "letters").glob("*.txt") if path.stem != "base")
OWN_KINDS = [
    "address-change-from",
    "address-change-to",
    "address-changed",
    "already-registered",
    "code-app-added",
    "code-app-removed",
    "confirm-address",
    "no-account",
    "passkey-added",
    "passkey-removed",
    "password-changed",
    "provider-connected",
    "recovery-code-used",
    "recovery-codes-made",
    "reset-password",
    "second-step-removed",
]


class PostOffice:
    """A mail server that keeps what it is sent, or answers as told."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        """Keep the letter."""
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def office(settings: Settings) -> Iterator[PostOffice]:
    """Run a mail server, and hand letters to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = PostOffice()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, smtp_url=f"smtp://127.0.0.1:{port}")
    yield handler
    server.stop()


def test_a_letter_arrives_in_both_forms(office: PostOffice) -> None:
    person = customer(language="nb")
    actions.queue_letter(kind="password-changed", person=person, by=TESTS, at=now())
    assert run_jobs() == ["accounts.send_letter"]
    letter = office.letters[0]
    assert letter["To"] == "customer1@example.com"
    assert letter["Content-Language"] == "nb"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_body(("plain",))
    html = letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"{django_settings.PUBLIC_ORIGIN}/nb/account/sessions/" in text.get_content()
    assert '<html lang="nb">' in html.get_content()
    assert OutgoingLetter.objects.get().state == "sent"


@pytest.mark.promise("2.7")
def test_a_letter_does_not_tell_what_it_was_made_with(office: PostOffice) -> None:
    actions.queue_letter(kind="password-changed", person=customer(), by=TESTS, at=now())
    run_jobs()
    whole = office.letters[0].as_string()
    assert "part-let_" in whole
    assert not re.search(r"={6,}\d+==", whole)
    assert not {"X-Mailer", "User-Agent", "Received"} & set(office.letters[0].keys())
    assert not re.search("python|django|aiosmtpd", whole, re.IGNORECASE)


def test_a_letter_is_sent_once(office: PostOffice) -> None:
    person = customer()
    letter = actions.queue_letter(kind="password-changed", person=person, by=TESTS, at=now())
    for _again in range(3):
        tasks.deliver(letter, now())
    tasks.send_waiting_letters.func(int(now().timestamp()) + 3600)
    assert len(office.letters) == 1


def test_the_sweep_finds_what_the_post_did_not_take(office: PostOffice) -> None:
    person = customer()
    letter = actions.queue_letter(kind="password-changed", person=person, by=TESTS, at=now())
    office.answer = "451 later"
    at = now()
    tasks.deliver(letter, at)
    assert OutgoingLetter.objects.get().state == "waiting"
    assert queries.letters_due(at, 10) == []
    office.answer = "250 OK"
    assert queries.letters_due(at + timedelta(minutes=2), 10) == [letter]
    tasks.deliver(letter, at + timedelta(minutes=2))
    assert len(office.letters) == 1


def test_what_can_wait_goes_after_all_others_and_is_no_sign_of_a_post_that_stands_still() -> None:
    at = now()
    person = customer()
    first = actions.queue_letter(
        kind="notice", person=person, can_wait=True, by=TESTS, at=at - timedelta(hours=1)
    )
    second = actions.queue_letter(kind="password-changed", person=person, by=TESTS, at=at)
    assert queries.letters_due(at, 10) == [second, first]
    assert ways_out.letters_go_out(at)
    assert not ways_out.letters_go_out(at + timedelta(minutes=31))


def test_a_refused_letter_is_given_up(office: PostOffice) -> None:
    letter = actions.queue_letter(kind="no-account", address="nobody@example.org", by=TESTS, at=now())
    office.answer = "550 no such mailbox"
    tasks.deliver(letter, now())
    assert OutgoingLetter.objects.get().state == "given-up"


def test_a_silent_post_is_tried_for_days_and_then_left(settings: Settings) -> None:
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, smtp_url="smtp://127.0.0.1:9")
    letter = actions.queue_letter(kind="no-account", address="nobody@example.org", by=TESTS, at=now())
    at, tries = now(), 0
    while queries.letters_due(at, 10) or OutgoingLetter.objects.get().state == "waiting":
        at = OutgoingLetter.objects.get().next_at
        tasks.deliver(letter, at)
        tries += 1
    assert OutgoingLetter.objects.get().state == "given-up"
    assert tries > 5
    assert at - now() > timedelta(days=2)


def test_the_own_letters_are_all_there() -> None:
    assert set(OWN_KINDS) <= set(KINDS)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("kind", OWN_KINDS)
def test_every_letter_is_written_in_both_languages(kind: str, language: str) -> None:
    messages.compile_changed()
    letter = LetterToSend(uuid4(), kind, "customer1@example.com", language, "", FACTS, now())
    content = writing.written(letter)
    assert content.subject
    assert "@" not in content.subject
    assert "\n\n\n" not in content.text
    for left in ("{%", "{{", "%(", "&#x27;"):
        assert left not in content.text + content.subject
    assert f"/{language}/" in content.text
    english = writing.written(replace(letter, language="en"))
    if language == "nb":
        same = {line for line in content.text.splitlines() if re.search("[a-z]{3} [a-z]{2}", line)} & set(
            english.text.splitlines()
        )
        assert not same, "left in English"
        assert content.subject != english.subject


def test_facts_cannot_break_out_of_html() -> None:
    letter = LetterToSend(uuid4(), "confirm-address", "x@example.com", "en", "", {"token": '"><b>'}, now())
    assert "<b>" not in writing.written(letter).html


def test_a_kind_without_text_is_refused() -> None:
    with pytest.raises(LetterRejected):
        writing.written(LetterToSend(uuid4(), "unheard-of", "x@example.com", "en", "", {}, now()))


def test_letters_are_deleted_after_30_days() -> None:
    actions.queue_letter(kind="password-changed", person=customer(), by=TESTS, at=now())
    actions.sweep(by=TESTS, at=now() + timedelta(days=29, hours=23))
    assert OutgoingLetter.objects.exists()
    actions.sweep(by=TESTS, at=now() + timedelta(days=30))
    assert not OutgoingLetter.objects.exists()


def test_templates_come_in_pairs() -> None:
    html = {path.stem for path in (writing.TEMPLATES / "letters").glob("*.html")}
    assert html == {*KINDS, "base"}
    assert isinstance(writing.TEMPLATES, Path)


def test_who_presses_try_now_while_it_is_handed_over_sends_nothing_twice(office: PostOffice) -> None:
    letter = actions.queue_letter(kind="password-changed", person=customer(), by=TESTS, at=now())
    at = now()
    assert actions.begin_letter(letter=letter, by=TESTS, at=at)
    with pytest.raises(Refusal) as refused:
        actions.retry_letter(letter=letter, by=TESTS, at=at + timedelta(minutes=4))
    assert refused.value.code == "letter_in_hands"
    actions.letter_failed(letter=letter, for_good=False, by=TESTS, at=at)
    for _pressed in range(2):
        actions.retry_letter(letter=letter, by=TESTS, at=now())
    run_jobs("accounts.send_letter")
    assert len(office.letters) == 1
    with pytest.raises(Refusal):
        actions.retry_letter(letter=letter, by=TESTS, at=now())
    assert OutgoingLetter.objects.get().taken_at is None


def test_a_letter_whose_worker_died_can_be_tried_after_a_while(office: PostOffice) -> None:
    letter = actions.queue_letter(kind="password-changed", person=customer(), by=TESTS, at=now())
    actions.begin_letter(letter=letter, by=TESTS, at=now() - timedelta(minutes=6))
    actions.retry_letter(letter=letter, by=TESTS, at=now())
    run_jobs("accounts.send_letter")
    assert len(office.letters) == 1


def test_the_sweep_sends_a_few_at_a_time_behind_what_somebody_waits_for(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    person = customer()
    for _one in range(5):
        actions.queue_letter(kind="password-changed", person=person, by=TESTS, at=now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    tasks.send_waiting_letters.func(int(now().timestamp()) + 3600)
    assert len(office.letters) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, priority FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchall() == [("accounts.send_waiting_letters", work.LATER)]
    assert run_jobs() == ["accounts.send_waiting_letters"] * 2
    assert len(office.letters) == 5


@pytest.mark.parametrize(("answer", "tried"), [("421 closing", [0, 0, 1]), ("450 not you", [1, 1, 1])])
def test_a_turn_of_the_sweep_ends_where_the_post_takes_none_and_not_for_one_letter(
    office: PostOffice, answer: str, tried: list[int]
) -> None:
    person = customer()
    for _one in range(3):
        actions.queue_letter(kind="password-changed", person=person, by=TESTS, at=now())
    office.answer = answer
    tasks.send_waiting_letters.func(int(now().timestamp()) + 3600)
    assert sorted(OutgoingLetter.objects.values_list("attempts", flat=True)) == tried
