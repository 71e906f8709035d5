"""Each check is kept on a sound installation, and broken once its clause is (privacy-core section 6)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from ringfence.accounts.models import Person
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy import policy, promises, register, sweeping
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.promises import live_ledger
from ringfence.privacy.promises.history import history
from ringfence.privacy.promises.running import run_checks, standings, summary
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, RequestKind
from tests.installation import founded

NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
Break = Callable[..., None]
pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


@action("tests.make_person")
def make_person(*, email: str, by: Actor, at: datetime) -> UUID:
    """Make a customer."""
    made = Person.objects.create(
        kind="customer", state="active", language="en", registered_at=at, email=email, name="Customer One"
    )
    about(made.pk)
    return UUID(str(made.pk))


def state_of(clause: str, at: datetime = NOW) -> str:
    found = promises.promise(clause)
    assert found is not None
    return found.check(at).state


@pytest.fixture
def sound() -> UUID:
    """An installation with two customers."""
    person = make_person(email="one@example.com", by=SYSTEM, at=NOW)
    make_person(email="two@example.com", by=SYSTEM, at=NOW)
    founded(NOW)
    return person


OWN = ("1.1", "2.3", "2.6", "2.9", "4.3", "5.2", "7.2")


@pytest.mark.parametrize("clause", OWN)
def test_a_sound_installation_keeps_the_clause(sound: UUID, clause: str) -> None:
    found = promises.promise(clause)
    assert found
    assert found.check(NOW).state == promises.KEPT, found.check(NOW)


@pytest.mark.promise("1.1")
def test_a_column_nobody_declared_breaks_1_1(sound: UUID, break_data: Break) -> None:
    break_data("CREATE TABLE somebodys_list (shoe_size text)")
    try:
        assert state_of("1.1") == promises.BROKEN
    finally:
        break_data("DROP TABLE somebodys_list")


@pytest.mark.promise("2.3")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_person SET name = 'Customer One'::bytea",
        "UPDATE accounts_person SET email = '\\x02'::bytea || substr(email, 2)",
        "UPDATE accounts_person SET email = (SELECT email FROM accounts_person ORDER BY id LIMIT 1)",
    ],
    ids=["plain", "unknown-format", "another-persons"],
)
def test_a_value_not_sealed_for_its_person_breaks_2_3(sound: UUID, break_data: Break, statement: str) -> None:
    break_data(statement)
    assert state_of("2.3") == promises.BROKEN


@pytest.mark.promise("2.3")
def test_keys_not_rotated_break_2_3(sound: UUID) -> None:
    assert state_of("2.3", NOW + timedelta(days=10)) == promises.DUE_SOON
    assert state_of("2.3", NOW + timedelta(days=20)) == promises.BROKEN


@pytest.mark.promise("2.6")
@pytest.mark.parametrize("size", ["small", "large"])
def test_a_rewritten_line_breaks_2_6(
    sound: UUID, break_data: Break, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if size == "large":
        monkeypatch.setattr(live_ledger, "WHOLE_UP_TO", 1)
        assert state_of("2.6") == promises.KEPT
    break_data(
        "UPDATE privacy_ledgerline SET action = 'nothing.happened' WHERE action = 'privacy.publish_policy'"
    )
    assert state_of("2.6") == promises.BROKEN


@pytest.mark.promise("2.9")
def test_a_deletion_that_does_not_end_breaks_2_9(sound: UUID) -> None:
    erasure.begin(subject=sound, request=None, by=SYSTEM, at=NOW)
    assert state_of("2.9") == promises.KEPT
    assert state_of("2.9", NOW + timedelta(hours=2)) == promises.BROKEN


@pytest.mark.promise("2.9")
def test_a_record_of_a_deleted_person_breaks_2_9(sound: UUID, break_data: Break) -> None:
    erasure.begin(subject=sound, request=None, by=SYSTEM, at=NOW)
    from ringfence.privacy.erasure.models import Erasure

    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=NOW)
    assert state_of("2.9") == promises.KEPT
    break_data(
        "INSERT INTO privacy_acknowledgement (id, subject, version_id, moment, acknowledged_at)"
        " VALUES (%s, %s, 1, 'login', now())",
        uuid4(),
        sound,
    )
    assert state_of("2.9") == promises.BROKEN


@pytest.mark.promise("4.3")
@pytest.mark.parametrize(
    ("days", "state"), [(1, promises.KEPT), (22, promises.DUE_SOON), (32, promises.BROKEN)]
)
def test_the_time_limit_decides_4_3(sound: UUID, days: int, state: str) -> None:
    received = NOW - timedelta(days=days)
    requests.open_request(
        subject=sound, kind=RequestKind.COPY, channel=Channel.FORM, received_at=received, by=SYSTEM, at=NOW
    )
    assert state_of("4.3") == state


@pytest.mark.promise("5.2")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_policyversion SET text = '{}'",
        "DELETE FROM privacy_ledgerline WHERE action = 'privacy.publish_policy'",
        "DELETE FROM privacy_policyversion",
    ],
)
def test_a_changed_version_breaks_5_2(sound: UUID, break_data: Break, statement: str) -> None:
    break_data(statement)
    assert state_of("5.2") == promises.BROKEN


@pytest.mark.promise("7.2")
def test_a_model_outside_the_register_breaks_7_2(sound: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {name: one for name, one in register._holders.items() if name != "accounts.profile"}
    monkeypatch.setattr(register, "_holders", held)
    assert state_of("7.2") == promises.BROKEN


def test_a_change_of_state_begins_a_new_stretch(sound: UUID, break_data: Break) -> None:
    run_checks(by=SYSTEM, at=NOW, only={"2.6"})
    first = {one.clause: one for one in standings(NOW)}["2.6"]
    later = NOW + timedelta(minutes=5)
    run_checks(by=SYSTEM, at=later, only={"2.6"})
    again = {one.clause: one for one in standings(later)}["2.6"]
    assert (again.since, again.checked_at) == (first.since, later)
    break_data(
        "UPDATE privacy_ledgerline SET action = 'nothing.happened' WHERE action = 'privacy.publish_policy'"
    )
    worse = NOW + timedelta(minutes=10)
    run_checks(by=SYSTEM, at=worse, only={"2.6"})
    assert [one.state for one in history("2.6")] == ["broken", "kept"]
    assert history("2.6")[1].until == worse


def test_a_result_grows_stale(sound: UUID) -> None:
    sweeping.sweep(by=SYSTEM, at=NOW)
    assert summary(standings(NOW)).fresh
    late = summary(standings(NOW + timedelta(minutes=16)))
    assert not late.fresh
    assert late.kept == 0


def test_a_clause_without_a_check_is_shown_as_that(sound: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    from ringfence.privacy.promises import registry

    rest = {clause: one for clause, one in registry._promises.items() if clause != "3.3"}
    monkeypatch.setattr(registry, "_promises", rest)
    found = {one.clause: one.state for one in standings(NOW)}
    assert found["3.3"] == promises.NOT_ENFORCED
    assert set(found) > set(OWN)


def test_a_check_that_fails_proves_nothing(sound: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    from ringfence.privacy.promises import registry

    def fail(at: datetime) -> promises.Finding:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")
        raise AssertionError

    known = registry._promises["1.1"]
    monkeypatch.setitem(registry._promises, "1.1", promises.Promise("1.1", known.sentence, fail))
    found = {
        one.clause: one.state
        for one in run_checks(by=SYSTEM, at=NOW + timedelta(minutes=5), only={"1.1", "5.2"})
    }
    assert found["1.1"] == promises.BROKEN
    assert found["5.2"] == promises.KEPT


@pytest.mark.promise("5.1")
def test_who_was_shown_the_terms_is_known(sound: UUID) -> None:
    assert policy.unacknowledged([sound]) == 1
    policy.acknowledge(subject=sound, moment="registration", by=SYSTEM, at=NOW)
    policy.acknowledge(subject=sound, moment="login", by=SYSTEM, at=NOW)
    assert policy.unacknowledged([sound]) == 0
    assert policy.acknowledged(sound, 1)
