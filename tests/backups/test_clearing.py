"""What lies among the backups and is none goes on time, and until then it is counted (clauses 2.6, 2.9)."""

import argparse
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from ringfence.config.backups import clearing, making, scratch, sets
from ringfence.config.backups.daily import Keeper
from ringfence.config.commands import backup as command
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import promises, sweeping
from ringfence.privacy.backups import daily, queries
from ringfence.privacy.backups.ports import BackupFailed, Fault
from tests.accounts.builders import staff_member

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def store() -> None:
    """A store that keeps 2.6."""
    sweeping.found(by=SYSTEM, at=NOW)


def state() -> tuple[str, int, int]:
    """Return what the check of 2.6 finds, and counts of what is amiss."""
    found = promises.promise("2.6")
    assert found
    finding = found.check(NOW)
    return finding.state, int(finding.figures.get("unreadable", 0)), int(finding.figures.get("left", 0))


def folder(kind: sets.Kind, name: str) -> Path:
    return sets.folder_of(kind) / name


@pytest.mark.promise("2.9")
def test_a_copy_that_nobody_can_read_is_gone_by_its_day_all_the_same() -> None:
    first = daily.make(by=SYSTEM, at=NOW - 12 * DAY)
    (folder("data", first.name) / sets.MANIFEST).write_text("{")
    content = (folder("keys", first.name) / making.STASH).read_bytes()
    (folder("keys", first.name) / making.STASH).write_bytes(content[:-1])
    assert sets.there() == []
    Keeper().let_go(NOW)
    assert {path for kind in sets.KINDS for path in clearing.unreadable(kind)} == {
        folder(kind, first.name) for kind in sets.KINDS
    }, "its time is not over"
    assert Keeper().let_go(NOW + DAY) == len(sets.KINDS)
    assert not any(folder(kind, first.name).exists() for kind in sets.KINDS)


@pytest.mark.promise("2.6")
def test_a_copy_that_nobody_can_read_breaks_2_6_and_the_operator_is_told(
    settings: Settings, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    made = daily.make(by=SYSTEM, at=NOW)
    assert state() == (promises.KEPT, 0, 0)
    (sets.folder_of("data") / "lost+found").mkdir()
    assert state() == (promises.KEPT, 0, 0), "a folder of somebody else's is no copy"
    shutil.copytree(folder("keys", made.name), folder("keys", "aside"))
    assert state() == (promises.BROKEN, 1, 0), "one that was put aside has no day to go by"
    shutil.rmtree(folder("keys", "aside"))
    secret = Path(settings.VAR_DIR) / "secrets" / "backup-data"
    secret.write_text("another secret than the one that sealed it")
    assert state() == (promises.BROKEN, 1, 0)
    assert [one.fault for one in queries.amiss(NOW)] == [Fault.UNREADABLE]
    staff_member(client, Role.OPERATIONS)
    page = client.get(reverse("console:backups")).content.decode()
    assert str(folder("data", made.name)) in page
    assert "fjern mappen" in page
    assert "ikke er noen sikkerhetskopi" in client.get(reverse("console:desk")).content.decode()
    assert command.run(_arguments("--list")) == 0
    assert f"{folder('data', made.name)}  nobody can read it" in capsys.readouterr().out


def test_what_cannot_be_removed_stops_no_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    daily.make(by=SYSTEM, at=NOW - 20 * DAY)

    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        assert Keeper().let_go(NOW) == 0
    assert Keeper().let_go(NOW) == len(sets.KINDS)


@pytest.mark.promise("2.6")
def test_what_a_killed_trial_leaves_breaks_2_6_until_it_is_removed(var_folder: Path) -> None:
    keys = var_folder / "drill" / "keystore"
    keys.mkdir(parents=True)
    scratch._make("default", scratch._names()["default"])
    connections["default"].close()
    assert state() == (promises.BROKEN, 0, 2)
    with sets.alone():
        assert queries.amiss(NOW) == [], "a trial is under way"
        daily.clear_away(at=NOW)
        assert keys.exists()
    daily.clear_away(at=NOW)
    assert not keys.exists()
    assert scratch.left() == []
    assert state() == (promises.KEPT, 0, 0)


def test_who_works_on_the_sets_waits_for_who_only_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "PATIENCE_SECONDS", 0.1)
    with sets.undisturbed() as is_quiet:
        assert is_quiet
    assert not (Path(django_settings.VAR_DIR) / "backups").exists(), "who looks writes nothing"
    with sets.alone(), pytest.raises(BackupFailed, match="under way"), sets.alone():
        pass
    with sets.undisturbed(), pytest.raises(BackupFailed), sets.alone():
        pass


def _arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)
