"""All checks of the promises over a million customers: how long a run takes, and how much of a table a check reads."""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks import checks_world
from benchmarks.ground import Figure, seconds

CUSTOMERS: Final = 1_000_000
LEAST_ROWS: Final = 25_000
"""Rows from which on it matters whether a table is read twice. A smaller ledger is verified whole, in two looks."""

_ROWS: Final = """
SELECT coalesce(whole.relname, part.relname), sum(greatest(part.reltuples, 0)) FROM pg_class part
LEFT JOIN pg_inherits ON inhrelid = part.oid LEFT JOIN pg_class whole ON whole.oid = inhparent
WHERE part.relkind = 'r' AND part.relnamespace = 'public'::regnamespace GROUP BY 1
"""
_READ: Final = """
SELECT coalesce(whole.relname, stat.relname), sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
FROM pg_stat_xact_user_tables stat
LEFT JOIN pg_inherits ON inhrelid = stat.relid LEFT JOIN pg_class whole ON whole.oid = inhparent GROUP BY 1
"""


def measure(customers: int = CUSTOMERS) -> Iterator[Figure]:
    """Yield the figures."""
    from django.conf import settings

    from ringfence.config.static import collect_changed
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy import sweeping
    from ringfence.privacy.promises import promises

    at, worker = clock.now(), Actor.system("benchmark")
    collect_changed(settings.VAR_DIR)
    sweeping.found(by=worker, at=at)
    checks_world.fill(customers // 10, at)
    fewer, _slowest = _run()
    checks_world.fill(customers - customers // 10, at)
    took, slowest = _run()
    counted = seconds(_count_everything)
    clause, share, table = _most_read()
    longest = ", ".join(f"{name} {length:.2f} s" for name, length in slowest)
    how = (
        f"{len(promises())} checks, one after the other, in a store with {customers:,} customers, as many orders and"
        f" {checks_world.CALLS} calls each; the longest: {longest}"
    )
    reference = f"counting the rows of every table: {counted:.1f} s"
    yield Figure("checks_1m_s", took, "s", "<= 60", reference, how, took <= 60)
    how = f"the same with a tenth of the customers: {fewer:.1f} s"
    yield Figure("checks_growth_10x", took / fewer, "x", "<= 10", reference, how, took / fewer <= 10)
    how = (
        f"rows a check reads of a table over the rows it has, for the check and the table where that is most: clause"
        f" {clause}, {table}. Tables of fewer than {LEAST_ROWS:,} rows are left out"
    )
    reference = "1: every row once; counted by pg_stat_xact_user_tables, which counts each fetch of a row"
    yield Figure("checks_rows_read", share, "of a table", "<= 1", reference, how, share <= 1)


def _run() -> tuple[float, list[tuple[str, float]]]:
    """Run all checks as the worker does; return how long they took, and which took longest."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.keys import keyring
    from ringfence.privacy.promises import promises, running

    worker, each = Actor.system("benchmark"), []
    for one in promises():
        keyring.forget()
        took = seconds(lambda clause=one.clause: running.run_checks(by=worker, at=clock.now(), only={clause}))
        each.append((one.clause, took))
    return sum(took for _clause, took in each), sorted(each, key=lambda pair: -pair[1])[:3]


def _count_everything() -> None:
    from django.db import connections

    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute(_ROWS)
            for table, _rows in cursor.fetchall():
                cursor.execute(f'SELECT count(*) FROM "{table}"')


def _most_read() -> tuple[str, float, str]:
    """Return the check that reads most of a table, as a share of its rows, and that table."""
    from ringfence.interfaces import clock
    from ringfence.privacy.keys import keyring
    from ringfence.privacy.promises import promises

    most = ("", 0.0, "")
    rows = {alias: _tables(alias, _ROWS) for alias in ("default", "keys")}
    for one in promises():
        keyring.forget()
        for table, share in _reads(lambda check=one.check: check(clock.now()), rows).items():
            if share > most[1]:
                most = (one.clause, share, table)
    return most


def _reads(check: Any, rows: dict[str, dict[str, float]]) -> dict[str, float]:
    """Run a check in a transaction of both databases; return what it read of each table, as a share of its rows."""
    from django.db import transaction

    found: dict[str, float] = {}
    with transaction.atomic("default"), transaction.atomic("keys"):
        for alias in rows:
            _in_one_process(alias)
        before = {alias: _tables(alias, _READ) for alias in rows}
        check()
        for alias, sizes in rows.items():
            for table, read in _tables(alias, _READ).items():
                if sizes.get(table, 0) >= LEAST_ROWS:
                    found[table] = (read - before[alias].get(table, 0)) / sizes[table]
    return found


def _in_one_process(alias: str) -> None:
    """Let no other process read for this transaction: what those read is counted for none."""
    from django.db import connections

    with connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")


def _tables(alias: str, query: str) -> dict[str, float]:
    from django.db import connections

    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        return {name: float(count) for name, count in cursor.fetchall()}
