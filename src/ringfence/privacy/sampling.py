"""How much of a table is read in one look: all of a small one, so many pages of a large one, others each time.

A check that runs every five minutes may not read a hundred million rows. Which pages are read is left to chance, so
that all of them come up in the end, and nobody can know which will.
"""

from datetime import date
from typing import Final

from django.db import connection
from psycopg import sql

MOST_PAGES: Final = 4_000
"""Pages of a table that are read in one look: 32 MB."""

_SIZE: Final = """
SELECT coalesce(sum(pg_relation_size(c.oid)) / current_setting('block_size')::bigint, 0)::bigint,
    coalesce(sum(c.reltuples) FILTER (WHERE c.reltuples > 0), 0)::bigint
FROM pg_class c WHERE c.relkind = 'r' AND (%(since)s IS NULL OR right(c.relname, 8) >= %(since)s)
    AND c.oid IN (SELECT relid FROM pg_partition_tree(%(table)s::regclass)
        UNION SELECT %(table)s::regclass)
"""


def size(table: str, since: date | None = None) -> tuple[int, int]:
    """Return how many pages a table has with its parts, and how many rows by the last count.

    With `since`, only parts of that day and later, for tables that are kept by day.
    """
    day = f"{since:%Y%m%d}" if since else None
    with connection.cursor() as cursor:
        cursor.execute(_SIZE, {"table": table, "since": day})
        pages, rows = cursor.fetchone()
    return int(pages), int(rows)


def share(pages: int, most: int = MOST_PAGES) -> float:
    """Return which part of so many pages is read: 1 for all of them."""
    return min(1.0, most / pages) if pages else 1.0


def clause(part: float) -> sql.Composable:
    """Return what stands after a table's name to read a part of it."""
    return sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(100 * part)) if part < 1 else sql.SQL("")
