"""Deleting a person: every step, a crash at every step, and a receipt that anybody can check."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from ringfence.accounts.models import Person
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy, queries, rules, sweeping
from ringfence.privacy.erasure import actions, queues, receipts, search
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.erasure.check import readable_past_their_date
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import blind, keyring
from ringfence.privacy.keys.models import BlindIndex, DataKey
from ringfence.privacy.ports import key_store
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, ErasureStep, RequestKind, RequestState

AT = datetime.now(UTC)
SYSTEM = Actor.system("tests")
pytestmark = pytest.mark.django_db(databases=["default", "keys"])
EMAIL = "planted-zebra@example.com"


@action("tests.register")
def register_person(*, person: UUID, email: str, by: Actor, at: datetime) -> None:
    """Make a customer without the ceremony of a registration."""
    blind.claim("email", email, person)
    Person.objects.create(
        id=person,
        kind="customer",
        state="active",
        language="en",
        registered_at=at,
        email=email,
        name="Planted Zebra",
    )
    about(person)
    policy.acknowledge(subject=person, moment="registration", by=by, at=at)


@pytest.fixture
def person() -> UUID:
    made = uuid4()
    register_person(person=made, email=EMAIL, by=SYSTEM, at=AT)
    return made


def asked(person: UUID) -> tuple[Erasure, str]:
    """Ask for the deletion as the account does."""
    by = Actor.customer(person)
    request = requests.open_request(
        subject=person, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=by, at=AT
    )
    requests.approve(request=request.pk, by=by, at=AT)
    word = actions.begin(subject=person, request=request.pk, by=by, at=AT)
    return Erasure.objects.get(subject=person), word


@pytest.mark.promise("2.9")
def test_a_deletion_leaves_nothing_and_gives_a_receipt(person: UUID) -> None:
    erasure, word = asked(person)
    assert queries.being_erased(person)
    assert actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT) is ErasureStep.DONE
    assert not Person.objects.filter(pk=person).exists()
    assert not BlindIndex.objects.filter(subject=person).exists()
    assert not DataKey.objects.filter(subject=person, destroyed_at=None).exists()
    for table in search.all_tables():
        assert not search.rows_holding(table, [str(person), person.hex, EMAIL, "Planted Zebra"]), table
    erasure.refresh_from_db()
    assert erasure.subject is None
    assert erasure.finished_at == AT
    request = SubjectRequest.objects.get(erasure=erasure)
    assert (request.state, request.subject) == (RequestState.CLOSED, None)
    watched = erasures.watched(word, AT)
    assert watched is not None
    assert watched.document is not None
    assert str(person) not in json.dumps(watched.document)
    assert erasures.watched(word, AT + timedelta(days=31)) is None
    assert receipts.faults(watched.document) == []


@pytest.mark.promise("2.9")
@pytest.mark.parametrize("crash", [step for step in rules.ERASURE_STEPS if step is not ErasureStep.DONE])
def test_a_deletion_killed_at_any_step_ends_right(
    person: UUID, crash: ErasureStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure, word = asked(person)
    after = rules.step_after

    def die(step: str) -> ErasureStep:
        if step == crash:
            raise SystemExit(9)
        return after(step)

    monkeypatch.setattr(rules, "step_after", die)
    with pytest.raises(SystemExit):
        actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT)
    monkeypatch.undo()
    keyring.forget()
    assert Erasure.objects.get(pk=erasure.pk).step == crash
    assert actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT) is ErasureStep.DONE
    assert not search.search(person, [EMAIL]).places
    watched = erasures.watched(word, AT)
    assert watched
    assert watched.document
    assert receipts.faults(watched.document) == []


def test_deleting_again_changes_nothing(person: UUID) -> None:
    erasure, _word = asked(person)
    actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT)
    actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT)
    assert Receipt.objects.count() == 1


def test_a_person_found_somewhere_stops_the_receipt(person: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "PAUSES", (0.01,))
    erasure, _word = asked(person)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_promiseresult (id, clause, state, since, checked_at, text, figures)"
            " VALUES (%s, '9.9', 'kept', now(), now(), %s, '{}')",
            [uuid4(), f"a note about {EMAIL}"],
        )
    with pytest.raises(actions.ErasureIncomplete, match="privacy_promiseresult"):
        actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT)
    assert not Receipt.objects.exists()


def test_while_being_deleted_nothing_new_is_asked(person: UUID) -> None:
    asked(person)
    with pytest.raises(Refusal):
        requests.open_request(
            subject=person, kind=RequestKind.COPY, channel=Channel.ACCOUNT, by=SYSTEM, at=AT
        )


def test_jobs_about_the_person_leave_the_queue(person: UUID) -> None:
    erasure, _word = asked(person)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', 'x', %s, 'todo'), ('default', 'x', '{}', 'todo')",
            [json.dumps({"person": str(person)})],
        )
    actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'x'")
        assert cursor.fetchone() == (1,)


@pytest.fixture
def receipt(person: UUID) -> dict[str, Any]:
    erasure, word = asked(person)
    actions.proceed(erasure=erasure.pk, by=SYSTEM, at=AT)
    watched = erasures.watched(word, AT)
    assert watched
    assert watched.document
    copied: dict[str, Any] = json.loads(json.dumps(watched.document))
    return copied


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("body", "final_at"), "2031-01-01T00:00:00+00:00"),
        (("body", "stays"), [{"what": "all of it"}]),
        (("proof", "line", "facts", "digest"), "00" * 32),
        (("proof", "position"), 0),
        (("proof", "checkpoint"), "nobody\n1\nAAAA\n\n\N{EM DASH} nobody AAAA\n"),
        (("proof", "path"), []),
    ],
)
def test_a_changed_receipt_is_found_out(
    receipt: dict[str, Any], path: tuple[str, ...], value: object
) -> None:
    place = receipt
    for name in path[:-1]:
        place = place[name]
    if place[path[-1]] == value:
        pytest.skip("the receipt happens to say that")
    place[path[-1]] = value
    assert receipts.faults(receipt)


def test_final_at_is_at_most_21_days_later() -> None:
    from ringfence.privacy.keys.actions import final_at

    for hours in range(0, 24 * 8, 5):
        moment = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=hours)
        assert timedelta(days=14) < final_at(moment) - moment <= timedelta(days=21)


def test_classes_kept_by_law_are_those_of_the_books(person: UUID) -> None:
    assert set(actions.classes_to_destroy(person)) >= set(RetentionClass) - {RetentionClass.BOOKS}


@pytest.mark.promise("2.9")
def test_the_search_reads_files_to_their_end_however_large(
    person: UUID, var_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CHUNK", 8)
    (var_folder / "log").mkdir()
    large = var_folder / "log" / "web.log"
    large.write_bytes(b"x" * 13 + b"planted@example.org" + b"x" * 9)
    assert str(large) in search.search(person, {"planted@example.org"}).places
    large.write_bytes(b"x" * 13 + str(person).encode())
    assert str(large) in search.search(person, ()).places
    large.write_bytes(b"x" * 99)
    assert str(large) not in search.search(person, {"planted@example.org"}).places


@pytest.mark.promise("2.9")
def test_an_epoch_ends_before_the_moment_that_receipts_promise() -> None:
    monday = keys.week_start(AT) + 7 * timedelta(days=1)
    promised = keys.final_at(AT)
    keys.rotate(by=SYSTEM, at=monday + timedelta(hours=2, minutes=40))
    name = keys.epoch_name(AT)
    keys.rotate(by=SYSTEM, at=promised - timedelta(days=1))
    assert name in key_store().epochs()
    keys.rotate(by=SYSTEM, at=promised - timedelta(hours=1))
    assert name not in key_store().epochs()


@pytest.mark.promise("2.9")
def test_a_key_that_outlives_the_date_of_a_receipt_breaks_the_promise(receipt: dict[str, Any]) -> None:
    promised = datetime.fromisoformat(receipt["body"]["final_at"])
    assert readable_past_their_date(promised - timedelta(minutes=1)) == 0
    assert readable_past_their_date(promised) == 1
    keys.rotate(by=SYSTEM, at=keys.week_start(AT) + timedelta(days=7))
    keys.rotate(by=SYSTEM, at=promised - timedelta(hours=1))
    assert readable_past_their_date(promised) == 0


@pytest.mark.promise("2.9")
def test_a_deletion_approved_and_lost_is_begun_by_the_sweep(person: UUID) -> None:
    by = Actor.customer(person)
    made = requests.open_request(
        subject=person, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=by, at=AT
    )
    requests.approve(request=made.pk, by=by, at=AT)
    sweeping.find_lost_work(by=SYSTEM, at=AT)
    assert not queries.being_erased(person)
    sweeping.find_lost_work(by=SYSTEM, at=AT + sweeping.PATIENCE)
    assert queries.being_erased(person)


@pytest.mark.promise("2.9")
def test_trouble_with_one_deletion_stops_no_other(person: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    other = uuid4()
    register_person(person=other, email="other@example.com", by=SYSTEM, at=AT)
    for one in (person, other):
        actions.ask(subject=one, channel=Channel.ACCOUNT, by=SYSTEM, at=AT)
    troubled = Erasure.objects.get(subject=person).pk
    asked: list[UUID] = []

    def put(erasure: UUID) -> bool:
        if erasure == troubled:
            raise OSError("the queue")
        asked.append(erasure)
        return True

    monkeypatch.setattr(queues, "put_into_queue", put)
    assert sweeping.find_lost_work(by=SYSTEM, at=AT + sweeping.PATIENCE) == 1
    assert asked == [Erasure.objects.get(subject=other).pk]


def test_asking_is_all_or_nothing(person: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_erasure: UUID) -> bool:
        raise OSError("the queue")

    monkeypatch.setattr(queues, "put_into_queue", crash)
    with pytest.raises(OSError, match="the queue"):
        actions.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=AT)
    assert not SubjectRequest.objects.exists()
    monkeypatch.undo()
    words = {actions.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=AT) for _again in range(2)}
    assert len(words) == 2
    assert SubjectRequest.objects.get().state == RequestState.APPROVED
