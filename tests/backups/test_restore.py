"""Restoring: whoever was deleted since stays deleted, and nobody comes in before that is so."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from pytest_django import Settings

from ringfence.accounts.models import Person
from ringfence.accounts.queries import find_by_address
from ringfence.config.backups import restoring, sets
from ringfence.kernel.actor import Actor
from ringfence.privacy import sweeping
from ringfence.privacy.backups import daily, doors, queries, replay, tombstones, written
from ringfence.privacy.backups.models import Tombstone
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.erasure import search
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.ledger import checkpoints, verify
from ringfence.telephony.models import Number
from tests import world
from tests.accounts.builders import customer
from tests.backups.conftest import Erase, Mortal, Restore

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
GONE, STAYS, LATER = "customer1@example.com", "customer2@example.com", "customer3@example.com"


@pytest.fixture
def people() -> tuple[UUID, UUID]:
    """Two customers, one with a number that rings, and a backup of both."""
    sweeping.found(by=SYSTEM, at=NOW)
    gone, stays = customer(email=GONE), customer(email=STAYS)
    world.rings_at(world.number_of(gone, NOW), gone, "sip:planted@pbx.example.com", NOW)
    daily.make(by=SYSTEM, at=NOW)
    return gone, stays


def assert_only(stays: UUID, gone: UUID) -> None:
    """Assert that one customer is there as before, and of the other nothing."""
    assert set(Person.objects.values_list("pk", flat=True)) == {stays}
    assert Person.objects.get().email.open() == STAYS
    assert find_by_address(GONE) is None
    assert not search.search(gone, [GONE, "planted@pbx.example.com"]).places
    assert not DataKey.objects.filter(subject=gone, destroyed_at=None).exists()
    assert not Number.objects.filter(state="in_service").exists()


@pytest.mark.promise("2.9")
def test_whoever_was_deleted_since_the_backup_stays_deleted(
    people: tuple[UUID, UUID], erase: Erase, restore: Restore
) -> None:
    gone, stays = people
    erase(gone, NOW)
    customer(email=LATER)
    checkpoints.publish(by=SYSTEM, at=NOW)
    signed = checkpoints.witnessed()
    assert signed
    assert restore(NOW) == 1
    assert_only(stays, gone)
    assert verify.findings() == []
    restored = queries.restored()[0].facts
    assert restored["replayed"] == 1
    assert restored["lost_lines"] > 3, "strangers may see that lines were lost, and how many"
    assert len(queries.there()) == 1
    assert not doors.mark().exists()
    assert find_by_address(LATER) is None
    customer(email=LATER)
    assert restore(NOW) == 1, "and again"
    assert_only(stays, gone)


@pytest.mark.promise("2.9")
def test_the_data_alone_is_opened_by_the_keys_that_are_here(
    people: tuple[UUID, UUID], erase: Erase, restore: Restore
) -> None:
    gone, stays = people
    erase(gone, NOW)
    (written.paths()[0]).unlink()
    (written.paths()[1]).unlink()
    assert restore(NOW, keys=False) == 1, "a destroyed key says it, too"
    assert_only(stays, gone)


@pytest.mark.promise("2.9")
def test_a_machine_that_is_lost_leaves_its_tombstones_beside_the_backups(
    people: tuple[UUID, UUID], erase: Erase, restore: Restore, settings: Settings, tmp_path: Path
) -> None:
    gone, stays = people
    erase(gone, NOW)
    settings.BACKUP_DIR = tmp_path / "var" / "backups"
    secrets = {kind: sets.secret_of(kind) for kind in sets.KINDS}
    settings.VAR_DIR = tmp_path / "another"
    (settings.VAR_DIR / "secrets").mkdir(parents=True)
    for kind, secret in secrets.items():
        (settings.VAR_DIR / "secrets" / f"backup-{kind}").write_text(secret)
    assert restore(NOW) == 1
    assert_only(stays, gone)


@pytest.mark.promise("2.9")
def test_doors_stay_closed_until_it_is_done(
    people: tuple[UUID, UUID], erase: Erase, restore: Restore, client: Client
) -> None:
    gone, stays = people
    erase(gone, NOW)
    line = written.paths()[0]
    whole = line.read_text()
    line.write_text(whole.replace('"person": "', '"person": "00'))
    with pytest.raises(BackupFailed, match="altered"):
        restore(NOW)
    answer = client.get("/en/")
    assert answer.status_code == 503
    assert "Retry-After" in answer
    assert client.get("/healthz").status_code == 200
    doors.mark().rename(doors.mark().with_suffix(".away"))
    client.raise_request_exception = False
    assert client.get("/en/").status_code == 503, "on another machine, which has no mark"
    for refused in (Person.objects.count, doors.require_open):
        with pytest.raises(doors.DoorsClosedError):
            refused()
    other = subprocess.run(
        [sys.executable, "-m", "ringfence", "sweep"],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.returncode == 1
    assert "The doors are closed" in other.stderr
    doors.mark().with_suffix(".away").rename(doors.mark())
    line.write_text(whole)
    doors._Seen.refused = None
    assert restoring.finish(at=NOW, say=str) == 1
    assert client.get("/en/").status_code == 200
    assert_only(stays, gone)


def _environment() -> dict[str, str]:
    """Return the environment of another machine of the same store."""
    import os
    from urllib.parse import quote

    found = dict(os.environ)
    for alias, name in (("default", "DATABASE_URL"), ("keys", "KEYS_DATABASE_URL")):
        parts = connections[alias].settings_dict
        password, host = quote(parts["PASSWORD"], safe=""), quote(parts["HOST"], safe="")
        found[name] = f"postgresql://{parts['USER']}:{password}@/{parts['NAME']}?host={host}"
    return found


@pytest.mark.promise("2.9")
def test_a_restore_killed_anywhere_leaves_closed_doors_and_goes_on(
    people: tuple[UUID, UUID], erase: Erase, restore: Restore, mortal: Mortal
) -> None:
    gone, stays = people
    erase(gone, NOW)
    connections.close_all()
    there: list[list[str]] = [[]]
    for moment in (1, 2, 3, 4, 6, 14, 25):
        assert mortal.dies("restore", NOW, moment), "there are as many moments"
        assert doors.mark().exists()
        with doors.passing():
            assert doors.database_is_closed(), "before the old data is there, and after"
        there.append(restoring.brought_back())
        connections.close_all()
        assert set(there[-1]) >= set(there[-2])
    assert [] in there[1:]
    assert there[-1] == ["data", "keys"]
    assert restore(NOW) == 1
    assert_only(stays, gone)
    assert restoring.brought_back() == []


def test_a_backup_of_a_later_version_changes_nothing(people: tuple[UUID, UUID]) -> None:
    chosen = restoring.choose(None)
    assert chosen.data
    chosen.data.facts["migrations"].append("privacy.9999_later")
    with pytest.raises(BackupFailed, match=r"later version: privacy\.9999_later"):
        restoring.require_known(chosen)
    assert Person.objects.count() == 2


@pytest.mark.promise("2.9")
def test_no_key_is_destroyed_before_its_tombstone_is_on_disk(people: tuple[UUID, UUID], erase: Erase) -> None:
    gone, _stays = people
    place = written.paths()[0]
    place.mkdir()
    with pytest.raises(OSError, match="directory"):
        erase(gone, NOW)
    assert DataKey.objects.filter(subject=gone, destroyed_at=None).exists()
    place.rmdir()
    erase(gone, NOW)
    assert tombstones.digest_of(gone) in tombstones.read().lines


def test_places_that_lack_a_line_are_filled_up_and_old_lines_go(
    people: tuple[UUID, UUID], erase: Erase
) -> None:
    gone, stays = people
    erase(gone, NOW)
    first, second = written.paths()
    with first.open("ab") as file:
        file.write(b'{"person": "torn')
    second.unlink()
    assert tombstones.bring_together(by=SYSTEM, at=NOW) == 1
    assert tombstones.digest_of(gone).hex() in second.read_text()
    erase(stays, NOW)
    assert tombstones.read().foreign == 0, "a torn line is no line"
    assert len(tombstones.read().lines) == 2
    assert tombstones.bring_together(by=SYSTEM, at=NOW + timedelta(days=91)) == 0
    assert not Tombstone.objects.exists()
    assert first.read_text() == second.read_text() == ""
    assert replay.replay(by=SYSTEM, at=NOW) == 0
    assert django_settings.VAR_DIR
