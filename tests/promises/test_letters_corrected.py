"""Several demands in one letter get one answer; staff correct what was read, and it is counted (clause 4.2)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.interfaces.mail import intake
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy, promises
from ringfence.privacy.promises.running import Standing, run_checks
from ringfence.privacy.queries import lines_of
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests import confirming
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import RequestKind, RequestState
from ringfence.support import actions as support
from ringfence.support import correcting, queries, sorting
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


def write(text: str, sender: str = ADDRESS, at: datetime = NOW - HOUR, *, is_sorted: bool = True) -> UUID:
    """Have a letter come in to the official address, and be answered."""
    content = f"From: {sender}\r\nTo: {settings.CONTACT_EMAIL}\r\nSubject: Hello\r\n\r\n{text}\r\n"
    to = [str(settings.CONTACT_EMAIL)]
    letter = support.receive_letter(content=content.encode(), sender=sender, recipients=to, by=SYSTEM, at=at)
    if is_sorted:
        sorting.sort(letter=letter, by=SYSTEM, at=at)
        run_jobs("privacy.answer_request_form")
    return letter


def staff(role: Role = Role.SUPPORT) -> Actor:
    return Actor.staff(uuid4(), frozenset({role}), "request")


def standing(at: datetime = NOW) -> Standing:
    return {one.clause: one for one in run_checks(by=SYSTEM, at=at, only={"4.2"})}["4.2"]


def refused(attempt: object) -> str:
    with pytest.raises(Refusal) as found:
        attempt()  # type: ignore[operator] # a lambda
    return found.value.code


def as_read(kind: str, language: str) -> str:
    """The newest letter of a kind, as its reader sees it."""
    row = OutgoingLetter.objects.filter(kind=kind).latest("made_at")
    letter = LetterToSend(row.pk, row.kind, "a@example.com", language, "Europe/Oslo", row.facts.open(), NOW)
    found = written(letter)
    assert found.html
    return " ".join(found.text.split())


def test_two_demands_get_one_letter_with_the_due_date_and_two_links(person: UUID) -> None:
    write("Delete my account. Before that, send me a copy of my data.")
    assert OutgoingLetter.objects.filter(subject=person).count() == 1
    [facts] = letters("requests-confirm")
    assert facts["whats"] == ["copy", "delete"], "the deletion ends everything else, and stands last"
    due = f"{SubjectRequest.objects.first().due_at:%-d %B %Y}"  # type: ignore[union-attr] # it is there
    assert as_read("requests-confirm", "en").count(due) == 2
    assert "Bekreft slettingen til slutt" in as_read("requests-confirm", "nb")
    for token, kind in zip(facts["token"], facts["whats"], strict=True):
        waiting = confirming.waiting(token, NOW)
        assert waiting is not None
        assert waiting.kind == kind


def test_what_was_asked_before_is_named_in_the_one_letter(person: UUID) -> None:
    known = requests.open_request(
        subject=person, kind=RequestKind.CHANGE, channel="account", by=SYSTEM, at=NOW - 2 * HOUR
    )
    requests.approve(request=known.pk, by=Actor.customer(person), at=NOW - 2 * HOUR)
    write("Please change my address. Also send me a copy of my data and cancel my order.")
    [facts] = letters("requests-confirm")
    assert (facts["whats"], facts["joined"]) == (["copy", "cancel"], ["change"])


def test_a_stranger_gets_one_letter_that_says_the_same_to_anybody(person: UUID) -> None:
    write(f"Delete my account {ADDRESS} and send me a copy of my data.", sender="nobody@example.com")
    assert [one.kind for one in OutgoingLetter.objects.all()] == ["request-unknown"]
    assert not SubjectRequest.objects.exists()
    text = as_read("request-unknown", "en")
    assert ADDRESS not in text
    assert "A copy of your data; The deletion of your account and your data" in text


def test_a_missed_demand_becomes_a_request_whose_clock_starts_with_the_letter(person: UUID) -> None:
    letter = write("I would rather you knew nothing of me any more.")
    assert not SubjectRequest.objects.exists()
    correcting.add_missed(letter=letter, kind=RequestKind.DELETE, by=staff(), at=NOW)
    correcting.add_missed(letter=letter, kind=RequestKind.DELETE, by=staff(), at=NOW)
    run_jobs("privacy.answer_request_form")
    found = SubjectRequest.objects.get()
    assert (found.kind, found.received_at) == (RequestKind.DELETE, NOW - HOUR)
    assert len(letters("request-confirm")) == 1
    after = standing()
    assert (after.state, after.figures["missed"], after.figures["asked"]) == (promises.KEPT, 1, 1)
    assert "support.demand_was_missed" in {line.action for line in lines_of(person)}


def test_a_request_that_nobody_made_ends_and_the_customer_is_told(person: UUID) -> None:
    letter = write("Please delete my account.")
    token = letters("request-confirm")[0]["token"]
    correcting.take_out_wrong(letter=letter, kind=RequestKind.DELETE, by=staff(), at=NOW)
    assert SubjectRequest.objects.get().state == RequestState.WITHDRAWN
    assert confirming.waiting(token, NOW) is None
    assert "Derfor er henvendelsen avsluttet" in as_read("request-misread", "nb")
    found = queries.letter_to_us(letter)
    assert found is not None
    assert (found.demands, found.wrong) == ((), ("delete",))
    after = standing()
    assert (after.state, after.figures["wrong"], after.figures["lost"]) == (promises.KEPT, 1, 0)


def test_what_the_customer_confirmed_or_repeated_was_meant(person: UUID) -> None:
    letter = write("Please send me a copy of my data and correct my name.")
    copy, change = letters("requests-confirm")[0]["token"]
    confirming.use_link(token=copy, by=Actor.stranger(), at=NOW)
    take_out = lambda kind: correcting.take_out_wrong(letter=letter, kind=kind, by=staff(), at=NOW)  # noqa: E731
    assert refused(lambda: take_out(RequestKind.COPY)) == "request_meant"
    write("As I said, correct my name.", at=NOW - HOUR / 2)
    assert refused(lambda: take_out(RequestKind.CHANGE)) == "request_meant"
    assert confirming.waiting(change, NOW) is None, "a newer letter brought a newer link"


def test_before_a_letter_is_answered_nothing_is_taken_out_of_it(person: UUID) -> None:
    letter = write("Please delete my account.", is_sorted=False)
    out = lambda: correcting.take_out_wrong(letter=letter, kind=RequestKind.DELETE, by=staff(), at=NOW)  # noqa: E731
    assert refused(out) == "letter_unreadable"
    sorting.sort(letter=letter, by=SYSTEM, at=NOW)
    assert refused(out) == "letter_being_answered"


def test_a_correction_taken_back_counts_no_more(person: UUID) -> None:
    letter = write("Thank you for everything.")
    correcting.add_missed(letter=letter, kind=RequestKind.COPY, by=staff(), at=NOW)
    run_jobs("privacy.answer_request_form")
    correcting.take_out_wrong(letter=letter, kind=RequestKind.COPY, by=staff(Role.PRIVACY), at=NOW)
    found = queries.letter_to_us(letter)
    assert found is not None
    assert (found.demands, found.missed, found.wrong) == ((), (), ())


def test_only_those_who_answer_requests_correct_and_read(person: UUID) -> None:
    letter = write("Thank you.")
    by = staff(Role.OPERATIONS)
    assert refused(lambda: correcting.look(letter=letter, by=by, at=NOW)) == "letter_unreadable"
    assert correcting.look(letter=letter, by=staff(), at=NOW).text == "Hello\n\nThank you."
    [line] = [line for line in lines_of(person) if line.action == "support.look_at_letter"]
    assert line.purpose == "request"


def test_a_letter_nobody_looked_at_for_an_hour_breaks_4_2(person: UUID) -> None:
    write("Please delete my account.", at=NOW - HOUR / 2, is_sorted=False)
    assert standing().state == promises.KEPT
    after = standing(NOW + HOUR)
    assert (after.state, after.figures["waiting"]) == (promises.BROKEN, 1)


def test_a_missed_demand_whose_request_is_gone_breaks_4_2(person: UUID) -> None:
    letter = write("I would rather you knew nothing of me any more.", at=NOW - 3 * HOUR)
    correcting.add_missed(letter=letter, kind=RequestKind.DELETE, by=staff(), at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_requestform")
    assert standing().state == promises.BROKEN


def test_a_letter_that_waits_for_its_answer_is_shown(person: UUID) -> None:
    letter = write(
        "Please delete my account.", sender="nobody@example.com", is_sorted=False, at=NOW - 2 * HOUR
    )
    sorting.sort(letter=letter, by=SYSTEM, at=NOW)
    after = standing()
    assert (after.state, after.figures["unanswered"]) == (promises.DUE_SOON, 1)


@pytest.mark.promise("7.2")
def test_a_copy_asked_for_by_letter_and_not_answered_breaks_7_2(person: UUID) -> None:
    letter = write("Please send me a copy of my data and correct my name.", is_sorted=False, at=NOW)
    sorting.sort(letter=letter, by=SYSTEM, at=NOW)
    check = promises.promise("7.2")
    assert check is not None
    assert check.check(NOW + HOUR).state == promises.KEPT
    after = check.check(NOW + 7 * HOUR)
    assert (after.state, after.figures["unanswered"]) == (promises.BROKEN, 1)
    run_jobs("privacy.answer_request_form")
    assert check.check(NOW + 7 * HOUR).state == promises.KEPT
