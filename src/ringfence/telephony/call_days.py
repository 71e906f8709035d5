"""The days of the call records: each is a partition, made ahead and let go of whole (ADR 0018)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import connection
from psycopg import sql

from ringfence.privacy import retention
from ringfence.privacy.guarded import require_action
from ringfence.privacy.inventory import RetentionClass

AHEAD: Final = 7
"""Days that are made ahead, so that no call has to wait for one."""


AHEAD_OF_US: Final = timedelta(days=1)
"""How far ahead of ours a node's clock may be; a call from later than that is no call."""

COUNTED_UP_TO: Final = 10_000
"""Rows of a day up to which they are counted one by one."""

_DAYS: Final = """
SELECT right(child.relname, 8) FROM pg_inherits
JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'telephony_callrecord'::regclass ORDER BY child.relname
"""


def day_of(moment: datetime) -> date:
    """Return the day, in UTC, that a call belongs to."""
    return moment.astimezone(UTC).date()


def start_of(day: date) -> datetime:
    """Return the first moment of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def kept_for() -> timedelta:
    """Return how long a call is kept."""
    return retention.length(RetentionClass.TRAFFIC)


def gone_on(started_at: datetime) -> date:
    """Return the day on which the record of a call is gone at the latest."""
    return (start_of(day_of(started_at)) + kept_for()).date()


def days() -> list[date]:
    """Return the days there are, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS)
        return [datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC).date() for (name,) in cursor.fetchall()]


def make(wanted: Iterable[date]) -> int:
    """Make the days that are lacking, inside an action; return how many."""
    require_action("a day of call records")
    made = 0
    with connection.cursor() as cursor:
        for day in sorted(set(wanted)):
            cursor.execute("SELECT make_call_days(%s, %s)", [day, day])
            made += cursor.fetchone()[0]
    return made


def make_ahead(at: datetime) -> int:
    """Make today and the days that come, inside an action; return how many were lacking."""
    today = day_of(at)
    return make(today + timedelta(days=ahead) for ahead in range(AHEAD + 1))


def rows(day: date) -> int:
    """Return how many records a day has: as the database last counted them, or counted now."""
    part = f"telephony_callrecord_{day:%Y%m%d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", [part])
        known = cursor.fetchone()
        if known is None or known[0] >= COUNTED_UP_TO:
            return int(known[0]) if known else 0
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(part)))
        return int(cursor.fetchone()[0])


def drop(day: date) -> None:
    """Let go of a whole day, inside an action."""
    require_action("a day of call records")
    with connection.cursor() as cursor:
        cursor.execute("SELECT drop_call_day(%s)", [day])
