"""Requests from the letter that asks who it was to their end: done, refused by a notice, taken back (clause 4.3)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import rules
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import actions, confirming, forms, meeting, refusing, warning
from ringfence.privacy.requests.intake_models import RequestForm, RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, Ground, RequestKind, RequestState
from tests.accounts.builders import customer, staff_member
from tests.privacy.asking import STRANGER, SYSTEM, asked, letters, officer, post, row, sent_link

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.promise("4.3"),
]


@pytest.fixture
def person() -> UUID:
    return customer(email="one@example.com", name="Customer One")


def fill_in(address: str, kind: RequestKind = RequestKind.CHANGE, at: datetime = NOW) -> None:
    """Fill in the form, and let the worker answer it."""
    forms.take_in(kinds=[kind], address=address, asked="Name is One", language="nb", by=STRANGER, at=at)
    for form in forms.unanswered(at):
        forms.answer(form=form, by=SYSTEM, at=at + timedelta(minutes=1))


@pytest.mark.promise("7.2")
def test_a_form_becomes_a_request_whose_clock_began_when_it_was_sent(person: UUID) -> None:
    fill_in(" One@Example.com")
    found = SubjectRequest.objects.get(subject=person)
    assert (found.state, found.received_at) == (RequestState.CONFIRMING, NOW)
    assert found.waiting_since == NOW + timedelta(minutes=1)
    assert actions.written(found) == "Name is One"
    assert not RequestForm.objects.exists()
    assert letters("request-confirm")[0]["what"] == "change"


def test_an_unknown_address_gets_a_letter_and_leaves_nothing_but_it(person: UUID) -> None:
    fill_in("nobody@example.com")
    assert not SubjectRequest.objects.exists()
    assert not RequestForm.objects.exists()
    assert [one.language for one in OutgoingLetter.objects.filter(kind="request-unknown")] == ["nb"]


def test_the_link_confirms_once_and_not_after_a_week(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    first = sent_link(request, NOW)
    token = sent_link(request, NOW + timedelta(minutes=1))
    with pytest.raises(Refusal):
        confirming.use_link(token=first, by=STRANGER, at=NOW)
    with pytest.raises(Refusal):
        confirming.use_link(token=token, by=STRANGER, at=NOW + 8 * DAY)
    begun = confirming.use_link(token=token, by=STRANGER, at=NOW + DAY)
    assert (begun.state, begun.word) == (RequestState.APPROVED, "")
    assert (row(request).confirmed_by, row(request).waiting_since) == ("link", None)
    with pytest.raises(Refusal):
        confirming.use_link(token=token, by=STRANGER, at=NOW + DAY)
    assert not RequestLink.objects.exists()


def test_the_link_of_a_deletion_says_what_stays_and_begins_it(person: UUID) -> None:
    token = sent_link(asked(person, RequestKind.DELETE, NOW, NOW), NOW)
    assert letters("request-confirm")[0]["stays"] == []
    begun = confirming.use_link(token=token, by=STRANGER, at=NOW)
    assert begun.word
    assert Erasure.objects.get().subject == person
    with pytest.raises(Refusal):
        actions.withdraw(request=begun.request, by=Actor.customer(person), at=NOW)


@pytest.mark.parametrize("by", [officer(Role.ADMINISTRATOR), officer(Role.SUPPORT)], ids=["all", "support"])
def test_staff_confirm_nothing_in_a_customers_place(person: UUID, by: Actor) -> None:
    request = asked(person, RequestKind.DELETE, NOW, NOW)
    with pytest.raises(Refusal):
        actions.approve(request=request, by=by, at=NOW)
    with pytest.raises(Refusal):
        confirming.confirm(request=request, by=by, at=NOW)
    with pytest.raises(Refusal):
        meeting.meet(request=request, by=by, at=NOW)


def test_nobody_is_refused_before_the_notice_was_sent(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    refusing.refuse(request=request, ground=Ground.IS_CORRECT, reason="It is right.", by=officer(), at=NOW)
    assert refusing.follow_notices(by=SYSTEM, at=NOW) == 0
    assert row(request).state == RequestState.RECEIVED
    post(NOW + DAY)
    assert refusing.follow_notices(by=SYSTEM, at=NOW + DAY) == 1
    found = row(request)
    assert (found.state, found.notice_sent_at) == (RequestState.REFUSED, NOW + DAY)
    notice = letters("request-refused")[0]
    assert (notice["article"], notice["reason"], notice["authority"]) == (
        "16",
        "It is right.",
        "Datatilsynet",
    )


@pytest.mark.parametrize(
    ("by", "ground", "reason"),
    [
        (officer(Role.SUPPORT), Ground.IS_CORRECT, "No."),
        (officer(), Ground.DUTY_BY_LAW, "No."),
        (officer(), Ground.IS_CORRECT, "  "),
    ],
    ids=["not their role", "another article", "no reason"],
)
def test_a_refusal_needs_its_role_its_article_and_a_reason(
    person: UUID, by: Actor, ground: Ground, reason: str
) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    with pytest.raises(Refusal):
        refusing.refuse(request=request, ground=ground, reason=reason, by=by, at=NOW)
    assert not letters("request-refused")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'refused', closed_at = now()",
        "state = 'refused', closed_at = now(), refusal_article = '16', notice_sent_at = now()",
        "state = 'closed'",
        "state = 'withdrawn'",
    ],
)
def test_the_database_refuses_a_silent_end(person: UUID, change: str) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE privacy_subjectrequest SET {change} WHERE id = %s", [request])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_subjectrequest WHERE id = %s", [request])


def test_what_nobody_confirms_is_refused_in_time_with_a_notice(person: UUID) -> None:
    request = asked(person, RequestKind.DELETE, NOW - 27 * DAY, NOW)
    assert refusing.refuse_unconfirmed(by=SYSTEM, at=NOW) == 1
    assert refusing.refuse_unconfirmed(by=SYSTEM, at=NOW) == 0
    post(NOW)
    refusing.follow_notices(by=SYSTEM, at=NOW)
    found = row(request)
    assert (found.state, found.refusal_article) == (RequestState.REFUSED, "12(2)")
    assert found.notice_sent_at is not None
    assert found.notice_sent_at < found.due_at


def test_staff_are_warned_on_days_7_20_and_27_and_once_each(person: UUID) -> None:
    staff_member(None, Role.PRIVACY)
    staff_member(None, Role.SUPPORT, email="staff2@example.com")
    asked(person, RequestKind.CHANGE, NOW, NOW)
    for day in range(31):
        for _hour in range(2):
            warning.warn_all(by=SYSTEM, at=NOW + day * DAY + timedelta(hours=1))
    assert [one["day"] for one in letters("request-due")] == [7, 20, 27]


def test_of_several_missed_warnings_the_last_is_sent_and_without_staff_to_contacts(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW - 25 * DAY, NOW)
    assert warning.warn_all(by=SYSTEM, at=NOW) == 1
    assert [one["day"] for one in letters("request-due")] == [20]
    actions.approve(request=request, by=Actor.customer(person), at=NOW)
    meeting.meet(request=request, by=officer(Role.SUPPORT), at=NOW)
    assert warning.warn_all(by=SYSTEM, at=NOW + 5 * DAY) == 0
    assert letters("request-done")


def test_only_the_person_takes_a_request_back(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    for other in (officer(), Actor.customer(uuid4()), STRANGER):
        with pytest.raises(Refusal):
            actions.withdraw(request=request, by=other, at=NOW)
    actions.withdraw(request=request, by=Actor.customer(person), at=NOW)
    assert row(request).state == RequestState.WITHDRAWN
    again = asked(person, RequestKind.CHANGE, NOW + DAY, NOW + DAY)
    assert (again != request, row(again).received_at) == (True, NOW + DAY)


def test_a_repeat_adds_its_words_and_is_counted(person: UUID) -> None:
    first = asked(person, RequestKind.CHANGE, NOW, NOW, asked="The name")
    again = asked(person, RequestKind.CHANGE, NOW + DAY, NOW + DAY, asked="The phone")
    assert again == first
    assert (row(first).repeats, row(first).received_at) == (1, NOW)
    assert actions.written(row(first)) == "The name\n\nThe phone"


def test_the_persons_own_words_take_the_place_of_a_strangers(person: UUID) -> None:
    by = Actor.customer(person)
    fill_in("one@example.com")
    token = str(letters("request-confirm")[0]["token"])
    own = actions.open_request(
        subject=person,
        kind=RequestKind.CHANGE,
        channel=Channel.ACCOUNT,
        asked="Phone is wrong",
        by=by,
        at=NOW,
    )
    assert actions.written(row(own.pk)) == "Phone is wrong"
    with pytest.raises(Refusal):
        confirming.use_link(token=token, by=STRANGER, at=NOW + DAY)
    asked(person, RequestKind.CHANGE, NOW, NOW, asked="And send it elsewhere")
    with pytest.raises(Refusal) as refused:
        confirming.confirm(request=own.pk, seen=own.repeats, by=by, at=NOW)
    assert refused.value.code == "request_changed"
    confirming.confirm(request=own.pk, seen=row(own.pk).repeats, by=by, at=NOW)


def test_nobody_adds_words_to_what_the_person_confirmed(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW, asked="The name")
    by = Actor.customer(person)
    confirming.confirm(request=request, by=by, at=NOW)
    fill_in("one@example.com", at=NOW + DAY)
    actions.open_request(
        subject=person,
        kind=RequestKind.CHANGE,
        channel=Channel.STAFF,
        asked="Ring me at another number",
        by=officer(purpose="customer-called"),
        at=NOW,
    )
    assert actions.written(row(request)) == "The name"
    assert letters("request-joined")
    actions.open_request(
        subject=person, kind=RequestKind.CHANGE, channel=Channel.ACCOUNT, asked="And the phone", by=by, at=NOW
    )
    assert actions.written(row(request)) == "The name\n\nAnd the phone"


def test_whoever_follows_the_link_sees_what_they_confirm(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW, asked="Another phone")
    waiting = confirming.waiting(sent_link(request, NOW), NOW)
    assert waiting is not None
    assert waiting.asked == "Another phone"


def test_a_deletion_ends_what_else_was_open_and_leaves_no_words(person: UUID) -> None:
    other = asked(person, RequestKind.CHANGE, NOW, NOW, asked="The name")
    sent_link(other, NOW)
    erasure.ask(subject=person, channel=Channel.ACCOUNT, by=Actor.customer(person), at=NOW)
    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=NOW)
    found = row(other)
    assert (found.state, found.subject, found.asked) == (RequestState.WITHDRAWN, None, None)
    deletion = SubjectRequest.objects.get(kind=RequestKind.DELETE)
    assert (deletion.state, deletion.subject) == (RequestState.CLOSED, None)
    assert not RequestLink.objects.exists()


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_letter_can_be_written(person: UUID, language: str) -> None:
    staff_member(None, Role.PRIVACY)
    fill_in("nobody@example.com")
    for kind in (RequestKind.DELETE, RequestKind.COPY):
        request = asked(person, kind, NOW - 8 * DAY, NOW)
        sent_link(request, NOW)
        warning.warn_all(by=SYSTEM, at=NOW)
        refusing.refuse(request=request, ground=Ground.UNFOUNDED, reason="No.", by=officer(), at=NOW)
    change = asked(person, RequestKind.CHANGE, NOW, NOW)
    actions.approve(request=change, by=Actor.customer(person), at=NOW)
    fill_in("one@example.com")
    meeting.meet(request=change, by=officer(), at=NOW)
    kinds = set()
    for one in OutgoingLetter.objects.filter(kind__startswith="request-"):
        letter = LetterToSend(one.pk, one.kind, "x@example.com", language, "", one.facts.open(), NOW)
        text = written(letter)
        assert "\n\n\n" not in text.text
        kinds.add(one.kind)
    assert kinds == {f"request-{end}" for end in ("confirm", "done", "due", "joined", "refused", "unknown")}


def test_the_rules_say_when_a_warning_is_due() -> None:
    days = [
        rules.warning_due(NOW, warned, NOW + day * DAY) for warned, day in [(0, 6), (0, 7), (7, 19), (7, 30)]
    ]
    assert days == [None, 7, None, 27]


def test_a_closed_account_is_not_written_to_and_so_not_refused(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW - 28 * DAY, NOW)
    accounts.close_account(person=person, by=SYSTEM, at=NOW)
    assert refusing.refuse_unconfirmed(by=SYSTEM, at=NOW) == 1
    assert row(request).notice is None
