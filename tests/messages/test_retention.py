"""Messages are gone when their time is up, by their days; and the check of clause 2.8 says so when they are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from ringfence.privacy import retention
from ringfence.privacy.keys import keyring
from ringfence.privacy.payment_watch import tables
from ringfence.privacy.promises.registry import BROKEN, KEPT
from ringfence.privacy.retention.check import nothing_outlives_its_class
from ringfence.telephony import message_queries as queries
from ringfence.telephony.actions import messages
from ringfence.telephony.message_ports import Arrived
from ringfence.telephony.models import MessageSeen
from tests.messages.world import SENDER, Holder, a_holder, fresh_id, now
from tests.world import SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
DAY = timedelta(days=1)


def arrive(holder: Holder, at: datetime, text: str = "hello") -> None:
    arrived = Arrived(fresh_id(), holder.number.e164, SENDER, text, sent_at=at)
    messages.take_in(carrier="tests", arrived=arrived, by=SYSTEM, at=at)


@pytest.fixture
def old() -> Holder:
    """Somebody who has had their number for long, with a message of each ten days."""
    holder = a_holder(since=now() - 60 * DAY)
    for days in (31, 30, 29, 20, 0):
        arrive(holder, now() - days * DAY, f"{days} days")
    return holder


@pytest.mark.promise("2.8")
def test_messages_are_let_go_of_with_their_days(old: Holder) -> None:
    assert parts() == 10
    assert retention.let_go(by=SYSTEM, at=now(), dry_run=True)["telephony.messages"] == 2
    assert retention.let_go(by=SYSTEM, at=now())["telephony.messages"] == 2
    assert [one.text for one in queries.inbox(old.subject).messages] == ["0 days", "20 days", "29 days"]
    assert parts() == 8, "a day that is over is dropped; the last one is emptied of what is older"
    assert retention.let_go(by=SYSTEM, at=now())["telephony.messages"] == 0


def days() -> list[str]:
    """Return the parts of the tables of messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN"
            " ('telephony_message'::regclass, 'telephony_messagedelivery'::regclass) ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def parts() -> int:
    """Return how many parts of days there are."""
    return len(days())


@pytest.mark.promise("2.8")
def test_the_check_is_broken_by_a_message_past_its_end(old: Holder) -> None:
    found = nothing_outlives_its_class(now())
    assert (found.state, found.figures["overdue_messages"]) == (BROKEN, 2)
    retention.let_go(by=SYSTEM, at=now())
    keyring.forget()
    found = nothing_outlives_its_class(now())
    assert (found.state, found.figures["overdue_messages"]) == (KEPT, 0)


@pytest.mark.promise("2.8")
def test_a_message_in_a_log_breaks_the_promise(holder: Holder, settings: Settings) -> None:
    arrive(holder, now(), "a long enough text that stands nowhere else")
    folder = Path(settings.VAR_DIR) / "log"
    folder.mkdir()
    (folder / "web.log").write_text("nothing to see\n")
    assert nothing_outlives_its_class(now()).state == KEPT
    for said in (SENDER, "see: a long enough text that stands nowhere else"):
        (folder / "web.log").write_text(f"took {said}\n")
        assert nothing_outlives_its_class(now()).state == BROKEN


def test_the_days_to_come_are_made_ahead_and_a_day_is_made_once(holder: Holder) -> None:
    at = datetime(2027, 1, 30, 23, 30, tzinfo=UTC)
    for _repeat in range(2):
        messages.make_days(by=SYSTEM, at=at)
    made = [name for name in days() if name.startswith("telephony_message_2027")]
    assert made == [f"telephony_message_2027{day}" for day in ("0130", "0131", "0201")]
    arrive(holder, at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telephony_message_20270130")
        assert cursor.fetchone()[0] == 1


def test_what_was_seen_is_known_for_a_year(holder: Holder) -> None:
    arrive(holder, now())
    messages.drop_old(by=SYSTEM, at=now() + 364 * DAY)
    assert MessageSeen.objects.count() == 1
    messages.drop_old(by=SYSTEM, at=now() + 366 * DAY)
    assert not MessageSeen.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE telephony_message",
        "CREATE TABLE mine (id int)",
        "DROP FUNCTION telephony_make_message_day(date)",
        "ALTER TABLE telephony_message ADD COLUMN more text",
        "SELECT telephony_drop_message_days('x; DROP TABLE accounts_person')",
    ],
)
def test_the_store_may_make_and_drop_days_and_nothing_else(statement: str) -> None:
    with (
        pytest.raises(Exception, match=r"owner|permission|invalid"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.promise("2.4")
def test_the_watch_reads_sealed_messages_in_the_parts_of_their_days(holder: Holder) -> None:
    arrive(holder, now(), "watch me")
    name = f"telephony_message_{now():%Y%m%d}"
    (table,) = [one for one in tables.tables() if one.name == name]
    assert ("text", "watch me") in list(tables.values(table, 0, 10))
