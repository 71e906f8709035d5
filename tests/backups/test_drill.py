"""Trials: a backup is restored beside the store, and what does not hold is said and breaks the promise (clause 2.6)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connections
from pytest_django import Settings

from ringfence.accounts.models import Person
from ringfence.config.backups import drilling, making, sets
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises, sweeping
from ringfence.privacy.backups import actions, daily, queries, tombstones, written
from ringfence.privacy.backups.actions import BackupSeen, Tried
from ringfence.privacy.promises.running import run_checks
from tests.accounts.builders import customer
from tests.backups.conftest import Erase

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
NOW = datetime.now(UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SYSTEM = Actor.system("tests")


@pytest.fixture
def gone() -> UUID:
    """A store with a backup, in which somebody is who is deleted afterwards."""
    sweeping.found(by=SYSTEM, at=NOW)
    customer(email="customer2@example.com")
    return customer(email="customer1@example.com")


def state(at: datetime = NOW) -> str:
    """Say what the check of 2.6 finds."""
    found = promises.promise("2.6")
    assert found
    return found.check(at).state


@pytest.mark.promise("2.6")
def test_a_trial_proves_a_backup_and_leaves_nothing_behind(
    gone: UUID, erase: Erase, var_folder: Path, settings: Settings
) -> None:
    daily.make(by=SYSTEM, at=NOW)
    erase(gone, NOW)
    names = [connections[alias].settings_dict["NAME"] for alias in ("default", "keys")]
    lines = written.paths()[0].read_bytes()
    tried, complaint = drilling.drill(None, at=NOW)
    assert (tried.faults, complaint, tried.replayed) == ((), "", 1)
    assert tried.opened > 0
    assert tried.rows > 50
    assert [connections[alias].settings_dict["NAME"] for alias in ("default", "keys")] == names
    assert Person.objects.count() == 1
    assert not (var_folder / "drill").exists()
    assert written.paths()[0].read_bytes() == lines
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE %s", [f"{names[0]}%drill"])
        assert cursor.fetchone() == (0,)
    actions.note_tried(tried=tried, by=SYSTEM, at=NOW)
    assert state() == promises.KEPT


@pytest.mark.promise("2.6")
def test_a_damaged_backup_does_not_pass_and_breaks_the_promise(gone: UUID) -> None:
    made = daily.make(by=SYSTEM, at=NOW)
    found = sets.read_set("keys", made.name)
    assert found
    path = found.folder / making.STASH
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    tried, complaint = drilling.drill(None, at=NOW)
    assert tried.faults == ("damaged",)
    assert making.STASH in complaint
    assert state() == promises.KEPT
    actions.note_tried(tried=tried, by=SYSTEM, at=NOW)
    assert state() == promises.BROKEN
    assert not queries.drills()[0].passed
    shown = {one.clause: one.state for one in run_checks(by=SYSTEM, at=NOW)}
    assert shown["2.6"] == promises.BROKEN


@pytest.mark.promise("2.6")
def test_backups_that_are_not_made_or_not_tried_break_2_6(gone: UUID, settings: Settings) -> None:
    settings.BACKUP_DAILY, settings.DRILL_DAYS = True, 7
    assert state() == promises.KEPT, "a store of today has no backup yet"
    assert state(NOW + 30 * HOUR) == promises.DUE_SOON
    assert state(NOW + 60 * HOUR) == promises.BROKEN
    made = BackupSeen("20261130T000000Z-aaaaaa", NOW + 60 * HOUR, 10, 10)
    actions.note_made(made=made, seconds=1, by=SYSTEM, at=NOW + 60 * HOUR)
    assert state(NOW + 61 * HOUR) == promises.KEPT
    settings.BACKUP_DAILY = False
    assert state(NOW + 115 * HOUR) == promises.BROKEN, (
        "backups of one's own are looked at as soon as there are any"
    )
    actions.note_seen(there=[], by=SYSTEM, at=NOW)
    assert state(NOW + 116 * HOUR) == promises.KEPT, "made elsewhere, and said so"


@pytest.mark.promise("2.6")
def test_a_backup_kept_too_long_and_an_old_trial_break_2_6(gone: UUID) -> None:
    old = BackupSeen("20261101T000000Z-aaaaaa", NOW - 22 * DAY, 10, 10)
    new = BackupSeen("20261130T000000Z-bbbbbb", NOW, 10, 10)
    actions.note_seen(there=[new], by=SYSTEM, at=NOW)
    assert state() == promises.KEPT
    actions.note_seen(there=[old, new], by=SYSTEM, at=NOW)
    assert state() == promises.BROKEN
    later = NOW + 80 * DAY
    fresh = BackupSeen("20270218T000000Z-cccccc", later, 10, 10)
    actions.note_seen(there=[fresh], by=SYSTEM, at=later)
    actions.note_tried(tried=Tried(new.name, 1, 1, 1, 1, 0), by=SYSTEM, at=NOW)
    assert state(later) == promises.BROKEN


@pytest.mark.promise("2.6")
def test_a_tombstone_that_is_lost_breaks_2_6(gone: UUID, erase: Erase) -> None:
    erase(gone, NOW)
    assert state() == promises.KEPT
    written.paths()[0].write_text("")
    assert state() == promises.BROKEN
    tombstones.bring_together(by=SYSTEM, at=NOW)
    assert state() == promises.KEPT
