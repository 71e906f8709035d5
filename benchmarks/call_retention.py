"""Ten million call records whose time is over, dropped by day and deleted by row; a customer's calls among them all."""

import os
import statistics
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from benchmarks.ground import Figure, seconds

ROWS: Final = 10_000_000
OLD_DAYS: Final = 10
"""Days over which the rows lie whose time is over; each of the other days that are kept has a hundredth of that."""

DELETED_DAYS: Final = 2
"""Days more of the same size, whose rows are deleted one by one."""

CUSTOMERS: Final = 10_000
THEIRS: Final = 1_000
"""Calls of the customer whose log is read."""

_PERSON: Final = "people[1 + n %% {customers}]"
_ROWS: Final = f"""
INSERT INTO telephony_callrecord (id, call_digest, subject, number, caller, caller_digest, called, started_at,
    answered_at, ended_at, outcome, node, step)
SELECT gen_random_uuid(), decode(md5(n::text) || md5(n::text || 'x'), 'hex'), {_PERSON}, people[1 + n %% 97],
    decode(repeat(md5(n::text), 3), 'hex'), decode(substr(md5(n::text), 1, 24), 'hex'),
    decode(repeat(md5(n::text), 3), 'hex'), at, at + interval '4 s', at + interval '64 s', 'answered', 'edge-1', 0
FROM (SELECT array_agg(gen_random_uuid()) AS people FROM generate_series(1, {{customers}})) AS everybody,
    generate_series(1, %s) AS n, LATERAL (SELECT %s::timestamptz + n * %s * interval '1 s' AS at) AS moment
"""


def measure(rows: int = ROWS) -> Iterator[Figure]:
    """Yield the figures."""
    from django.db import connection

    from ringfence.config.migrating import as_owner
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.telephony import call_days, call_retention

    now, worker = clock.now(), Actor.system("benchmark")
    kept = call_days.kept_for()
    old = call_days.start_of(call_days.day_of(now - kept)) - timedelta(days=OLD_DAYS)
    fresh = old + timedelta(days=OLD_DAYS + 1)
    with connection.cursor() as cursor:
        further = old - timedelta(days=DELETED_DAYS)
        cursor.execute("SELECT make_call_days(%s, %s)", [further.date(), now.date()])
        _fill(rows * DELETED_DAYS // OLD_DAYS, further, timedelta(days=DELETED_DAYS))
        _fill(rows, old, timedelta(days=OLD_DAYS))
        _fill(rows // OLD_DAYS // 100 * kept.days, fresh, now - fresh)
        someone = _somebody(fresh.isoformat(), (now - fresh) / THEIRS)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE telephony_callrecord")
    _flush()
    yield from _of_a_customer(someone, rows, now)
    deleted = _delete(old, rows)
    _flush()
    gone: list[int] = []
    dropped = seconds(lambda: gone.append(call_retention.let_go(by=worker, at=now)))
    if call_retention.overdue(now) or gone[0] < rows * 0.9:
        raise RuntimeError(f"{gone[0]} rows went, {call_retention.overdue(now)} are left")
    share = dropped / deleted
    how = f"{rows:,} calls of {OLD_DAYS} days, by `ringfence retention`, with its lines in the ledger: {dropped:.2f} s"
    reference = (
        f"DELETE of {DELETED_DAYS} more such days, for as many rows, without its VACUUM: {deleted:.1f} s"
    )
    yield Figure("retention_drop_vs_delete", share, "of DELETE", "<= 0.02", reference, how, share <= 0.02)


def _flush() -> None:
    """Have all that was filled be on the disk, as rows are whose time is over."""
    from django.db import connection

    from ringfence.config.migrating import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    os.sync()


def _delete(old: datetime, rows: int) -> float:
    """Return how many seconds DELETE takes for so many rows: fewer days are deleted, and taken several times."""
    from django.db import connection

    further = old - timedelta(days=DELETED_DAYS)
    with connection.cursor() as cursor:
        took = seconds(
            lambda: cursor.execute("DELETE FROM telephony_callrecord WHERE started_at < %s", [old])
        )
        if cursor.rowcount < rows * DELETED_DAYS // OLD_DAYS - 1:
            raise RuntimeError(f"{cursor.rowcount} rows were deleted")
        for days in range(DELETED_DAYS):
            cursor.execute("SELECT drop_call_day(%s)", [(further + timedelta(days=days)).date()])
    return took * OLD_DAYS / DELETED_DAYS


def _fill(rows: int, began: object, lasting: timedelta) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        step = lasting.total_seconds() / (rows + 1)
        cursor.execute(_ROWS.format(customers=CUSTOMERS), [rows, began, step])


def _somebody(began: str, apart: timedelta) -> UUID:
    """Make a customer whose calls lie over all the days that are kept."""
    from django.db import connection

    someone = uuid4()
    alone = _ROWS.replace(_PERSON, f"'{someone}'").format(customers=97)
    with connection.cursor() as cursor:
        cursor.execute(alone, [THEIRS, began, apart.total_seconds()])
    return someone


def _of_a_customer(someone: UUID, rows: int, at: datetime) -> Iterator[Figure]:
    from django.db import connection

    from ringfence.config.migrating import as_owner
    from ringfence.telephony import call_log

    def page() -> None:
        call_log.page(someone, limit=25, at=at)

    def every_day() -> None:
        call_log.page(someone, call_log.Wanted(group=call_log.Group.FAILED), limit=25, at=at)

    page()
    over_parts, over_all = (
        statistics.median(seconds(look) for _time in range(50)) for look in (page, every_day)
    )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE in_one AS SELECT * FROM telephony_callrecord")
        cursor.execute("CREATE INDEX ON in_one (subject, started_at DESC, id)")
        cursor.execute("ANALYZE in_one")
        query = "SELECT * FROM in_one WHERE subject = %s ORDER BY started_at DESC, id LIMIT 25"
        in_one = statistics.median(
            seconds(lambda: (cursor.execute(query, [someone]), cursor.fetchall())) for _time in range(50)
        )
        cursor.execute("DROP TABLE in_one")
    days = OLD_DAYS + 91
    how = (
        f"the newest 25 of a customer's {THEIRS:,} calls among {rows:,} and more over {days} days, by the ORM"
    )
    reference = f"plain SQL in one table of the same rows: {in_one * 1000:.1f} ms"
    yield Figure("calls_page_ms", over_parts * 1000, "ms", "-", reference, how)
    how = "the same, narrowed to calls of which there are none, so that every day is looked at"
    yield Figure("calls_page_every_day_ms", over_all * 1000, "ms", "-", reference, how)
