"""Backups: two sets that are whole or not there, sealed apart, kept no longer than promised."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from ringfence.config.backups import making, programs, restoring, sets, stash
from ringfence.config.backups.daily import Keeper
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import daily, queries, rules
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.keys.actions import final_at
from ringfence.privacy.ports import key_store
from tests.accounts.builders import customer
from tests.backups.conftest import Mortal

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
DAY = timedelta(days=1)


def script_of(found: sets.Found | None) -> bytes:
    assert found
    with found.part(making.SCRIPT) as pieces:
        return b"".join(pieces)


@pytest.mark.promise("2.3")
def test_data_and_keys_are_two_sets_and_neither_says_what_the_other_does(var_folder: Path) -> None:
    customer(email="customer1@example.com")
    made = daily.make(by=SYSTEM, at=NOW)
    data, keys = (sets.read_set(kind, made.name) for kind in sets.KINDS)
    assert data
    assert keys
    assert data.secret != keys.secret
    in_data, in_keys = script_of(data), script_of(keys)
    assert b"COPY public.accounts_person" in in_data
    assert b"COPY public.keys_datakey" in in_keys
    assert b"keys_datakey" not in in_data
    assert b"accounts_person" not in in_keys
    for path in var_folder.joinpath("backups").rglob("*.sealed"):
        assert b"accounts_person" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    with keys.part(making.STASH) as pieces:
        opener = b"".join(pieces)
    for epoch in key_store().epochs():
        assert f"keystore/{epoch}.epoch".encode() in opener
    assert b"backup-data" not in opener
    assert [one.name for one in queries.there()] == [made.name]
    assert queries.there()[0].is_whole
    with replace(keys, secret=data.secret).part(making.SCRIPT) as pieces, pytest.raises(BackupFailed):
        b"".join(pieces)


def test_a_backup_killed_anywhere_leaves_nothing_that_looks_whole(mortal: Mortal) -> None:
    customer(email="customer1@example.com")
    killed = 0
    for moment in (1, 3, 5, 6, 8, 100):
        if not mortal.dies("backup", NOW, moment):
            break
        killed += 1
        assert not any(one.data_bytes and one.keys_bytes for one in sets.there())
        with pytest.raises(BackupFailed, match="no whole backup"):
            restoring.choose(None)
    assert killed >= 4
    whole = [one for one in sets.there() if one.data_bytes and one.keys_bytes]
    assert len(whole) == 1
    left = [path for kind in sets.KINDS for path in sets.folder_of(kind).glob(f"{sets.PARTIAL}*")]
    assert left == [], "the next backup clears away what the killed ones left"


def test_a_set_that_lacks_a_byte_or_says_something_else_is_not_there() -> None:
    made = daily.make(by=SYSTEM, at=NOW)
    found = sets.read_set("data", made.name)
    assert found
    manifest = found.folder / sets.MANIFEST
    said = manifest.read_text()
    manifest.write_text(json.dumps({**json.loads(said), "made_at": "2020-01-01T00:00:00+00:00"}))
    assert sets.read_set("data", made.name) is None
    manifest.write_text(said)
    script = found.folder / making.SCRIPT
    content = bytearray(script.read_bytes())
    content[len(content) // 2] ^= 1
    script.write_bytes(content)
    with pytest.raises(BackupFailed, match="damaged"):
        found.require_whole()
    script.write_bytes(content[:-1])
    assert sets.read_set("data", made.name) is None
    shutil.move(found.folder, found.folder.with_name("another"))
    assert sets.found("data") == []


@pytest.mark.promise("2.9")
def test_a_backup_is_gone_before_a_receipt_calls_a_deletion_final(settings: Settings) -> None:
    settings.BACKUP_DAYS = 13
    monday = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)
    for hours in range(0, 8 * 24, 5):
        made = monday + timedelta(hours=hours)
        assert made + 13 * DAY <= final_at(made), "somebody is deleted a moment after the backup"
    first = daily.make(by=SYSTEM, at=NOW - 13 * DAY)
    second = daily.make(by=SYSTEM, at=NOW - DAY)
    assert {one.name for one in queries.there()} == {first.name, second.name}
    assert Keeper().let_go(NOW) == len(sets.KINDS)
    assert [one.name for one in sets.there()] == [second.name]
    settings.BACKUP_DAILY = False
    daily.look(by=SYSTEM, at=NOW)
    assert [one.name for one in queries.there()] == [second.name], "what is gone is not called a backup"


def test_the_backup_of_the_day_is_made_once_a_day_by_itself(settings: Settings) -> None:
    settings.BACKUP_DAILY, settings.DRILL_DAYS = True, 0
    assert daily.look(by=SYSTEM, at=NOW)
    assert not daily.look(by=SYSTEM, at=NOW + timedelta(hours=20))
    assert rules.is_due(NOW, NOW + DAY)
    assert not rules.drill_is_due(None, 0, NOW)
    assert rules.drill_is_due(None, 7, NOW)
    assert not rules.drill_is_due(NOW - 6 * DAY, 7, NOW)


def test_a_backup_is_as_the_data_was_at_one_moment_while_the_store_goes_on() -> None:
    customer(email="customer1@example.com")
    with making._snapshot("default") as (reading, snapshot):
        customer(email="customer2@example.com")
        facts = making.facts_of(reading, "default")
        running = programs.dump("default", snapshot)
        script = b"".join(running)
        running.require_success()
        running.end()
    people = script.split(b"COPY public.accounts_person ")[1].split(b"\\.\n")[0].splitlines()[1:]
    assert len(people) == facts["tables"]["accounts_person"] == 1


def test_what_cannot_be_read_is_no_backup_and_one_sentence() -> None:
    running = programs.dump("default", "00000000-00000000-1")
    assert b"COPY" not in b"".join(running)
    with pytest.raises(BackupFailed, match="could not be read"):
        running.require_success()
    running.end()
    with programs.loading("default") as load:
        load.say(b"SELECT nothing FROM nowhere;\n")
        with pytest.raises(BackupFailed, match="did not take"):
            load.commit()
    assert connection.introspection.table_names()


@pytest.mark.promise("2.9")
def test_a_key_of_an_epoch_that_is_over_is_not_brought_back() -> None:
    assert stash.is_over("2026-W45", datetime(2026, 11, 30, tzinfo=UTC))
    assert not stash.is_over("2026-W48", datetime(2026, 11, 30, tzinfo=UTC))
    assert not stash.is_over("2026-W46", datetime(2026, 11, 29, 21, 0, tzinfo=UTC))
    assert stash.is_over("2026-W46", datetime(2026, 11, 30, tzinfo=UTC))


def test_whoever_is_connected_stops_a_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "PATIENCE_SECONDS", 0.2)
    with programs.connect("default") as other:
        other.execute("SELECT 1")
        with pytest.raises(BackupFailed, match="stop the store"):
            restoring.require_nobody_else()
    assert isinstance(other, psycopg.Connection)
    restoring.require_nobody_else()
