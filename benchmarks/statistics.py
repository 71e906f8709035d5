"""A release of statistics over ten million call records, beside the bare SQL that counts the same."""

import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from benchmarks.ground import Figure, seconds

ROWS: Final = 10_000_000
CUSTOMERS: Final = 20_000
COUNTRIES: Final = 60
ROUNDS: Final = 3

_NUMBERS: Final = """
INSERT INTO telephony_number (id, e164, national, country, area, type, capabilities, carrier, documents, state,
    state_since, holder, route_version)
SELECT gen_random_uuid(), '+9998' || lpad(n::text, 7, '0'), lpad(n::text, 7, '0'),
    chr(65 + (n * n %% {countries}) / 26) || chr(65 + (n * n %% {countries}) %% 26), '', 'mobile', '{{voice}}', '',
    '{{}}', 'in_service', %(first)s, md5('customer' || n %% {customers})::uuid, 0
FROM generate_series(1, 2 * {customers}) AS n
"""
_TENURES: Final = """
INSERT INTO telephony_tenure (id, number, subject, began_at) SELECT gen_random_uuid(), id, holder, %(first)s
FROM telephony_number WHERE holder IS NOT NULL
"""
_CALLS: Final = """
INSERT INTO telephony_callrecord (id, call_digest, subject, number, called, started_at, outcome, node)
SELECT gen_random_uuid(), sha256(n::text::bytea), theirs.subject[1 + n %% theirs.count],
    theirs.number[1 + n %% theirs.count], sealed,
    %(first)s + n * %(step)s * interval '1 s', 'answered', 'edge-1'
FROM (SELECT array_agg(subject) AS subject, array_agg(number) AS number, count(*) FROM telephony_tenure) AS theirs,
    decode(repeat('5a', 48), 'hex') AS sealed, generate_series(%(from)s + 1, %(to)s) AS n
"""
_UNUSED: Final = ("a_call_is_stored_once", "calls_of_a_customer_by_time", "calls_of_a_number_by_time")


def measure(rows: int = ROWS) -> Iterator[Figure]:
    """Yield the figures."""
    from ringfence.privacy.statistics import rules
    from ringfence.privacy.statistics.rules import Level

    now = datetime.now(UTC)
    this = rules.period_of(Level.QUARTER, now.date())
    period = rules.period_of(Level.QUARTER, this.first - timedelta(days=1))
    first = datetime.combine(period.first, time(), tzinfo=UTC)
    last = datetime.combine(period.after, time(), tzinfo=UTC)
    values: dict[str, Any] = {"first": first, "step": (last - first).total_seconds() / (rows + 1)}
    _prepare(period, values)
    _run(_CALLS, {**values, "from": 0, "to": rows // 10})
    small, _bare = _alternately(period, last)
    _run(_CALLS, {**values, "from": rows // 10, "to": rows})
    large, bare = _alternately(period, last)
    ratio = large / bare
    how = (
        f"a quarter with {rows:,} calls of {CUSTOMERS:,} customers in {COUNTRIES} countries: customers, orders and"
        f" calls counted, bounded, made noisy, signed, written, {large:.2f} s; median of {ROUNDS}, in turn"
    )
    reference = f"the same relations grouped by country in plain SQL: {bare:.2f} s"
    yield Figure("statistics_10m_vs_sql", ratio, "of SQL", "<= 1.2", reference, how, ratio <= 1.2)
    growth = large / small
    how = f"the same release with {rows:,} calls over one with {rows // 10:,}, {small:.2f} s"
    yield Figure(
        "statistics_growth_10x", growth, "times", "-", "10 is as much longer as there are more calls", how
    )


def _prepare(period: Any, values: dict[str, Any]) -> None:
    """Have numbers, who had them, and the days; without the indexes of calls, which nothing here reads."""
    from django.db import connection

    from ringfence.config.migrating import as_owner

    _run("SELECT make_call_days(%(begin)s, %(end)s)", {"begin": period.first, "end": period.after})
    with as_owner(), connection.cursor() as cursor:
        for name in _UNUSED:
            cursor.execute(f"ALTER TABLE telephony_callrecord DROP CONSTRAINT IF EXISTS {name}")
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
    for statement in (_NUMBERS, _TENURES):
        _run(statement.format(countries=COUNTRIES, customers=CUSTOMERS), values)


def _run(statement: str, values: dict[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _alternately(period: Any, last: datetime) -> tuple[float, float]:
    """Return the seconds of a release, which is undone each time, and those of the bare SQL."""
    from django.db import connection, transaction

    from ringfence.config.migrating import as_owner
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.statistics import engine, register

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE telephony_callrecord, telephony_number, telephony_tenure")
    at, by = last + timedelta(minutes=17), Actor.system("benchmark")

    def release() -> None:
        with transaction.atomic():
            made = engine.release(period=period, by=by, at=at)
            if made.manifest.count('"key"') != len(register.sources()):
                raise RuntimeError("something was left out")
            transaction.set_rollback(True)

    def bare() -> None:
        begin = {one.key: _begins(one, period, at) for one in register.sources()}
        with connection.cursor() as cursor:
            for one in register.sources():
                query = (
                    "SELECT cell, count(DISTINCT person), sum(amount) FROM"
                    f" ({one.relation}) AS given (person, cell, amount) GROUP BY cell"
                )
                cursor.execute(query, {"begin": begin[one.key], "end": last})
                cursor.fetchall()

    return _medians(release, bare)


def _begins(source: Any, period: Any, at: datetime) -> datetime:
    from ringfence.privacy.statistics import counting

    day = counting.counted_from(source, period, at)
    if day is None:
        raise RuntimeError("nothing is left to count")
    return datetime.combine(day, time(), tzinfo=UTC)


def _medians(work: Callable[[], None], reference: Callable[[], None]) -> tuple[float, float]:
    reference()
    pairs = [(seconds(work), seconds(reference)) for _ in range(ROUNDS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
