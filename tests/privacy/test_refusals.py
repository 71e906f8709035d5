"""A notice that refuses: taken back by what happens meanwhile, sent again when it was lost, and not too early (4.3)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import rules
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.requests import confirming, forms, meeting, refusing
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Ground, RequestKind, RequestState, Way
from tests.accounts.builders import customer
from tests.privacy.asking import STRANGER, SYSTEM, asked, letters, lose, officer, post, row, sent_link

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.promise("4.3"),
]


@pytest.fixture
def person() -> UUID:
    return customer(email="one@example.com", name="Customer One")


@pytest.fixture
def noticed(person: UUID) -> UUID:
    """A change that staff refuse; the notice waits for the post."""
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    refusing.refuse(request=request, ground=Ground.IS_CORRECT, reason="It is right.", by=officer(), at=NOW)
    return request


def followed() -> int:
    """Let the post take every letter, and the worker look."""
    post(NOW)
    return refusing.follow_notices(by=SYSTEM, at=NOW)


@pytest.mark.promise("2.9")
def test_a_deletion_confirmed_at_the_last_moment_ends_with_its_receipt(person: UUID) -> None:
    request = asked(person, RequestKind.DELETE, NOW - 27 * DAY, NOW)
    refusing.refuse_unconfirmed(by=SYSTEM, at=NOW)
    assert letters("request-refused")
    confirming.use_link(token=sent_link(request, NOW), by=STRANGER, at=NOW)
    assert (followed(), letters("request-refused")) == (0, [])
    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=NOW)
    assert Receipt.objects.exists()
    assert row(request).state == RequestState.CLOSED


def test_what_is_done_is_not_refused(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW, NOW)
    confirming.confirm(request=request, by=Actor.customer(person), at=NOW)
    refusing.refuse(request=request, ground=Ground.IS_CORRECT, reason="It is right.", by=officer(), at=NOW)
    meeting.meet(request=request, by=officer(Role.SUPPORT), at=NOW)
    assert (followed(), letters("request-refused")) == (0, [])
    assert (row(request).state, row(request).refusal_article) == (RequestState.CLOSED, "")


def test_what_the_post_has_taken_is_refused(person: UUID, noticed: UUID) -> None:
    post(NOW)
    with pytest.raises(Refusal) as refused:
        confirming.confirm(request=noticed, by=Actor.customer(person), at=NOW)
    assert refused.value.code == "request_refused"
    assert followed() == 1


def test_a_second_notice_takes_the_place_of_one_that_waits(noticed: UUID) -> None:
    refusing.refuse(request=noticed, ground=Ground.UNFOUNDED, reason="Often.", by=officer(), at=NOW)
    assert [one["reason"] for one in letters("request-refused")] == ["Often."]


def test_a_lost_notice_is_sent_again(noticed: UUID) -> None:
    with pytest.raises(Refusal):
        refusing.send_again(request=noticed, by=officer(), at=NOW)
    lose(NOW)
    assert refusing.is_undeliverable(noticed)
    with pytest.raises(Refusal):
        refusing.send_again(request=noticed, by=officer(Role.SUPPORT), at=NOW)
    refusing.send_again(request=noticed, by=officer(), at=NOW)
    assert not refusing.is_undeliverable(noticed)
    assert [one["reason"] for one in letters("request-refused")] == ["It is right."] * 2
    assert followed() == 1
    assert row(noticed).state == RequestState.REFUSED


def test_whom_no_letter_reaches_is_told_in_another_way(noticed: UUID) -> None:
    with pytest.raises(Refusal):
        refusing.told_in_another_way(request=noticed, way=Way.POST, by=officer(), at=NOW)
    lose(NOW)
    with pytest.raises(Refusal):
        refusing.told_in_another_way(request=noticed, way=Way.POST, by=officer(Role.SUPPORT), at=NOW)
    refusing.told_in_another_way(request=noticed, way=Way.POST, by=officer(), at=NOW + DAY)
    found = row(noticed)
    assert (found.state, found.notice_sent_at) == (RequestState.REFUSED, NOW + DAY)
    assert not refusing.is_undeliverable(noticed)


def test_a_living_link_is_waited_for_up_to_the_last_moment(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW - 26 * DAY, NOW)
    token = sent_link(request, NOW)
    last = row(request).due_at - rules.NOTICE_TAKES
    assert datetime.fromisoformat(letters("request-confirm")[0]["expires_at"]) == last
    assert refusing.refuse_unconfirmed(by=SYSTEM, at=last - timedelta(minutes=1)) == 0
    assert confirming.waiting(token, last - timedelta(minutes=1)) is not None
    assert refusing.refuse_unconfirmed(by=SYSTEM, at=last) == 1


def test_a_link_lives_a_week_unless_the_request_ends_before() -> None:
    ends = [rules.link_ends(NOW, NOW + day * DAY) - NOW for day in (0, 10, 25)]
    last = rules.due_at(NOW) - rules.NOTICE_TAKES - NOW
    assert ends == [7 * DAY, 17 * DAY, last]


def test_who_asks_while_the_same_is_being_refused_has_all_of_the_time(person: UUID) -> None:
    """A stranger's request that nobody confirmed does not take the customer's own one along."""
    old = asked(person, RequestKind.CHANGE, NOW - 27 * DAY, NOW)
    refusing.refuse_unconfirmed(by=SYSTEM, at=NOW)
    forms.take_in(
        kinds=[RequestKind.CHANGE],
        address="one@example.com",
        asked="Mine",
        language="en",
        by=STRANGER,
        at=NOW,
    )
    form = RequestForm.objects.get().pk
    forms.answer(form=form, by=SYSTEM, at=NOW)
    assert RequestForm.objects.exists()
    assert followed() == 1
    forms.answer(form=form, by=SYSTEM, at=NOW)
    own = SubjectRequest.objects.get(subject=person, state=RequestState.CONFIRMING)
    assert (own.pk != old, own.received_at, RequestForm.objects.exists()) == (True, NOW, False)
