"""Clause 2.9, live: a deletion that does not end, or somebody who comes back, is shown broken by the next run."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client

from ringfence.accounts.models import SignIn
from ringfence.config import embedded
from ringfence.kernel.actor import Actor
from ringfence.privacy import moments, promises, sweeping, tasks
from ringfence.privacy.erasure import actions, check, queries, queues
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.promises.running import run_checks
from ringfence.privacy.rules import Channel, ErasureStep
from tests.accounts.builders import customer, sign_in

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.9"),
]
NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
Break = Callable[..., None]


def state(at: datetime = NOW) -> str:
    return {one.clause: one.state for one in run_checks(by=SYSTEM, at=at, only={"2.9"})}["2.9"]


def begun(place: int) -> UUID:
    person = customer(email=f"customer{place}@example.com")
    actions.begin(subject=person, request=None, by=SYSTEM, at=NOW)
    return person


def erasure_of(person: UUID) -> UUID:
    return UUID(str(Erasure.objects.get(subject=person).pk))


@pytest.fixture(autouse=True)
def swept() -> None:
    sweeping.found(by=SYSTEM, at=NOW)


def test_each_break_is_shown_by_the_next_run(break_data: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    person = begun(1)
    assert state(NOW + timedelta(minutes=5)) == promises.KEPT
    break_data(
        "INSERT INTO privacy_ledgerline (nonce, at, action, actor, purpose, facts)"
        " VALUES ('\\x00', now(), 'x', 'x', '', %s)",
        '{"note": "customer1@example.com"}',
    )
    monkeypatch.setattr(actions, "PAUSES", ())
    with pytest.raises(actions.ErasureIncomplete, match="privacy_ledgerline"):
        actions.proceed(erasure=erasure_of(person), by=SYSTEM, at=NOW)
    assert state(NOW + timedelta(minutes=10)) == promises.BROKEN, "something was found"
    break_data("DELETE FROM privacy_ledgerline WHERE action = 'x'")
    actions.proceed(erasure=erasure_of(person), by=SYSTEM, at=NOW)
    assert state(NOW + timedelta(minutes=15)) == promises.KEPT
    break_data(
        "INSERT INTO accounts_onetimelink (id, subject, kind, digest, made_at, expires_at)"
        " VALUES (%s, %s, 'reset', '\\x01', now(), now())",
        uuid4(),
        person,
    )
    assert state(NOW + timedelta(minutes=20)) == promises.BROKEN, "a record came back"


def test_one_that_does_not_end_is_shown_by_the_next_run() -> None:
    begun(1)
    assert state(NOW + check.PATIENCE) == promises.KEPT
    assert state(NOW + check.PATIENCE + timedelta(minutes=1)) == promises.BROKEN


def test_whoever_asks_is_signed_out_everywhere_in_the_same_moment() -> None:
    clients = [Client(), Client()]
    person = customer(clients[0])
    sign_in(clients[1], person)
    assert all(client.get("/en/account/").status_code == 200 for client in clients)
    actions.ask(subject=person, channel=Channel.ACCOUNT, by=Actor.customer(person), at=NOW)
    assert not SignIn.objects.exists()
    assert all(client.get("/en/account/").status_code == 302 for client in clients)


def test_many_are_erased_together_and_trouble_with_one_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [begun(place) for place in range(4)]
    first = erasure_of(people[0])
    values = actions.values_of

    def trouble(some: list[UUID]) -> dict[UUID, frozenset[str]]:
        if len(some) > 1:
            raise OSError("with one of them")
        return values(some)

    monkeypatch.setattr(actions, "values_of", trouble)
    actions.proceed_with_others(erasure=first, by=SYSTEM, at=NOW)
    assert Receipt.objects.count() == 1
    monkeypatch.undo()
    actions.proceed_with_others(erasure=erasure_of(people[1]), by=SYSTEM, at=NOW)
    assert Receipt.objects.exclude(proof=None).count() == len(people)
    assert queries.under_way() == 0


def test_whom_the_search_finds_waits_and_the_others_are_done(
    break_data: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [begun(place) for place in range(3)]
    monkeypatch.setattr(actions, "PAUSES", ())
    break_data("CREATE TABLE somebodys_list (said text)")
    try:
        with connection.cursor() as cursor:
            break_data("INSERT INTO somebodys_list VALUES ('a note: customer1@example.com')")
            break_data("GRANT SELECT ON somebodys_list TO PUBLIC")
            with pytest.raises(actions.ErasureIncomplete, match="somebodys_list"):
                actions.proceed_all(erasures=[erasure_of(one) for one in people], by=SYSTEM, at=NOW)
            cursor.execute("SELECT step FROM privacy_erasure WHERE subject = %s", [people[1]])
            assert cursor.fetchone() == (ErasureStep.VERIFY,)
        assert Receipt.objects.count() == len(people) - 1
    finally:
        break_data("DROP TABLE somebodys_list")


def test_whoever_meets_another_at_work_waits_for_nobody_and_comes_back(
    cluster: embedded.EmbeddedServer,
) -> None:
    erasure = erasure_of(begun(1))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        with psycopg.connect(
            cluster.url(embedded.SUPERUSER, connection.settings_dict["NAME"]), autocommit=True
        ) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [queues.ERASING])
            cursor.execute("SET lock_timeout = '2s'")
            tasks.erase(str(erasure))
            other.execute("SELECT pg_advisory_unlock(%s)", [queues.ERASING])
        cursor.execute("RESET lock_timeout")
        cursor.execute("SELECT args->>'erasure', scheduled_at > now() FROM procrastinate_jobs")
        assert cursor.fetchall() == [(str(erasure), True)]
    assert queries.under_way() == 1
    tasks.erase(str(erasure))
    assert queries.under_way() == 0


def test_a_receipt_names_the_moments_of_the_deletion_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a search takes: what is unreadable since is not what is done since."""
    erasure = erasure_of(begun(1))
    minutes = count(step=60.0)
    monkeypatch.setattr(moments, "time", SimpleNamespace(monotonic=lambda: next(minutes)))
    actions.proceed(erasure=erasure, by=SYSTEM, at=NOW)
    body = Receipt.objects.get().body
    unreadable, done = (datetime.fromisoformat(body[name]) for name in ("unreadable_since", "done_at"))
    assert timedelta(minutes=2) < unreadable - NOW < done - NOW
    assert done - unreadable >= timedelta(minutes=3), "rows, queues and the search lie between"
