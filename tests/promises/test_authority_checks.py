"""Clause 3.3 breaks when something was granted by less than two, went further, or was told to nobody."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from ringfence.privacy import promises
from ringfence.privacy.authorities import sweeping
from ringfence.privacy.authorities.rules import FETCHED_WITHIN
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.promises.running import Standing, run_checks
from tests.accounts import builders
from tests.privacy.demand_world import DAY, NOW, Demand
from tests.world import SYSTEM

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("3.3"),
]
Break = Callable[..., None]
HOUR = timedelta(hours=1)
QUIET: date = (NOW + 30 * DAY).date()
BREAKS = {
    # What else would break it, constraints of the database refuse whoever asks (tests/privacy/test_demands.py).
    "unjudged": (
        "DELETE FROM privacy_demandjudgement WHERE judged_by = (SELECT confirmed_by FROM privacy_authoritydemand)",
        "UPDATE privacy_demandjudgement SET verdict = 'no' WHERE question = 'lawful'",
    ),
    "beyond": ("UPDATE privacy_authoritydemand SET since = NULL, until = NULL",),
    "unentered": (
        "DELETE FROM privacy_disclosure",
        "UPDATE privacy_disclosure SET fields = '{accounts.Person.name}'",
        "UPDATE privacy_disclosure SET \"case\" = ''",
    ),
    "untold": ("UPDATE privacy_authoritydemand SET told_at = NULL",),
    "open_ones": (
        "UPDATE privacy_authoritydemand SET gone_at = gone_at - interval '8 days'",
        "UPDATE privacy_authoritydemand SET state = 'received'",
    ),
}


@pytest.fixture
def demand() -> Demand:
    return Demand(Target(builders.customer()))


def standing(at: datetime = NOW) -> Standing:
    """How the clause stands after one run."""
    return {one.clause: one for one in run_checks(by=SYSTEM, at=at, only={"3.3"})}["3.3"]


def test_it_is_kept_with_none_and_with_one_that_went_its_way(demand: Demand) -> None:
    assert standing().state == promises.KEPT
    demand.handed_over()
    found = standing(NOW + HOUR)
    assert (found.state, found.figures["handed"], found.figures["packages"]) == (promises.KEPT, 1, 1)
    sweeping.sweep(by=SYSTEM, at=NOW + FETCHED_WITHIN)
    assert standing(NOW + FETCHED_WITHIN + HOUR).state == promises.KEPT


def test_a_deadline_that_comes_near_is_due(demand: Demand) -> None:
    assert standing(demand.row.deadline - DAY).state == promises.DUE_SOON


def test_whatever_went_past_the_rules_breaks_it(demand: Demand, break_data: Break) -> None:
    demand.handed_over()
    table = "privacy_authoritydemand", "privacy_demandjudgement", "privacy_disclosure"
    for one in table:
        break_data(f"CREATE TABLE aside_{one} AS TABLE {one}")
    minute = 0
    try:
        for figure, statements in BREAKS.items():
            for statement in statements:
                minute += 10
                break_data(statement)
                found = standing(NOW + timedelta(minutes=minute))
                assert (found.state, found.figures[figure] > 0) == (promises.BROKEN, True), statement
                for one in table:
                    break_data(f"DELETE FROM {one}; INSERT INTO {one} SELECT * FROM aside_{one}")
        assert standing(NOW + timedelta(minutes=minute + 10)).state == promises.KEPT
    finally:
        for one in table:
            break_data(f"DROP TABLE aside_{one}")


def test_a_package_in_plain_breaks_it(demand: Demand, monkeypatch: pytest.MonkeyPatch) -> None:
    from ringfence.adapters.package_to_key import PackageToKey

    monkeypatch.setattr(PackageToKey, "close", lambda _self, content, _key: content)
    demand.granted()
    found = standing()
    assert (found.state, found.figures["open_ones"]) == (promises.BROKEN, 1)


def test_a_silence_that_is_over_and_nobody_told_breaks_it(demand: Demand) -> None:
    demand.handed_over(quiet_until=QUIET)
    found = standing(NOW + 29 * DAY)
    assert (found.figures["quiet"], found.figures["untold"]) == (1, 0)
    late = datetime.combine(QUIET, NOW.timetz()) + DAY
    assert standing(late).state == promises.BROKEN
    sweeping.sweep(by=SYSTEM, at=late)
    assert standing(late + HOUR).state == promises.KEPT
