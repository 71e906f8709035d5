"""Third parties get released statistics and nothing else: the check of clause 3.1, made to fail in each way."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from ringfence.kernel.actor import Actor
from ringfence.privacy import policy
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, running
from ringfence.privacy.statistics import check, making, manifest
from ringfence.privacy.statistics.models import Release
from tests.privacy.released import Only, after, only, people, quarters, release, source

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("3.1"),
]
__all__ = ("only",)
Break = Callable[..., None]
SYSTEM = Actor.system("tests")
NOW = datetime(2026, 10, 1, 1, tzinfo=UTC)


@pytest.fixture
def released(only: Only) -> None:
    """Have three releases."""
    only(source("made", people({"NO": 400, "SE": 90, "DK": 2})))
    for period in islice(quarters(), 3):
        release(period)


def found(at: datetime = NOW) -> tuple[str, dict[str, float]]:
    finding = check.only_the_anonymous_is_released(at)
    assert finding.text % finding.figures
    return finding.state, {
        name: value for name, value in finding.figures.items() if value and name != "releases"
    }


def forged(number: int, change: Callable[[dict[str, object]], object]) -> tuple[str, str]:
    """Return a manifest that says something else, and the note that signs it."""
    content = manifest.read(Release.objects.get(number=number).manifest)
    change(content)
    text = manifest.canonical(content)
    return text, manifest.signed(number, text)


def test_sound_releases_keep_it(released: None) -> None:
    assert found() == (KEPT, {})
    standings = running.run_checks(by=SYSTEM, at=NOW, only={"3.1"})
    assert {one.clause: one.state for one in standings}["3.1"] == KEPT


def test_without_releases_it_is_kept(only: Only) -> None:
    only()
    assert found() == (KEPT, {})


def test_a_figure_that_was_changed_breaks_it(released: None, break_data: Break) -> None:
    break_data(
        "UPDATE privacy_statisticsrelease SET manifest = replace(manifest, '\"NO\":', '\"NO\":1') WHERE number = 2"
    )
    assert found() == (BROKEN, {"wrong": 1, "unrecorded": 2})


def test_a_table_that_was_changed_breaks_it(released: None, break_data: Break) -> None:
    break_data(
        "UPDATE privacy_statisticsrelease SET \"table\" = replace(\"table\", ':c', '10') WHERE number = 2"
    )
    assert found() == (BROKEN, {"wrong": 1})


def test_a_small_figure_that_we_sign_ourselves_breaks_it(released: None, break_data: Break) -> None:
    text, note = forged(3, lambda of: of["tables"][0]["cells"].update(DK=10))  # type: ignore[index] # of a manifest
    break_data("UPDATE privacy_statisticsrelease SET manifest = %s, note = %s WHERE number = 3", text, note)
    state, figures = found()
    assert state == BROKEN
    assert figures["wrong"] == 1
    assert figures["unrecorded"] == 2


def test_a_release_that_is_gone_breaks_it(released: None, break_data: Break) -> None:
    break_data("DELETE FROM privacy_statisticsrelease WHERE number = 1")
    assert found() == (BROKEN, {"wrong": 1, "unrecorded": 1, "overspent": 1})


def test_a_release_that_the_ledger_does_not_know_breaks_it(released: None, break_data: Break) -> None:
    break_data(
        "DELETE FROM privacy_ledgerline WHERE action = 'statistics.release' AND facts->>'number' = '2'"
    )
    assert found() == (BROKEN, {"unrecorded": 1})


def test_a_year_that_cost_more_breaks_it(released: None, break_data: Break) -> None:
    break_data(
        "INSERT INTO privacy_statisticsspending (release_id, unit, year, rho)"
        " SELECT id, 'page view', 2026, 520000 FROM privacy_statisticsrelease"
    )
    assert found() == (BROKEN, {"overspent": 1})


def test_a_rule_that_the_database_has_lost_breaks_it(released: None, break_data: Break) -> None:
    lose = "ALTER TABLE privacy_statisticsspending {} TRIGGER budget_is_kept"
    break_data(lose.format("DISABLE"))
    assert found() == (BROKEN, {"lost": 1})
    break_data(lose.format("ENABLE"))
    break_data("ALTER TABLE privacy_statisticsrelease DISABLE TRIGGER append_only")
    assert found() == (BROKEN, {"lost": 1})
    break_data("ALTER TABLE privacy_statisticsrelease ENABLE TRIGGER append_only")
    assert found() == (KEPT, {})


def test_something_handed_out_that_was_never_released_breaks_it(released: None, break_data: Break) -> None:
    break_data(
        "INSERT INTO privacy_statisticsexport VALUES (gen_random_uuid(), 'A university', 'Research', 3, 4, now())"
    )
    assert found() == (BROKEN, {"strange": 1})


def test_a_period_that_waits_too_long_is_due(only: Only) -> None:
    only(source("made", people({"NO": 400})))
    policy.ensure_first_version(by=SYSTEM, at=NOW)
    period = making.next_period()
    assert period is not None
    assert found(after(period)) == (KEPT, {})
    assert found(after(period) + timedelta(days=1)) == (DUE_SOON, {"late": 1})
    making.release_due(by=SYSTEM, at=after(period))
    assert found(after(period) + timedelta(days=1)) == (KEPT, {})
    assert json.loads(Release.objects.get().manifest)["number"] == 1
