"""The check of clause 3.1: everything that was ever released is verified again, as a stranger would.

A release is a small row and there are at most 53 a year; the same program that anybody can download reads them.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding
from ringfence.privacy.statistics import engine, making, manifest, witness
from ringfence.privacy.statistics.models import Export, Release, Spending
from ringfence.privacy.statistics.standalone import ringfence_release as verifier

TAKES: Final = timedelta(days=1)
"""How long after its end a period is released at the latest; it is looked for every hour."""

SENTENCE: Final = gettext_noop(
    "Third parties get released statistics and nothing else: each noisy enough, of enough people, once, signed, and"
    " within the budget of its year."
)
TEXT: Final = gettext_noop(
    "Releases verified: %(releases)s. That do not hold: %(wrong)s. Not in the record of events: %(unrecorded)s. Years"
    " beyond their budget: %(overspent)s. Rules that the database has lost: %(lost)s. Handed to others without a"
    " release: %(strange)s. Kept outside the database and unreadable, or other than what it knows: %(unreadable)s."
    " Periods that are over and wait for their release: %(late)s."
)
CONSTRAINTS: Final = (
    "a_period_is_released_once",
    "no_day_is_released_twice",
    "a_release_costs_a_unit_once",
    "a_release_costs_a_years_budget_at_most",
)
TRIGGERS: Final = {"append_only": 3, "budget_is_kept": 1}
"""What the database itself refuses, and on how many of the three tables."""

_KEPT_BY: Final = """
SELECT conname, 1 FROM pg_constraint WHERE conname = ANY(%s) AND convalidated
UNION ALL
SELECT tgname, count(*) FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled <> 'D'
AND tgrelid::regclass::text LIKE 'privacy_statistics%%' GROUP BY tgname
"""


def only_the_anonymous_is_released(at: datetime) -> Finding:
    """Clause 3.1: releases that do not verify, or the ledger does not know, budgets, lost rules, and what is late."""
    rows = list(Release.objects.order_by("number"))
    period = making.next_period()
    figures = {
        "releases": len(rows),
        "wrong": _wrong(rows),
        "unrecorded": _unrecorded(rows),
        "overspent": _overspent(rows),
        "lost": _lost(),
        "strange": Export.objects.filter(last__gt=len(rows)).count(),
        "unreadable": int(not witness.is_ours()),
        "late": int(period is not None and making.is_over(period, at - TAKES)),
    }
    if any(figures[name] for name in ("wrong", "unrecorded", "overspent", "lost", "strange", "unreadable")):
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if figures["late"] else KEPT, TEXT, figures)


def _wrong(rows: list[Release]) -> int:
    """Return how many releases do not hold, each by itself, or 1 when only their order does not."""
    key = verifier.read_key(manifest.key())
    wrong = sum(not _holds(row, key) for row in rows)
    try:
        verifier.check_all(map(_as_json, rows), key)
    except (verifier.Wrong, ValueError, KeyError, TypeError):
        return max(wrong, 1)
    return wrong


def _as_json(row: Release) -> dict[str, Any]:
    return {"manifest": manifest.read(row.manifest), "note": row.note}


def _holds(row: Release, key: verifier.Key) -> bool:
    try:
        verifier.check_release(_as_json(row), key)
        content = manifest.read(row.manifest)
        stored = (row.number, row.level, row.first, row.after - timedelta(days=1))
        stated = (content["number"], content["level"], *verifier.days(content))
    except (verifier.Wrong, ValueError, KeyError, TypeError):
        return False
    return stored == stated and row.table == manifest.as_table(content["tables"])


def _unrecorded(rows: list[Release]) -> int:
    """Return how many releases are not in the ledger as they are now, and how many in it are gone."""
    lines = LedgerLine.objects.filter(action__in=engine.LINES).values_list("facts__digest", flat=True)
    recorded = Counter(lines)
    now = Counter(manifest.fingerprint(row.manifest) for row in rows)
    return ((now - recorded) + (recorded - now)).total()


def _overspent(rows: list[Release]) -> int:
    """Return for how many years and units the budget is spent twice, or is not what the releases say."""
    said: Counter[tuple[int, str]] = Counter()
    for row in rows:
        for unit, one in manifest.read(row.manifest)["spent"].items():
            said[row.first.year, unit] += one["rho"]
    paid: Counter[tuple[int, str]] = Counter()
    for year, unit, rho in Spending.objects.order_by("pk").values_list("year", "unit", "rho"):
        paid[year, unit] += rho
    return sum(said[one] != paid[one] or paid[one] > verifier.YEARLY_RHO for one in said.keys() | paid.keys())


def _lost() -> int:
    """Return how many of the rules that the database keeps by itself are not there any more."""
    with connection.cursor() as cursor:
        cursor.execute(_KEPT_BY, [[*CONSTRAINTS], [*TRIGGERS]])
        found = dict(cursor.fetchall())
    wanted = {**dict.fromkeys(CONSTRAINTS, 1), **TRIGGERS}
    return sum(found.get(name, 0) < count for name, count in wanted.items())
