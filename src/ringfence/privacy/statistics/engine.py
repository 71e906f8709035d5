"""The engine: one transaction reads the period, draws the noise once, writes and signs what is released, and pays.

Killed anywhere, it has released nothing and spent nothing; what it drew is gone with it and was seen by nobody.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.statistics import counting, manifest, noise, rules
from ringfence.privacy.statistics.counting import Counted
from ringfence.privacy.statistics.models import Release, Spending
from ringfence.privacy.statistics.noise import Vector
from ringfence.privacy.statistics.register import Source, sources
from ringfence.privacy.statistics.rules import Period, Unit

RELEASING_LOCK: Final = 0x53544154
LINES: Final = ("statistics.release", "statistics.take_in_again")
"""What the ledger calls a release, and one that a restored database had lost."""
TOO_LATE, SPENT = "too_late", "budget_spent"


@action("statistics.release")
def release(*, period: Period, by: Actor, at: datetime) -> Release:
    """Release the statistics of a period that is over, once.

    Raises Refusal for a period that goes on, one of which any day was released, and one that the year's budget does not
    reach for.
    """
    last = _locked(period, at)
    wanted = costs(period)
    spent = spent_in(period.first.year)
    if any(spent.get(unit, 0) + rho > rules.YEARLY_RHO for unit, rho in wanted.items()):
        raise Refusal(
            "statistics.spent",
            gettext_noop("What a year of statistics may tell has been told. The next year begins anew."),
        )
    days = {one.key: counting.counted_from(one, period, at) for one in sources()}
    counted = [(one, counting.count(one, period, day)) for one in sources() if (day := days[one.key])]
    tables = _tables(counted, period)
    for table in tables:
        table["counted_from"] = str(days[table["key"]])
    left_out = [{"key": key, "why": TOO_LATE} for key, day in days.items() if day is None]
    return _write(period, tables, left_out, last, spent, at)


@action("statistics.release")
def release_nothing(*, period: Period, by: Actor, at: datetime) -> Release:
    """Publish that nothing is released of a period, as the year's budget is spent. It costs nothing."""
    last = _locked(period, at)
    left_out = [{"key": one.key, "why": SPENT} for one in sources()]
    return _write(period, [], left_out, last, spent_in(period.first.year), at)


def spent_in(year: int) -> dict[str, int]:
    """Return what the releases of a year have cost each unit so far."""
    rows = Spending.objects.filter(year=year).values("unit").annotate(rho=Sum("rho")).order_by("unit")
    return {row["unit"]: row["rho"] for row in rows}


def _locked(period: Period, at: datetime) -> Release | None:
    """Let nobody else release meanwhile; return the newest release. Raises Refusal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RELEASING_LOCK])
    if at.astimezone(UTC).date() < period.after:
        raise Refusal(
            "statistics.goes_on", gettext_noop("This period is not over. Wait for its last day to end.")
        )
    if Release.objects.filter(first__lt=period.after, after__gt=period.first).exists():
        raise Refusal(
            "statistics.released",
            gettext_noop("Days of this period were released already. Each is released once and never again."),
        )
    return Release.objects.order_by("-number").first()


def costs(period: Period) -> dict[Unit, int]:
    """Return what a period costs each unit that anything is counted of."""
    return {one.unit: rules.rho_of(period.level) for one in sources()}


def _rho(source: Source, period: Period) -> int:
    parts = {one.key: one.parts for one in sources() if one.unit is source.unit}
    return rules.shares(rules.rho_of(period.level), parts)[source.key]


def _vectors(source: Source, found: Counted, period: Period) -> list[Vector]:
    """Return what is made noisy of a table: how many people are behind each figure and, of amounts, the figures."""
    rho, cells = _rho(source, period), source.bounds.cells
    if source.counts_people:
        return [_vector(found.people, cells, 1, rho)]
    of_people, of_amounts = rules.split(rho)
    cap = source.bounds.amounts[period.level]
    return [_vector(found.people, cells, 1, of_people), _vector(found.amounts, cells, cap, of_amounts)]


def _vector(values: Sequence[int], cells: int, amount: int, rho: int) -> Vector:
    squared = rules.l2_squared(cells, amount)
    return Vector(values, squared, rho, rules.sigma(squared, rho))


def _tables(counted: Sequence[tuple[Source, Counted]], period: Period) -> list[manifest.Table]:
    """Make noisy all that is released of a period, at once, and keep of it what may be shown."""
    vectors = [_vectors(one, found, period) for one, found in counted]
    noisy = iter(noise.add([vector for some in vectors for vector in some]))
    return [
        _table(one, found, period, [(vector, next(noisy)) for vector in some])
        for (one, found), some in zip(counted, vectors, strict=True)
    ]


def _table(
    source: Source, found: Counted, period: Period, noisy: Sequence[tuple[Vector, list[int]]]
) -> manifest.Table:
    (of_people, people), (of_amounts, amounts) = noisy[0], noisy[-1]
    least_people = rules.tau(of_people.sigma)
    least = least_people if source.counts_people else rules.least_amount(of_amounts.sigma)
    shown = [
        rules.shown(value, behind, least, least_people) for value, behind in zip(amounts, people, strict=True)
    ]
    return {
        "key": source.key,
        "title": source.title,
        "unit": str(source.unit),
        "names": str(source.names),
        "adds_up": source.adds_up,
        "most_cells": source.bounds.cells,
        "most_in_a_cell": source.bounds.amounts[period.level],
        "people": {"rho": of_people.rho, "sigma": of_people.sigma, "least": least_people},
        "amounts": None
        if source.counts_people
        else {"rho": of_amounts.rho, "sigma": of_amounts.sigma, "least": least},
        "total": shown[-1],
        "cells": dict(zip(found.cells, shown[:-1], strict=True)),
    }


def _write(
    period: Period,
    tables: list[manifest.Table],
    left_out: list[dict[str, str]],
    last: Release | None,
    spent: dict[str, int],
    at: datetime,
) -> Release:
    before = manifest.Before(
        last.number if last else 0, manifest.fingerprint(last.manifest) if last else None, spent
    )
    made: dict[str, Any] = {"id": new_id(), "number": before.number + 1}
    name = public_id("rls", made["id"])
    text = manifest.canonical(
        manifest.written(release=name, period=period, tables=tables, left_out=left_out, before=before, at=at)
    )
    row = Release.objects.create(
        **made,
        level=period.level,
        first=period.first,
        after=period.after,
        made_at=at,
        manifest=text,
        note=manifest.signed(before.number + 1, text),
        table=manifest.as_table(tables),
    )
    costs = manifest.costs_of(tables)
    for unit, rho in sorted(costs.items()):
        Spending.objects.create(release=row, unit=unit, year=period.first.year, rho=rho)
    about(
        release=name,
        number=row.number,
        level=str(period.level),
        first=str(period.first),
        last=str(period.last),
        digest=manifest.fingerprint(text),
        **{f"rho_{unit.replace(' ', '_')}": rho for unit, rho in costs.items()},
    )
    return row
