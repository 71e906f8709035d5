"""Notices: written, confirmed, sent once to each they are for, recorded for each; news after a yes alone (2.2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from ringfence.accounts.actions import letters
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import parse
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import promises, retention
from ringfence.privacy.promises.running import run_checks
from ringfence.privacy.register import holders
from ringfence.privacy.requests import effects
from ringfence.privacy.rules import RequestKind
from ringfence.support.models import NoticeRecord
from ringfence.support.notice_rules import Audience, Delivery, Holding, NoticeKind
from ringfence.support.notices import audience, queries, sending, writing
from ringfence.support.notices.writing import Words
from tests import world
from tests.accounts.builders import customer, run_jobs, staff_member
from tests.support.notice_world import (
    EVERYBODY,
    SYSTEM,
    WORDS,
    now,
    scheduled,
    seen,
    sent_out,
    state,
    wants_news,
    written,
)

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.2")]
HOUR = timedelta(hours=1)


def key(public: str) -> UUID:
    return parse(public, "ntc")


def check(at_hours: float = 0) -> str:
    at = now() + timedelta(hours=at_hours)
    return {one.clause: one.state for one in run_checks(by=SYSTEM, at=at, only={"2.2"})}["2.2"]


@pytest.fixture
def people() -> dict[str, UUID]:
    """Two who read Norwegian, and one who reads English."""
    return {
        "first": customer(email="one@example.com", language="nb"),
        "second": customer(email="two@example.com", language="nb"),
        "third": customer(email="three@example.com"),
    }


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as found:
        yield
    assert found.value.code == code


def test_it_goes_to_each_once_in_the_language_they_read(people: dict[str, UUID]) -> None:
    public = scheduled()
    assert state(public) == "scheduled"
    run_jobs("support.send_notice")
    assert state(public) == "sent"
    found = {letter.subject: letter for letter in OutgoingLetter.objects.filter(kind="notice")}
    assert found.keys() == set(people.values())
    assert found[people["first"]].facts.open()["title"] == WORDS.title["nb"]
    assert found[people["third"]].facts.open()["paragraphs"] == ["From Monday.", "You need not do anything."]
    for _again in range(2):
        sent_out(public)
    assert OutgoingLetter.objects.filter(kind="notice").count() == NoticeRecord.objects.count() == 3
    view = queries.notice(public)
    assert view is not None
    assert (view.row.meant, view.row.sent, view.percent) == (3, 3, 100)
    assert check() == promises.KEPT


def test_what_became_of_each_letter_is_noted(people: dict[str, UUID]) -> None:
    public = scheduled()
    run_jobs("support.send_notice")
    first, second, third = OutgoingLetter.objects.filter(kind="notice").order_by("pk")
    letters.letter_sent(letter=first.pk, by=SYSTEM, at=now())
    letters.letter_failed(letter=second.pk, for_good=True, address_unknown=True, by=SYSTEM, at=now())
    view = queries.notice(public)
    assert view is not None
    told = queries.told(view.row)
    assert (told.taken, told.not_reached, told.waiting) == (1, 1, 1)
    assert Person.objects.get(unreachable_at__isnull=False).pk == second.subject
    assert {one.delivery for one in queries.notices_of(first.subject, "en")} == {Delivery.TAKEN}
    again = scheduled()
    run_jobs("support.send_notice")
    record = NoticeRecord.objects.get(notice=key(again), subject=second.subject)
    assert (record.delivery, record.letter) == (Delivery.NO_ADDRESS, None)
    assert NoticeRecord.objects.get(notice=key(again), subject=third.subject).letter is not None


def test_nothing_goes_out_that_was_not_looked_at(people: dict[str, UUID]) -> None:
    public = written()
    before = seen(public)
    other = Words({**WORDS.title, "en": "Something else"}, WORDS.text)
    writing.write(words=other, kind=NoticeKind.SERVICE, meant=EVERYBODY, notice=public, by=SYSTEM, at=now())
    with refused("notice.changed"):
        writing.schedule(notice=public, seen=before, send_at=None, by=SYSTEM, at=now())
    assert state(public) == "draft"
    with refused("notice.one_language"):
        writing.write(
            words=Words({"en": "A"}, {"en": "B"}), kind=NoticeKind.NEWS, meant=EVERYBODY, by=SYSTEM, at=now()
        )
    with refused("notice.for_nobody"):
        scheduled(NoticeKind.NEWS)


def test_it_waits_for_its_time_and_can_be_held_and_stopped(people: dict[str, UUID]) -> None:
    public = scheduled(send_at=now() + HOUR)
    run_jobs("support.send_notice")
    assert state(public) == "scheduled"
    assert sending.due(now()) == []
    writing.pause(notice=public, by=SYSTEM, at=now())
    assert sending.due(now() + 2 * HOUR) == []
    writing.go_on(notice=public, by=SYSTEM, at=now())
    at = now() + 2 * HOUR
    assert sending.due(at) == [key(public)]
    assert sending.begin(notice=key(public), by=SYSTEM, at=at)
    one = [people["first"]]
    assert sending.send_to(notice=key(public), people=one, by=SYSTEM, at=at) == 1
    writing.pause(notice=public, by=SYSTEM, at=at)
    assert sending.send_to(notice=key(public), people=[*people.values()], by=SYSTEM, at=at) is None
    with refused("notice.began"):
        writing.take_back(notice=public, by=SYSTEM, at=at)
    writing.go_on(notice=public, by=SYSTEM, at=at)
    sent_out(public, at)
    assert NoticeRecord.objects.filter(notice=key(public)).count() == len(people)
    assert NoticeRecord.objects.filter(subject=people["first"]).count() == 1
    with refused("notice.cannot"):
        writing.cancel(notice=public, by=SYSTEM, at=at)
    other = scheduled(send_at=now() + HOUR)
    writing.take_back(notice=other, by=SYSTEM, at=now())
    writing.cancel(notice=other, by=SYSTEM, at=now())
    assert not sending.send_batch(key(other), by=SYSTEM, at=at)
    assert not NoticeRecord.objects.filter(notice=key(other)).exists()


def test_the_audience_follows_language_and_numbers(people: dict[str, UUID]) -> None:
    at = now()

    def who(**rule: object) -> set[UUID]:
        found = audience.meant(NoticeKind.SERVICE, Audience(**rule), at)  # type: ignore[arg-type] # of the test
        return set(found.values_list("pk", flat=True))

    world.number_of(people["third"])
    assert who(language="nb") == {people["first"], people["second"]}
    assert who(holding=Holding.WITH) == who(country="GB") == {people["third"]}
    assert who(holding=Holding.WITHOUT) == {people["first"], people["second"]}
    assert who(country="NO") == who(country="GB", language="nb") == set()
    assert audience.countries() == ["GB"]
    staff_member()
    assert who() == set(people.values()), "staff are no customers"


def test_news_go_to_those_alone_who_said_yes(people: dict[str, UUID]) -> None:
    wants_news(people["first"])
    wants_news(people["second"])
    effects.stop(
        subject=people["second"], kind=RequestKind.OBJECT, by=Actor.customer(people["second"]), at=now()
    )
    scheduled(NoticeKind.NEWS)
    run_jobs("support.send_notice")
    (letter,) = OutgoingLetter.objects.filter(kind="notice-news")
    assert letter.subject == people["first"]
    assert len(letter.facts.open()["token"]) == 43
    assert check() == promises.KEPT


def test_who_came_after_it_began_is_not_meant(people: dict[str, UUID]) -> None:
    public = scheduled()
    assert sending.begin(notice=key(public), by=SYSTEM, at=now())
    one = [people["first"]]
    for sent in (1, 0):
        assert sending.send_to(notice=key(public), people=one, by=SYSTEM, at=now()) == sent, "once each"
    late = customer(email="late@example.com")
    sent_out(public, now() + HOUR)
    assert NoticeRecord.objects.count() == len(people)
    assert not NoticeRecord.objects.filter(subject=late).exists()
    assert state(public) == "sent"


def test_a_member_of_staff_gets_it_for_a_trial_and_nobody_else(people: dict[str, UUID]) -> None:
    me = staff_member()
    writing.try_out(notice=written(), person=me, by=SYSTEM, at=now())
    assert {letter.subject for letter in OutgoingLetter.objects.filter(kind="notice")} == {me}
    assert {letter.language for letter in OutgoingLetter.objects.filter(kind="notice")} == {"nb", "en"}
    assert not NoticeRecord.objects.exists()


def test_news_without_a_yes_break_2_2(people: dict[str, UUID]) -> None:
    wants_news(people["first"])
    public = scheduled(NoticeKind.NEWS)
    run_jobs("support.send_notice")
    assert check() == promises.KEPT
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO support_noticerecord (id, subject, notice_id, told_at, delivery, settled_at)"
            " VALUES (gen_random_uuid(), %s, %s, %s, 'taken', %s)",
            [people["second"], key(public), now(), now()],
        )
    assert check() == promises.BROKEN


def test_a_letter_that_is_lost_breaks_2_2(people: dict[str, UUID]) -> None:
    scheduled()
    run_jobs("support.send_notice")
    assert check(2) == promises.KEPT
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_outgoingletter WHERE subject = %s", [people["third"]])
    assert check(2) == promises.BROKEN


def test_a_letter_of_which_nobody_knows_breaks_2_2(people: dict[str, UUID]) -> None:
    scheduled()
    run_jobs("support.send_notice")
    assert check(24 * 4) == promises.KEPT
    assert check(24 * 6) == promises.BROKEN


def test_a_notice_that_stands_still_breaks_2_2(people: dict[str, UUID]) -> None:
    scheduled()
    assert check(0.5) == promises.KEPT
    assert check(2) == promises.BROKEN


def test_a_deletion_takes_the_records_and_time_does_too(people: dict[str, UUID]) -> None:
    scheduled()
    run_jobs("support.send_notice")
    holder = next(one for one in holders() if one.name == "support.notices")
    assert [row["delivery"] for row in holder.hand_over(people["third"])] == ["waiting"]
    kept = next(one for one in retention.entered() if one.name == "support.notices")
    assert kept.overdue(now() + timedelta(days=3 * 365)) == 0
    assert kept.let_go(by=SYSTEM, at=now() + timedelta(days=3 * 367)) == 3


def test_a_notice_that_goes_out_slowly_does_not_stand_still(people: dict[str, UUID]) -> None:
    public, at = scheduled(), now() + 2 * HOUR
    assert sending.begin(notice=key(public), by=SYSTEM, at=now())
    assert check(2) == promises.BROKEN
    assert sending.send_to(notice=key(public), people=[people["first"]], by=SYSTEM, at=at) == 1
    assert check(2) == promises.KEPT
