"""Of what third parties send only declared parts are kept; a reader that lets more through breaks clause 1.3."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from ringfence.kernel.actor import Actor
from ringfence.privacy import outside, promises
from ringfence.privacy.promises import running

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("1.3"),
]
Break = Callable[..., None]


def state() -> str:
    standings = running.run_checks(by=Actor.system("tests"), at=datetime.now(UTC), only={"1.3"})
    return {one.clause: one.state for one in standings}["1.3"]


@dataclass
class Careless:
    """What a reader returned that keeps a name it was not asked for."""

    key: str
    said: dict[str, object]


def careless(word: str) -> list[Careless]:
    """A reader that keeps all it is sent."""
    return [Careless("one", {"deep": [{"name": f"before {word} after"}]})]


def silent(_word: str) -> list[object]:
    """A reader that reads nothing, of which nothing is known."""
    return []


def test_each_reader_drops_what_nobody_declared() -> None:
    found = {name: trial("zqzqzq") for name, trial in outside.trials().items()}
    assert set(found) == {"sign-in", "calls", "twilio", "telnyx", "carrier"}
    assert all(found.values())
    assert not any(None in read for read in found.values()), "each reads its example"
    assert not outside.lets_through(list(found.values()), "zqzqzq")


@pytest.mark.parametrize("trial", ["careless", "silent"])
def test_a_reader_that_lets_more_through_breaks_it(settings: Settings, trial: str) -> None:
    assert state() == promises.KEPT
    settings.OUTSIDE_TRIALS = settings.OUTSIDE_TRIALS | {"new": f"{__name__}.{trial}"}
    assert state() == promises.BROKEN


@pytest.mark.parametrize("table", ["accounts_outsideidentity", "telephony_message"])
def test_a_column_more_breaks_it(break_data: Break, table: str) -> None:
    break_data(f"ALTER TABLE {table} ADD COLUMN picture text")
    try:
        assert state() == promises.BROKEN
    finally:
        break_data(f"ALTER TABLE {table} DROP COLUMN picture")


def test_a_field_from_outside_in_another_table_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name: one for name, one in outside.tables().items() if name != "accounts_outsideidentity"}
    monkeypatch.setattr(outside, "_tables", known)
    assert state() == promises.BROKEN
