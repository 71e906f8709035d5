"""No news go out after a no, wherever the letter was when it was said (clause 2.2)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.accounts import actions
from ringfence.accounts.actions import letters
from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises
from ringfence.privacy.consent.rules import Means
from ringfence.privacy.promises.running import run_checks
from ringfence.privacy.requests import effects
from ringfence.privacy.rules import RequestKind
from ringfence.support.models import NoticeRecord
from ringfence.support.notice_rules import Delivery, NoticeKind
from ringfence.support.notices import unsubscribing, writing
from tests.accounts.builders import customer, run_jobs, staff_member
from tests.support.notice_world import SYSTEM, now, scheduled, wants_news, written

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.2")]
Stop = Callable[[UUID], None]
DAY = timedelta(days=1)


def says_no(person: UUID) -> None:
    """Say no to news."""
    unsubscribing.say(person=person, yes=False, means=Means.ACCOUNT, by=SYSTEM, at=now())


def objects(person: UUID) -> None:
    """Object to the use of one's data."""
    effects.stop(subject=person, kind=RequestKind.OBJECT, by=Actor.customer(person), at=now())


def restricts(person: UUID) -> None:
    """Restrict the use of one's data."""
    effects.stop(subject=person, kind=RequestKind.RESTRICT, by=Actor.customer(person), at=now())


@pytest.fixture
def person() -> UUID:
    """A customer to whom news wait for the post."""
    found = customer()
    wants_news(found)
    scheduled(NoticeKind.NEWS)
    run_jobs("support.send_notice")
    return found


def letter() -> UUID:
    """The letter with news."""
    return OutgoingLetter.objects.get(kind="notice-news").pk


def fail(*, for_good: bool) -> UUID:
    """Have the post refuse the letter."""
    found = letter()
    assert actions.begin_letter(letter=found, by=SYSTEM, at=now()) is not None
    letters.letter_failed(letter=found, for_good=for_good, by=SYSTEM, at=now())
    return found


def begun(found: UUID) -> bool:
    """Whether the worker would send a letter a day later."""
    return actions.begin_letter(letter=found, by=SYSTEM, at=now() + DAY) is not None


def check() -> str:
    return {one.clause: one.state for one in run_checks(by=SYSTEM, at=now(), only={"2.2"})}["2.2"]


@pytest.mark.parametrize("stop", [says_no, objects, restricts])
def test_a_letter_that_waits_is_not_sent(person: UUID, stop: Stop) -> None:
    found = letter()
    stop(person)
    assert not begun(found)
    assert not OutgoingLetter.objects.filter(kind="notice-news").exists()
    assert NoticeRecord.objects.get().delivery == Delivery.WITHDRAWN
    assert check() == promises.KEPT


@pytest.mark.parametrize("stop", [says_no, objects, restricts])
def test_a_letter_that_waits_for_another_attempt_is_not_sent(person: UUID, stop: Stop) -> None:
    found = fail(for_good=False)
    stop(person)
    assert not begun(found)
    assert NoticeRecord.objects.get().delivery == Delivery.WITHDRAWN


@pytest.mark.parametrize("stop", [objects, restricts])
def test_a_letter_that_was_given_up_and_is_tried_again_is_not_sent(person: UUID, stop: Stop) -> None:
    found = fail(for_good=True)
    stop(person)
    actions.retry_letter(letter=found, by=SYSTEM, at=now())
    assert not begun(found)
    assert NoticeRecord.objects.get().delivery == Delivery.GIVEN_UP


def test_a_no_takes_back_what_waits_or_was_given_up_at_once(person: UUID) -> None:
    fail(for_good=True)
    says_no(person)
    assert not OutgoingLetter.objects.filter(kind="notice-news").exists()


def test_what_the_worker_has_in_its_hands_is_not_said_to_be_held_back(person: UUID) -> None:
    found = letter()
    assert actions.begin_letter(letter=found, by=SYSTEM, at=now()) is not None
    says_no(person)
    letters.letter_sent(letter=found, by=SYSTEM, at=now())
    assert NoticeRecord.objects.get().delivery == Delivery.TAKEN
    assert check() == promises.KEPT


@pytest.mark.parametrize("stop", [says_no, objects])
def test_news_sent_after_a_no_break_2_2(person: UUID, stop: Stop) -> None:
    found = letter()
    assert actions.begin_letter(letter=found, by=SYSTEM, at=now()) is not None
    stop(person)
    letters.letter_sent(letter=found, by=SYSTEM, at=now() + timedelta(hours=1))
    assert check() == promises.BROKEN


def test_staff_try_out_news_without_a_yes_of_their_own() -> None:
    me = staff_member()
    writing.try_out(notice=written(NoticeKind.NEWS), person=me, by=SYSTEM, at=now())
    assert all(begun(one.pk) for one in OutgoingLetter.objects.filter(kind="notice-news"))
