"""The rules of statistics: periods, the budget, noise and threshold, how long the next period is (clause 3.1)."""

from datetime import date, timedelta
from math import isclose, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.privacy.statistics import rules
from ringfence.privacy.statistics.rules import Level, Published
from ringfence.privacy.statistics.standalone import ringfence_release as verifier

pytestmark = pytest.mark.promise("3.1")
DAYS = st.dates(date(2020, 1, 1), date(2120, 12, 31))
LEVELS = st.sampled_from(Level)
RHO = st.integers(1, rules.YEARLY_RHO)


@given(day=DAYS, level=LEVELS)
def test_each_day_lies_in_one_period_and_the_next_one_follows(day: date, level: Level) -> None:
    period = rules.period_of(level, day)
    assert period.first <= day <= period.last
    assert rules.period_of(level, period.first) == rules.period_of(level, period.last) == period
    assert rules.first_from(level, period.after).first == period.after
    assert rules.first_from(level, day).first >= day
    lengths = {Level.WEEK: {7}, Level.MONTH: {28, 29, 30, 31}, Level.QUARTER: {90, 91, 92}}
    assert (period.after - period.first).days in lengths[level]


@given(year=st.integers(2020, 2120), level=LEVELS)
def test_no_year_of_one_level_costs_more_than_its_budget(year: int, level: Level) -> None:
    day, count = date(year, 1, 1), 0
    while (period := rules.first_from(level, day)).first.year == year:
        count, day = count + 1, period.after
    assert count in {rules.A_YEAR[level], rules.A_YEAR[level] - 1}
    assert count * rules.rho_of(level) <= rules.YEARLY_RHO


@given(rho=RHO, parts=st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 9), min_size=1))
def test_shares_are_never_more_than_the_whole(rho: int, parts: dict[str, int]) -> None:
    found = rules.shares(rho, parts)
    assert found.keys() == parts.keys()
    assert rho - len(parts) < sum(found.values()) <= rho
    people, amounts = rules.split(rho)
    assert people + amounts == rho


@given(rho=RHO, cells=st.integers(1, 5), amount=st.integers(1, 1000))
def test_the_noise_is_as_large_as_the_cost_asks_for_and_hardly_larger(
    rho: int, cells: int, amount: int
) -> None:
    squared = rules.l2_squared(cells, amount)
    scale = rules.sigma(squared, rho)
    assert squared * rules.MILLION**3 <= 2 * rho * scale**2
    assert squared * rules.MILLION**3 > 2 * rho * (scale - 3) ** 2
    assert isclose(scale / 1e6, sqrt(squared / (2 * rho / 1e6)), rel_tol=1e-5)


@given(scale=st.integers(1, 10**9))
def test_the_threshold_lies_its_margin_above_the_least_people(scale: int) -> None:
    exact = rules.LEAST_PEOPLE + 3.0902 * scale / 1e6
    assert exact <= rules.tau(scale) <= exact + 1.001
    assert rules.least_amount(scale) >= 3 * scale / 1e6


@given(value=st.integers(-(10**6), 10**6))
def test_figures_are_rounded_to_the_nearest_ten(value: int) -> None:
    assert rules.rounded(value) % 10 == 0
    assert abs(rules.rounded(value) - value) <= 5


@given(
    value=st.integers(0, 500), people=st.integers(0, 500), least=st.integers(1, 99), tau=st.integers(10, 99)
)
def test_nothing_is_shown_below_its_threshold(value: int, people: int, least: int, tau: int) -> None:
    found = rules.shown(value, people, least, tau)
    assert (found is None) == (people < tau or value < least)


def test_the_years_budget_is_the_epsilon_that_was_promised() -> None:
    assert f"{rules.epsilon(rules.YEARLY_RHO):.2f}" == "5.88"
    assert isclose(rules.epsilon(500_000), 0.5 + 2 * sqrt(0.5 * log(1e6)))


@given(rho=RHO, squared=st.integers(1, 10**7), scale=st.integers(1, 10**9))
def test_the_verifier_reckons_as_the_engine_does(rho: int, squared: int, scale: int) -> None:
    assert verifier.sigma(squared, rho) == rules.sigma(squared, rho)
    assert verifier.tau(scale) == rules.tau(scale)
    assert verifier.epsilon(rho) == rules.epsilon(rho)


def table(total: int, cells: list[int | None], level: Level, *, adds_up: bool = True) -> Published:
    return Published(total, tuple(cells), adds_up, rules.least_at(39_000, level, 2))


def test_periods_become_shorter_once_two_releases_show_that_enough_would_be_seen() -> None:
    large = table(3000, [1500, 900, 400, 200], Level.QUARTER)
    small = table(300, [150, 80, 40, None], Level.QUARTER)
    assert rules.level_after(Level.QUARTER, [[large], [large]]) is Level.MONTH
    assert rules.level_after(Level.QUARTER, [[large]]) is Level.QUARTER
    assert rules.level_after(Level.QUARTER, [[large], [small]]) is Level.QUARTER
    assert rules.level_after(Level.QUARTER, [[small, large], [large, large]]) is Level.QUARTER
    assert rules.level_after(Level.QUARTER, [[], [large]]) is Level.QUARTER


def test_periods_become_longer_again_once_two_releases_show_too_little() -> None:
    nothing = table(200, [None, 60, None], Level.MONTH)
    some = table(200, [110, 60, None], Level.MONTH)
    assert rules.level_after(Level.MONTH, [[nothing], [nothing]]) is Level.QUARTER
    assert rules.level_after(Level.MONTH, [[nothing], [some]]) is Level.MONTH
    assert rules.level_after(Level.QUARTER, [[nothing], [nothing]]) is Level.QUARTER


CELLS = st.lists(st.none() | st.integers(0, 5000).map(lambda one: one * 10), max_size=5)
TABLES = st.builds(
    Published,
    st.none() | st.integers(0, 20_000),
    CELLS.map(tuple),
    st.booleans(),
    st.just(rules.least_at(52_000, Level.MONTH, 2)),
)


@given(level=LEVELS, past=st.lists(st.lists(TABLES, max_size=3), max_size=4))
def test_the_length_of_periods_changes_by_one_step_at_most(level: Level, past: list[list[Published]]) -> None:
    order = list(Level)
    assert abs(order.index(rules.level_after(level, past)) - order.index(level)) <= 1


@given(day=DAYS, level=LEVELS, following=LEVELS)
def test_a_period_of_another_level_never_reaches_back(day: date, level: Level, following: Level) -> None:
    period = rules.period_of(level, day)
    then = rules.first_from(following, period.after)
    assert period.last < then.first <= period.after + timedelta(days=92)
