"""Clause 2.4 over live data: a card number anywhere turns the promise red, and the check names the place only."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from ringfence.accounts.models import Person
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises
from ringfence.privacy.payment_watch import check, reading, tables
from ringfence.privacy.payment_watch.models import ReadThrough
from ringfence.privacy.payment_watch.tables import Table
from ringfence.privacy.promises import Finding

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.4"),
]
NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
CARD = "4242 4242 4242 4242"
Break = Callable[..., None]


@action("tests.make_person")
def make_person(*, name: str, by: Actor, at: datetime) -> UUID:
    """Make a customer, past the firewall."""
    made = Person.objects.create(
        kind="customer", state="active", language="en", registered_at=at, email="one@example.com", name=name
    )
    about(made.pk)
    return UUID(str(made.pk))


def found(at: datetime = NOW) -> Finding:
    """Read one run further, and check."""
    reading.read_on(by=SYSTEM, at=at)
    return check.no_payment_data_is_stored(at)


def test_a_sound_store_keeps_the_promise() -> None:
    make_person(name="Customer One", by=SYSTEM, at=NOW)
    finding = found()
    assert finding.state == promises.KEPT, finding
    assert finding.figures["values"] > 10
    assert finding.figures["unread"] == 0


def test_a_card_in_a_plain_column_breaks_it_and_is_named_by_place(break_data: Break) -> None:
    break_data(
        "INSERT INTO privacy_promiseresult (id, clause, state, since, checked_at, text, figures)"
        " VALUES (gen_random_uuid(), '9.9', 'kept', now(), now(), %s, '{}')",
        f"paid with {CARD}",
    )
    finding = found()
    assert (finding.state, finding.figures["found"]) == (promises.BROKEN, 1)
    assert check.places() == {"privacy_promiseresult.text": 1}
    assert CARD not in str(list(ReadThrough.objects.values()))
    break_data("DELETE FROM privacy_promiseresult WHERE clause = '9.9'")
    assert found(NOW + timedelta(minutes=5)).state == promises.KEPT


def test_a_card_in_a_sealed_field_breaks_it() -> None:
    make_person(name=f"One {CARD}", by=SYSTEM, at=NOW)
    assert found().state == promises.BROKEN
    assert check.places() == {"accounts_person.name": 1}


def test_a_card_in_a_sealed_column_that_was_never_sealed_breaks_it(break_data: Break) -> None:
    make_person(name="Customer One", by=SYSTEM, at=NOW)
    break_data("UPDATE accounts_person SET name = %s", CARD.encode())
    assert found().state == promises.BROKEN


def test_a_card_in_a_queued_job_breaks_it(break_data: Break) -> None:
    break_data(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'nothing', %s)",
        json.dumps({"number": int(CARD.replace(" ", ""))}),
    )
    assert found().state == promises.BROKEN
    assert check.places() == {"procrastinate_jobs.args": 1}


def test_a_card_in_a_session_breaks_it() -> None:
    session = SessionStore()
    session["typed"] = [CARD]
    session.save()
    assert found().state == promises.BROKEN


def test_a_card_in_the_keys_database_breaks_it() -> None:
    with connections["keys"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO keys_blindindex (kind, digest, subject) VALUES (%s, %s, gen_random_uuid())",
            [CARD, b"x"],
        )
    assert found().state == promises.BROKEN
    assert check.places() == {"keys_blindindex.kind": 1}


@pytest.mark.parametrize("name", ["logs/web.log", "files/note.txt"])
def test_a_card_in_a_file_breaks_it(var_folder: Path, name: str) -> None:
    path = var_folder / name
    path.parent.mkdir()
    path.write_text("x" * 5_000_000 + f" {CARD} " + "y" * 5_000_000)
    assert found().state == promises.BROKEN
    assert check.places() == {name: 1}
    path.unlink()
    assert found(NOW + timedelta(minutes=5)).state == promises.KEPT


@pytest.mark.parametrize(
    "column", ["card_number text", "iban text", "cvv text", "pan text", "webhook_payload jsonb"]
)
def test_a_column_made_for_payment_data_breaks_it(break_data: Break, column: str) -> None:
    break_data(f"CREATE TABLE somebodys_list ({column})")
    try:
        finding = found()
        assert (finding.state, finding.figures["columns"]) == (promises.BROKEN, 1)
    finally:
        break_data("DROP TABLE somebodys_list")


def test_a_column_more_on_what_the_provider_sends_breaks_it(break_data: Break) -> None:
    break_data("ALTER TABLE shop_paymentevent ADD COLUMN remark text")
    try:
        assert found().state == promises.BROKEN
    finally:
        break_data("ALTER TABLE shop_paymentevent DROP COLUMN remark")


def test_what_was_not_read_in_a_day_proves_nothing() -> None:
    assert check.no_payment_data_is_stored(NOW).state == promises.DUE_SOON
    found()
    assert check.no_payment_data_is_stored(NOW + timedelta(hours=23)).state == promises.KEPT
    assert check.no_payment_data_is_stored(NOW + timedelta(hours=30)).state == promises.DUE_SOON
    assert check.no_payment_data_is_stored(NOW + timedelta(hours=50)).state == promises.BROKEN


def test_the_check_writes_nothing() -> None:
    found()
    before = list(ReadThrough.objects.order_by("pk").values())
    check.no_payment_data_is_stored(NOW + timedelta(minutes=1))
    assert list(ReadThrough.objects.order_by("pk").values()) == before


@pytest.fixture
def long_table(break_data: Break) -> Table:
    """A table of some hundred pages, none of ours."""
    break_data("CREATE TABLE somebodys_list (words text)")
    break_data("INSERT INTO somebodys_list SELECT repeat('word ', 200) FROM generate_series(1, 2000)")
    break_data("GRANT SELECT ON somebodys_list TO PUBLIC")
    yield next(one for one in tables.tables() if one.name == "somebodys_list")
    break_data("DROP TABLE somebodys_list")


def test_a_long_table_is_read_in_bounded_runs_the_newest_pages_first(
    long_table: Table, break_data: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LEAST_PAGES", 20)
    pages, _size = tables.extent(long_table)
    assert pages > 200
    runs = [reading.read_table(table=long_table, by=SYSTEM, at=NOW + timedelta(minutes=n)) for n in range(3)]
    assert runs[0] <= 41 * 7
    assert max(runs[1:]) <= 21 * 7
    break_data("INSERT INTO somebodys_list SELECT %s || repeat(' word', 200)", CARD)
    reading.read_table(table=long_table, by=SYSTEM, at=NOW + timedelta(minutes=3))
    assert check.places() == {"somebodys_list.words": 1}


def test_a_round_ends_within_a_day_of_runs(long_table: Table) -> None:
    runs = 0
    while not ReadThrough.objects.filter(name=long_table.name).exclude(whole_at=None).exists():
        reading.read_table(table=long_table, by=SYSTEM, at=NOW + timedelta(minutes=5 * runs))
        runs += 1
    assert runs <= reading.RUNS_OF_A_ROUND
