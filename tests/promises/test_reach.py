"""What is a customer's own is seen and changed in the account, and a change reaches every place (clause 4.1)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from ringfence.kernel.actor import Actor
from ringfence.privacy import promises, reach, register
from ringfence.privacy.promises import running
from ringfence.telephony.actions import nodes
from tests.accounts.builders import customer

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("4.1"),
]
Break = Callable[..., None]
SYSTEM = Actor.system("tests")


def state(at: datetime | None = None) -> str:
    standings = running.run_checks(by=SYSTEM, at=at or datetime.now(UTC), only={"4.1"})
    return {one.clause: one.state for one in standings}["4.1"]


def test_everything_that_is_the_customers_own_is_reachable() -> None:
    customer(email="one@example.com")
    assert [str(one) for one in reach.unreachable()] == []
    assert {"accounts.Person.name", "telephony.RouteStep.target"} <= {str(one) for one in reach.own_fields()}
    assert state() == promises.KEPT


def test_a_field_without_a_page_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {field: page for field, page in reach._changed_at.items() if field != "accounts.Person.phone"}
    monkeypatch.setattr(reach, "_changed_at", pages)
    assert state() == promises.BROKEN


def test_a_page_that_is_gone_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_routes", [lambda: {"account:details"}])
    assert state() == promises.BROKEN


def test_a_model_that_is_not_shown_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {name: one for name, one in register._holders.items() if name != "accounts.profile"}
    monkeypatch.setattr(register, "_holders", held)
    assert state() == promises.BROKEN


def test_an_address_known_by_an_old_value_breaks_it() -> None:
    person = customer(email="one@example.com")
    assert state() == promises.KEPT
    with connections["keys"].cursor() as cursor:
        cursor.execute(
            "UPDATE keys_blindindex SET digest = decode(repeat('00', 32), 'hex') WHERE subject = %s", [person]
        )
    assert state(datetime.now(UTC) + timedelta(minutes=5)) == promises.BROKEN


def test_a_change_that_does_not_arrive_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_waiting", {"tests": lambda _at: timedelta(minutes=2)})
    assert state() == promises.DUE_SOON
    monkeypatch.setattr(reach, "_waiting", {"tests": lambda _at: timedelta(hours=2)})
    assert state(datetime.now(UTC) + timedelta(minutes=5)) == promises.BROKEN


def test_a_node_that_has_not_spoken_yet_waits_for_nothing() -> None:
    nodes.seen(name="edge-1", by=SYSTEM, at=datetime.now(UTC))
    assert reach.waiting(datetime.now(UTC)) == timedelta(0)
