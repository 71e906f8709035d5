"""A restore keeps everybody out meanwhile, says where it stands, and lets nobody in by what was lost with the data."""

import argparse
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client

from ringfence.accounts import actions as accounts
from ringfence.accounts.actions.leaving import announce_end
from ringfence.accounts.models import OneTimeLink, OutgoingLetter, Person, SignIn, TryCount
from ringfence.config import program
from ringfence.config.backups import programs, restoring
from ringfence.config.commands import restore as command
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import retention, sweeping
from ringfence.privacy.backups import daily, doors
from ringfence.privacy.backups.actions import BackupSeen
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.erasure.models import Erasure
from tests.accounts import builders
from tests.backups.conftest import Erase, Restore

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
SYSTEM = Actor.system("tests")


@pytest.fixture(autouse=True)
def store(restore: Restore) -> Restore:
    """A store; whatever a test leaves, its doors are open afterwards."""
    sweeping.found(by=SYSTEM, at=NOW)
    return restore


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def refused() -> bool:
    """Tell whether somebody who connects now is sent away."""
    connections.close_all()
    try:
        Person.objects.count()
    except doors.DoorsClosedError:
        return True
    return False


def backup() -> BackupSeen:
    made = daily.make(by=SYSTEM, at=NOW)
    connections.close_all()
    return made


def test_whoever_connects_while_the_operator_thinks_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    person = builders.customer()
    backup()
    accounts.set_profile(person=person, language="nb", by=SYSTEM, at=NOW)
    monkeypatch.setattr(restoring, "PATIENCE_SECONDS", 0.2)
    inside: list[psycopg.Connection[tuple[object, ...]]] = []

    def meant(_chosen: restoring.Chosen) -> bool:
        inside.append(programs.connect("default"))
        return True

    monkeypatch.setattr(command, "_is_meant", meant)
    with pytest.raises(BackupFailed, match="stop the store"):
        command._restore(arguments())
    assert not refused()
    assert not doors.mark().exists()
    assert Person.objects.get().language == "nb", "nothing was changed"
    inside[0].close()


@pytest.mark.promise("2.9")
@pytest.mark.parametrize("words", [(), ("--keys-only",)])
def test_nobody_comes_in_from_before_anything_is_changed(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    builders.customer()
    made = backup()
    seen: list[bool] = []
    monkeypatch.setattr(restoring, "bring_back", lambda *_words, **_named: seen.append(refused()))
    monkeypatch.setattr(restoring, "finish", lambda **_named: 0)
    assert command._restore(arguments("--yes", *words)) == 0
    assert seen == [True]
    assert command._abandon() == 0
    assert not refused()
    assert f"{made.name} had not changed the databases" in capsys.readouterr().out
    assert command._abandon() == 0
    assert "No restore is under way" in capsys.readouterr().out


def test_what_was_brought_back_cannot_be_abandoned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    builders.customer()
    made = backup()
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "finish", lambda **_named: 0)
        command._restore(arguments("--yes", "--keys-only"))
    assert refused()
    with pytest.raises(program.CommandError, match=f"the keys of {made.name} were brought back"):
        command._abandon()
    with pytest.raises(program.CommandError, match="was begun and is not done"):
        command._restore(arguments("--replay"))
    assert refused()
    assert command._restore(arguments()) == 0
    assert f"Going on with the restore of {made.name}" in capsys.readouterr().out
    assert not refused()


@pytest.mark.promise("2.9")
def test_what_other_tools_brought_back_stays_closed_until_deletions_are_done_again(
    erase: Erase, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(builders.customer(), NOW)
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "finish", lambda **_named: 0)
        command._restore(arguments("--replay"))
    assert refused()
    with pytest.raises(program.CommandError, match="--replay"):
        command._abandon()
    assert command._restore(arguments()) == 0
    assert not refused()


@pytest.mark.promise("2.8")
def test_nothing_that_was_lost_lets_somebody_in_or_erases_them(store: Restore, client: Client) -> None:
    person = accounts.add_customer(
        email="customer1@example.com", password=builders.PASSWORD, language="en", by=SYSTEM, at=NOW - 60 * DAY
    )
    closed = builders.customer(email="customer2@example.com")
    announce_end(person=person, by=SYSTEM, at=NOW - 31 * DAY)
    accounts.close_account(person=closed, by=SYSTEM, at=NOW - 31 * DAY)
    builders.customer(client, email="customer3@example.com")
    _staff, token = accounts.add_staff(
        email="staff1@example.com", roles=frozenset({Role.SUPPORT}), language="en", by=SYSTEM, at=NOW
    )
    accounts.count_try(gate="enter-account", who="somebody", by=SYSTEM, at=NOW)
    backup()
    accounts.use_entry_link(token=token, by=SYSTEM, at=NOW)
    builders.sign_in(Client(), person)
    store(NOW)
    for model in (SignIn, Session, OneTimeLink, TryCount):
        assert not model._default_manager.exists(), model
    assert client.get("/en/account/").status_code == 302
    assert Erasure.objects.get().subject == closed, "who closes an account does not come back to it"
    assert Person.objects.get(pk=person).leaves_at is None
    letters = OutgoingLetter.objects.filter(kind="account-ending", subject=person)
    before = letters.count()
    retention.let_go(by=SYSTEM, at=NOW + 20 * DAY)
    assert letters.count() == before, "sign-ins of three weeks are not known"
    retention.let_go(by=SYSTEM, at=NOW + 22 * DAY)
    assert Person.objects.get(pk=person).leaves_at == NOW + 52 * DAY
