"""A letter that plainly asks for something becomes a request, and clause 4.2 breaks where one does not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from ringfence.interfaces.mail import intake
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import policy, promises, queries
from ringfence.privacy.promises.running import Standing, run_checks
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests import confirming, effects
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState
from ringfence.support import actions as support
from ringfence.support import correcting, demands, sorting
from ringfence.support.models import Letter
from ringfence.support.queries import letters_to_us
from tests.accounts.builders import customer, run_jobs
from tests.privacy.asking import letters

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
ADDRESS = "one@example.com"
pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("4.2")]


@pytest.fixture
def person(open_mail_port: intake.Controller) -> UUID:
    """A customer of a store that takes letters."""
    policy.ensure_first_version(by=SYSTEM, at=NOW)
    return customer(email=ADDRESS)


def write(text: str, sender: str = ADDRESS, at: datetime = NOW, headers: str = "") -> UUID:
    """Have a letter come in to the official address."""
    content = f"From: {sender}\r\nTo: {settings.CONTACT_EMAIL}\r\n{headers}Subject: Hello\r\n\r\n{text}\r\n"
    to = [str(settings.CONTACT_EMAIL)]
    letter = support.receive_letter(content=content.encode(), sender=sender, recipients=to, by=SYSTEM, at=at)
    sorting.sort(letter=letter, by=SYSTEM, at=at)
    return letter


def standing(at: datetime) -> Standing:
    """How the clause stands after one run."""
    return {one.clause: one for one in run_checks(by=SYSTEM, at=at, only={"4.2"})}["4.2"]


def test_a_letter_becomes_a_request_whose_clock_starts_with_it(person: UUID) -> None:
    assert standing(NOW).state == promises.KEPT
    write("Please delete my account.", at=NOW - HOUR)
    run_jobs("privacy.answer_request_form")
    found = SubjectRequest.objects.get(subject=person)
    assert (found.kind, found.channel, found.state) == (
        RequestKind.DELETE,
        Channel.MAIL,
        RequestState.CONFIRMING,
    )
    assert found.received_at == NOW - HOUR
    assert "Please delete my account." in requests.written(found)
    assert [letter["what"] for letter in letters("request-confirm")] == ["delete"]
    assert not queries.being_erased(person), "whoever writes is not yet the customer"
    after = standing(NOW + HOUR)
    assert (after.state, after.figures["asked"], after.figures["lost"]) == (promises.KEPT, 1, 0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Jeg ber om at behandlingen av opplysningene mine begrenses.", RequestKind.RESTRICT),
        ("I object to the use of my data for statistics.", RequestKind.OBJECT),
    ],
)
def test_who_wants_their_data_used_less_gets_it_once_they_confirm(
    person: UUID, text: str, kind: RequestKind
) -> None:
    write(text)
    run_jobs("privacy.answer_request_form")
    (letter,) = letters("request-confirm")
    assert letter["what"] == kind
    assert not effects.stopped_uses(person)
    confirming.use_link(token=letter["token"], by=Actor.stranger(), at=NOW)
    assert list(effects.stopped_uses(person)) == [kind]


def test_a_letter_that_became_no_request_breaks_4_2(person: UUID) -> None:
    write("Kan jeg få en kopi av opplysningene mine?")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_requestform")
    assert standing(NOW + HOUR / 2).state == promises.KEPT, "its job may still be waiting"
    after = standing(NOW + 2 * HOUR)
    assert (after.state, after.figures["lost"]) == (promises.BROKEN, 1)


def test_a_clock_that_started_later_than_the_letter_breaks_4_2(person: UUID) -> None:
    write("Please correct my address.", at=NOW - 2 * HOUR)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE privacy_requestform SET asked_at = asked_at + interval '1 hour'")
    run_jobs("privacy.answer_request_form")
    assert standing(NOW).state == promises.BROKEN


def test_sentences_that_are_not_understood_break_4_2(person: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demands, "RULES", {"nb": (), "en": demands.RULES["en"]})
    assert standing(NOW).state == promises.BROKEN


def test_a_port_that_takes_no_letters_breaks_4_2(person: UUID, open_mail_port: intake.Controller) -> None:
    open_mail_port.stop()
    assert standing(NOW).state == promises.BROKEN


def test_a_stranger_learns_nothing_and_a_program_is_not_answered(person: UUID) -> None:
    write("Please delete my account.", sender="nobody@example.com")
    for header in ("Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "List-Id: <x.example>\r\n"):
        write("Please delete my account.", headers=header)
    write("Please delete my account.", sender="")
    run_jobs("privacy.answer_request_form")
    assert not SubjectRequest.objects.exists()
    assert [letter["what"] for letter in letters("request-unknown")] == ["delete"]


def test_no_storm_comes_of_a_program_that_answers(person: UUID) -> None:
    for number in range(8):
        write(f"Please delete my account. {number}", at=NOW + timedelta(minutes=number))
    assert RequestForm.objects.count() == sorting.HEEDED_A_DAY
    assert Letter.objects.filter(to_us=True).count() == 8
    assert Letter.objects.filter(unheeded="delete", demands="").count() == 3
    after = standing(NOW + HOUR / 2)
    assert (after.state, after.figures["unheeded"]) == (promises.DUE_SOON, 3), "people see to them"


def test_forged_letters_keep_none_of_the_person_s_own_from_being_heeded(
    person: UUID, settings: Settings
) -> None:
    settings.MAIL_AUTHORITY = "mx.example.com"
    forged = "Authentication-Results: mx.example.com; spf=fail; dmarc=fail\r\n"
    for number in range(7):
        write(f"Please delete my account. {number}", headers=forged, at=NOW + timedelta(minutes=number))
    assert RequestForm.objects.count() == sorting.HEEDED_A_DAY
    own = write("Please send me a copy of my data.", at=NOW + timedelta(minutes=9))
    assert Letter.objects.get(pk=own).demands == "copy"


def test_what_was_left_to_people_is_begun_by_them(person: UUID) -> None:
    by = Actor.staff(uuid4(), frozenset({Role.SUPPORT}), "request")
    first, other = (
        write("Please delete my account.", headers=f"List-Id: <{name}.example>\r\n") for name in "ab"
    )
    assert {one.id for one in letters_to_us("asking", 0, 9)} == {first, other}
    correcting.add_missed(letter=first, kind=RequestKind.DELETE, by=by, at=NOW)
    correcting.take_out_wrong(letter=other, kind=RequestKind.DELETE, by=by, at=NOW)
    run_jobs("privacy.answer_request_form")
    assert SubjectRequest.objects.get(subject=person).received_at == NOW
    after = standing(NOW)
    assert (after.state, after.figures["unheeded"], after.figures["missed"]) == (promises.KEPT, 0, 0)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Hei,\n\njeg vil gjerne ha innsyn i hva dere har lagret.", {RequestKind.COPY}),
        ("Fjern alt dere vet om meg, takk", {RequestKind.DELETE}),
        (
            "Jeg er flyttet og ber om at dere oppdaterer\nadressen. Rett også navnet mitt.",
            {RequestKind.CHANGE},
        ),
        ("Jeg angrer på kjøpet.", {RequestKind.CANCEL}),
        (
            "Please delete everything\nyou have about me and send me a copy of my\ndata first.",
            {RequestKind.COPY, RequestKind.DELETE},
        ),
        ("I do not want to stay, so please delete my account.", {RequestKind.DELETE}),
        ("Please do not delete my account.", set()),
        ("Slett ikke kontoen min.", set()),
        ("Thanks!\n\n> Please delete my account.", set()),
        ("Takk!\n\nDen 3. mai 2026 skrev Kunde:\nSlett kontoen min.", set()),
        ("My phone does not ring.", set()),
        ("", set()),
    ],
)
def test_what_is_said_plainly_is_understood(text: str, kinds: set[RequestKind]) -> None:
    assert set(demands.demands_in(f"Hello\n\n{text}").kinds) == kinds


def test_a_letter_that_nobody_can_read_is_kept(person: UUID) -> None:
    for content in (b"", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nbroken", b"\xff\xfe\0"):
        support.receive_letter(
            content=content, sender=ADDRESS, recipients=[settings.CONTACT_EMAIL], by=SYSTEM, at=NOW
        )
        assert all(
            sorting.sort(letter=one, by=SYSTEM, at=NOW) is None for one in sorting.waiting(NOW + HOUR, 9)
        )
    assert Letter.objects.filter(to_us=True, demands="", sorted_at=NOW).count() == 3
