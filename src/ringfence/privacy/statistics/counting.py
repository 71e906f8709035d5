"""Counting a source over a period: one statement, in which the database bounds each person and adds up the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection

from ringfence.privacy.statistics.register import OTHER, Source
from ringfence.privacy.statistics.rules import Period, Unit

_OF_PEOPLE: Final = """
WITH given (person, cell, amount) AS ({relation}), summed AS (
    SELECT person, CASE WHEN cell = ANY(%(cells)s) THEN cell ELSE %(other)s END AS cell,
        least(sum(amount), %(cap)s)::bigint AS amount
    FROM given WHERE person IS NOT NULL AND amount > 0 AND NOT EXISTS (
        SELECT FROM privacy_stoppeduse AS stopped WHERE stopped.subject = given.person AND stopped.lifted_at IS NULL
    ) GROUP BY 1, 2
), bounded AS MATERIALIZED (
    SELECT person, cell, amount FROM (
        SELECT *, row_number() OVER (PARTITION BY person ORDER BY random()) AS place FROM summed
    ) AS placed WHERE place <= %(most)s
)
SELECT cell, count(*)::bigint, sum(amount)::bigint FROM bounded GROUP BY cell
UNION ALL
SELECT '', count(*), coalesce(sum(amount), 0)::bigint FROM (
    SELECT least(sum(amount), %(cap)s) AS amount FROM bounded GROUP BY person
) AS totals
"""
_OF_NOBODY: Final = """
WITH given (person, cell, amount) AS ({relation}), summed AS (
    SELECT CASE WHEN cell = ANY(%(cells)s) THEN cell ELSE %(other)s END AS cell, sum(amount)::bigint AS amount
    FROM given WHERE amount > 0 GROUP BY 1
)
SELECT cell, amount, amount FROM summed
UNION ALL
SELECT '', coalesce(sum(amount), 0)::bigint, coalesce(sum(amount), 0)::bigint FROM summed
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """The exact figures of a table, in the order of its cells, and the total last. They never leave the engine."""

    cells: tuple[str, ...]
    people: Sequence[int]
    amounts: Sequence[int]


def counted_from(source: Source, period: Period, at: datetime) -> date | None:
    """Return from which day of a period on a source can be counted still; None when none of it is left."""
    if source.kept_for is None:
        return period.first
    kept = (at.astimezone(UTC) - source.kept_for()).date() + timedelta(days=1)
    return max(period.first, kept) if kept < period.after else None


def count(source: Source, period: Period, first: date) -> Counted:
    """Count a source from a day on until the end of a period."""
    cells = (*sorted({*source.cells()} - {OTHER, ""}), OTHER)
    query = _OF_PEOPLE if source.unit is Unit.CUSTOMER else _OF_NOBODY
    values: dict[str, Any] = {
        "begin": datetime.combine(first, time(), tzinfo=UTC),
        "end": datetime.combine(period.after, time(), tzinfo=UTC),
        "cells": list(cells),
        "other": OTHER,
        "cap": source.bounds.amounts[period.level],
        "most": source.bounds.cells,
    }
    with connection.cursor() as cursor:
        cursor.execute(query.format(relation=source.relation), values)
        found = {cell: (people, amount) for cell, people, amount in cursor.fetchall()}
    rows = [found.get(cell, (0, 0)) for cell in (*cells, "")]
    return Counted(cells, [people for people, _amount in rows], [amount for _people, amount in rows])
