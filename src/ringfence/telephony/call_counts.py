"""What staff may know of calls: how many, how they went and why, on which day, node and country; nobody's number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from django.db import connection

from ringfence.telephony.call_log import GROUPS, Group
from ringfence.telephony.ports import Outcome

MOST_ROWS: Final = 200

_BY_DAY: Final = """
SELECT (started_at AT TIME ZONE %s)::date AS day, outcome, count(*) FROM telephony_callrecord
WHERE started_at >= %s GROUP BY 1, 2 ORDER BY 1 DESC, 2
"""
_BY_CAUSE: Final = """
SELECT outcome, code, count(*) FROM telephony_callrecord WHERE started_at >= %s
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s
"""
_BY_NODE: Final = """
SELECT node, outcome, count(*) FROM telephony_callrecord WHERE started_at >= %s GROUP BY 1, 2 ORDER BY 1, 2
"""
_BY_COUNTRY: Final = """
SELECT n.country, c.outcome, sum(c.count)::bigint FROM
    (SELECT number, outcome, count(*) FROM telephony_callrecord WHERE started_at >= %s GROUP BY 1, 2) AS c
JOIN telephony_number n ON n.id = c.number GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many calls of something went how."""

    what: str | date
    answered: int = 0
    missed: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.answered + self.missed + self.failed


@dataclass(frozen=True, slots=True)
class Cause:
    """How many calls went in one way; `code` is what SIP said, if anything."""

    outcome: Outcome
    code: int | None
    count: int


def by_day(since: datetime, zone: tzinfo) -> list[Counts]:
    """Return the counts of each day, in a time zone, the newest first."""
    return list(_counts(_BY_DAY, str(zone), since))


def by_node(since: datetime) -> list[Counts]:
    """Return the counts of each node."""
    return list(_counts(_BY_NODE, since))


def by_country(since: datetime) -> list[Counts]:
    """Return the counts of each country whose numbers were called."""
    return list(_counts(_BY_COUNTRY, since))


def by_cause(since: datetime) -> list[Cause]:
    """Return how calls went and why, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_CAUSE, [since, MOST_ROWS])
        return [Cause(Outcome(outcome), code, count) for outcome, code, count in cursor.fetchall()]


def _counts(query: str, *values: str | datetime) -> Iterator[Counts]:
    group_of = {str(outcome): group for group, outcomes in GROUPS.items() for outcome in outcomes}
    counted: dict[str | date, dict[Group, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        for what, outcome, count in cursor.fetchall():
            row = counted.setdefault(what, dict.fromkeys(Group, 0))
            row[group_of[outcome]] += count
    for what, row in counted.items():
        yield Counts(what, row[Group.ANSWERED], row[Group.MISSED], row[Group.FAILED])
