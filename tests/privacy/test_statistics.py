"""Statistics are released by themselves, once, of many, and within the budget (clause 3.1)."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError, ProgrammingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.requests import effects
from ringfence.privacy.rules import RequestKind
from ringfence.privacy.statistics import counting, engine, making, manifest, register, rules
from ringfence.privacy.statistics.models import Release, Spending
from ringfence.privacy.statistics.rules import Level, Period, Unit
from tests.mortals import Mortals
from tests.privacy.released import SYSTEM, Only, after, noise_of, only, people, quarters, release, source

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("3.1"),
]
__all__ = ("only",)
Break = Callable[..., None]
QUARTER = next(quarters())
SPEND = "INSERT INTO privacy_statisticsspending (release_id, unit, year, rho) VALUES (%s, %s, 2026, %s)"


def content(of: Release) -> dict[str, dict[str, int | None]]:
    """Return what a release shows, table by table."""
    return {
        table["key"]: {**table["cells"], "total": table["total"]}
        for table in manifest.read(of.manifest)["tables"]
    }


def refused(period: Period, at: datetime | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        engine.release(period=period, by=SYSTEM, at=at or after(period))
    return caught.value.code


def test_a_release_shows_many_and_leaves_out_few(only: Only) -> None:
    only(source("made", people({"NO": 400, "SE": 250, "DK": 3, "FI": 90})))
    shown = content(release(QUARTER))["made"]
    assert [*shown] == ["DK", "IS", "NO", "SE", "other", "total"]
    assert shown["DK"] is shown["IS"] is None
    for cell, exact in {"NO": 400, "SE": 250, "other": 90, "total": 743}.items():
        value = shown[cell]
        assert value is not None
        assert value % 10 == 0
        assert abs(value - exact) < 45
    row = Release.objects.get()
    assert "made,DK,:c" in row.table
    assert Spending.objects.get().rho == rules.rho_of(Level.QUARTER)
    line = LedgerLine.objects.get(action="statistics.release")
    assert line.facts["digest"] == manifest.fingerprint(row.manifest)
    assert line.facts["rho_customer"] == 130_000
    assert line.subject_token is None


def test_no_day_is_released_a_second_time(only: Only) -> None:
    only(source("made", people({"NO": 400})))
    release(QUARTER)
    for again in (
        QUARTER,
        rules.period_of(Level.MONTH, date(2026, 2, 1)),
        rules.period_of(Level.WEEK, date(2026, 1, 1)),
    ):
        assert refused(again, datetime(2026, 6, 1, tzinfo=UTC)) == "statistics.released"
    row = Release.objects.get()
    days = {"level": "week", "first": "2026-03-30", "after": "2026-04-06", "made_at": after(QUARTER)}
    columns = 'number, level, first, after, made_at, id, manifest, note, "table"'
    with pytest.raises(IntegrityError, match="no_day_is_released_twice"), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO privacy_statisticsrelease ({columns}) VALUES (2, %s, %s, %s, %s, %s, '', '', '')",
            [*days.values(), uuid4()],
        )
    for statement in ("UPDATE {} SET number = 9", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
        with pytest.raises((ProgrammingError, InternalError)), connection.cursor() as cursor:
            cursor.execute(statement.format("privacy_statisticsrelease"))
    assert Release.objects.get().manifest == row.manifest


def test_a_period_that_goes_on_is_refused(only: Only) -> None:
    only(source("made", people({"NO": 400})))
    assert refused(QUARTER, after(QUARTER) - timedelta(hours=1)) == "statistics.goes_on"
    assert not Release.objects.exists()


def test_a_year_never_costs_more_than_its_budget(only: Only) -> None:
    only(source("made", people({"NO": 400})))
    first, *others = islice(quarters(), 3)
    assert [release(one).number for one in (first, *others)] == [1, 2, 3]
    row = Release.objects.get(number=1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            SPEND,
            [row.pk, "page view", 500_000],
        )
    for unit, rho in (("customer", 130_001), ("page view", 20_001)):
        with pytest.raises(IntegrityError, match="have told what they may"), connection.cursor() as cursor:
            cursor.execute(
                SPEND,
                [Release.objects.get(number=2).pk, unit, rho],
            )
    only(
        source("made", people({"NO": 400})),
        source("pages", "SELECT NULL::uuid, 'NO', 90", unit=Unit.VIEW, bounds=register.single()),
    )
    fourth = next(quarters(date(2026, 10, 1)))
    assert refused(fourth) == "statistics.spent"
    assert engine.spent_in(2026) == {"customer": 390_000, "page view": 500_000}


def test_when_the_budget_is_spent_that_is_published_and_the_next_year_begins_anew(
    only: Only, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(source("made", people({"NO": 400})))
    monkeypatch.setattr(rules, "YEARLY_RHO", 300_000)
    monkeypatch.setattr(rules, "rho_of", lambda level: 130_000)
    monkeypatch.setattr(
        making,
        "next_period",
        lambda: next(
            quarters(
                date(2026, 1, 1) if not (last := Release.objects.order_by("-number").first()) else last.after
            )
        ),
    )
    assert making.release_due(by=SYSTEM, at=datetime(2027, 4, 1, 1, tzinfo=UTC)) == 5
    tables = [len(manifest.read(row.manifest)["tables"]) for row in Release.objects.order_by("number")]
    assert tables == [1, 1, 0, 0, 1]
    third = manifest.read(Release.objects.get(number=3).manifest)
    assert third["left_out"] == [{"key": "made", "why": "budget_spent"}]
    assert third["spent"] == {}


def test_a_customer_counts_in_two_countries_at_most_and_calls_have_a_cap(only: Only) -> None:
    everywhere = people({"NO": 300, "SE": 1}, amount=1)
    many = " UNION ALL ".join(
        f"SELECT md5('one' || n)::uuid, '{cell}', 5000 FROM generate_series(1, 100) AS n"
        for cell in ("NO", "SE", "DK", "IS")
    )
    one = source(
        "calls", f"{everywhere} UNION ALL {many}", bounds=register.amounts(quarter=400, month=150, week=50)
    )
    found = counting.count(one, QUARTER, QUARTER.first)
    in_cells, total = found.people[:-1], found.people[-1]
    assert sum(in_cells) == 200 + 301
    assert total == 401
    assert sum(found.amounts[:-1]) == 200 * 400 + 301
    assert found.amounts[-1] == 100 * 400 + 301
    often = {tuple(counting.count(one, QUARTER, QUARTER.first).people) for _ in range(5)}
    assert len(often) > 1, "which two is left to chance"


def test_whoever_objected_or_restricted_is_not_counted(only: Only) -> None:
    one = source("made", people({"NO": 30}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5('NO1')::uuid, md5('NO2')::uuid")
        first, second = cursor.fetchone()
    effects.stop(subject=first, kind=RequestKind.OBJECT, by=SYSTEM, at=after(QUARTER))
    effects.stop(subject=second, kind=RequestKind.RESTRICT, by=SYSTEM, at=after(QUARTER))
    assert counting.count(one, QUARTER, QUARTER.first).people[-1] == 28


def test_what_retention_let_go_of_is_not_counted_and_that_is_said(only: Only) -> None:
    kept = source("kept", people({"NO": 300}), kept_for=lambda: timedelta(days=80))
    gone = source("gone", people({"NO": 300}), kept_for=lambda: timedelta(0))
    only(kept, gone)
    tables = manifest.read(release(QUARTER).manifest)
    assert [(one["key"], one["counted_from"]) for one in tables["tables"]] == [("kept", "2026-01-12")]
    assert tables["left_out"] == [{"key": "gone", "why": "too_late"}]


def test_units_that_are_nobodys_have_a_budget_of_their_own(only: Only) -> None:
    pages = source(
        "pages",
        "SELECT NULL::uuid, 'NO', 700 UNION ALL SELECT NULL, 'XX', 4 UNION ALL SELECT NULL, 'SE', 0",
        unit=Unit.VIEW,
        bounds=register.single(),
    )
    only(pages, source("made", people({"NO": 400})))
    shown = content(release(QUARTER))["pages"]
    assert shown["SE"] is shown["other"] is None
    assert abs((shown["NO"] or 0) - 700) < 30
    assert engine.spent_in(2026) == {"customer": 130_000, "page view": 130_000}
    with pytest.raises(ValueError, match="nobody"):
        register.enter(source("pages", "", unit=Unit.VIEW))


def test_releases_come_by_themselves_from_the_first_policy_on(only: Only) -> None:
    only(source("made", people({"NO": 4000, "SE": 3000})))
    assert making.release_due(by=SYSTEM, at=after(QUARTER)) == 0
    began = policy.ensure_first_version(by=SYSTEM, at=after(QUARTER)).published_at
    first = rules.period_of(Level.QUARTER, began.date())
    assert making.next_period() == first
    assert making.release_due(by=SYSTEM, at=after(first) - timedelta(days=1)) == 0
    assert making.release_due(by=SYSTEM, at=after(first)) == 1
    assert making.release_due(by=SYSTEM, at=after(first)) == 0
    second = rules.period_of(Level.QUARTER, first.after)
    assert making.release_due(by=SYSTEM, at=after(second)) == 1
    following = making.next_period()
    assert following == rules.first_from(Level.MONTH, second.after), "enough would be seen in a month, too"
    assert following
    assert making.release_due(by=SYSTEM, at=after(following) + timedelta(days=31)) == 2
    assert [row.level for row in Release.objects.order_by("number")] == [
        "quarter",
        "quarter",
        "month",
        "month",
    ]


def test_killed_at_any_moment_it_is_released_once_and_paid_for_once(only: Only) -> None:
    """It dies once the noise is drawn, and before and after the commit."""
    began = policy.ensure_first_version(by=SYSTEM, at=datetime.now(UTC)).published_at
    period = rules.period_of(Level.QUARTER, began.date())
    mortals, found = Mortals("tests.privacy.mortal_release"), []
    try:
        for moment in (2, 3, 4):
            assert mortals.kill_at(moment, at=after(period).isoformat())
            found.append((Release.objects.count(), Spending.objects.count()))
    finally:
        mortals.end()
    assert found == [(0, 0), (0, 0), (1, 1)]
    before = Release.objects.get()
    only(source("made", people({"NO": 300, "SE": 200})))
    assert making.release_due(by=SYSTEM, at=after(period)) == 0
    assert Release.objects.get().manifest == before.manifest
    assert LedgerLine.objects.filter(action="statistics.release").count() == 1


few = st.integers(0, rules.LEAST_PEOPLE - 1)


@given(few=few, others=st.integers(0, 60), sigmas=st.floats(-3.09, 3.09))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_customer_more_never_reveals_a_small_country(
    few: int, others: int, sigmas: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the noise, but for once in a thousand: neither store shows Iceland, and both show the same countries."""
    shown = []
    for iceland in (few, few + 1):
        one = source("made", people({"IS": iceland, "NO": others}))
        monkeypatch.setattr(register, "_entered", {"made": one})
        found = counting.count(one, QUARTER, QUARTER.first)
        with noise_of(monkeypatch, sigmas):
            (table,) = engine._tables([(one, found)], QUARTER)
        assert table["cells"]["IS"] is None
        shown.append({cell for cell, value in table["cells"].items() if value is not None})
    assert shown[0] == shown[1]


def test_with_real_noise_a_small_country_stays_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    one = source("made", people({"IS": 2, "NO": 100}))
    monkeypatch.setattr(register, "_entered", {"made": one})
    found = counting.count(one, QUARTER, QUARTER.first)
    tables = [engine._tables([(one, found)], QUARTER)[0] for _ in range(400)]
    assert sum(table["cells"]["IS"] is not None for table in tables) == 0
    assert len({table["cells"]["NO"] for table in tables}) > 1
    assert json.dumps(tables[0])
