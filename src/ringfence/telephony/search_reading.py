"""How a search reads the database: one statement, its streams in order, and no more of each than a page takes.

The indexes are described in docs/decisions/0007-search.md; `migrations/0005_search.py` makes them.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from ringfence.telephony.numbering_refusals import refusal
from ringfence.telephony.search_rules import Stream, Way, calling_code, following, run_of

LONGEST: Final = "1500ms"
"""What a search may take. One that needs more is refused with a sentence, so that nobody else waits for it."""

_BEFORE: Final = f"SET LOCAL statement_timeout = '{LONGEST}'; SET LOCAL max_parallel_workers_per_gather = 0; "
_AFTER: Final = (
    "; SET LOCAL statement_timeout TO DEFAULT; SET LOCAL max_parallel_workers_per_gather TO DEFAULT"
)
_TYPES: Final = {
    "rank": "int",
    "traits": "smallint",
    "run": "int",
    "skip": "int",
}
_SHOWN: Final = (
    "n.id, n.e164, n.country, n.area, n.type, n.capabilities, n.documents, n.unused_since, n.state"
)
_IN_STOCK: Final = "state = 'available'"
_CANDIDATES: Final = (
    "SELECT e164, national, country, type, area, capabilities, documents FROM telephony_number"  # noqa: S608 - constants of this module
    f" WHERE {_IN_STOCK} AND number_runs(country, national)"
)
"""Read before anything else: the planner knows nothing of how rare a run of digits is."""

Columns = dict[str, list[Any]]


def read(streams: Sequence[Stream], found_by: Way | None, limit: int) -> list[tuple[Any, ...]]:
    """Return the first numbers of some streams, in order."""
    found, parameters = _found(streams, found_by, limit)
    return _ask(
        f"WITH found AS MATERIALIZED ({found}) SELECT {_SHOWN} FROM found"  # noqa: S608 - constants of this module
        " JOIN telephony_number n ON n.e164 = found.e164 ORDER BY found.rank, found.e164",
        parameters,
    )


def count(streams: Sequence[Stream], found_by: Way | None, most: int) -> list[tuple[Any, ...]]:
    """Return country, area, type, traits and count of what is found, counted no further than `most` numbers."""
    found, parameters = _found(streams, found_by, most)
    return _ask(
        f"WITH found AS MATERIALIZED ({found}) SELECT n.country, n.area, n.type,"  # noqa: S608 - constants of this module
        " number_traits(n.capabilities, n.documents), count(*)"
        " FROM found JOIN telephony_number n ON n.e164 = found.e164 GROUP BY 1, 2, 3, 4",
        parameters,
    )


def _ask(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Ask within the time a search may take: settings, question and settings again go as one message."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(_BEFORE + sql + _AFTER, parameters)
            cursor.nextset()
            cursor.nextset()
            return list(cursor.fetchall())
        except OperationalError as problem:
            if isinstance(problem.__cause__, QueryCanceled):
                raise refusal("search.too_long_to_find") from problem
            raise


def _found(streams: Sequence[Stream], found_by: Way | None, limit: int) -> tuple[str, list[Any]]:
    columns, conditions, parameters = _columns(streams, found_by)
    names = ", ".join(columns)
    arrays = ", ".join(f"%s::{_TYPES.get(name, 'text')}[]" for name in columns)
    groups = f"SELECT * FROM unnest({arrays}) AS u ({names})"  # noqa: S608 - names of this module
    given: list[Any] = list(columns.values())
    if found_by and found_by.everywhere:
        sql = (
            f"SELECT g.rank, n.e164 FROM ({_CANDIDATES} @> %s::int[] OFFSET 0) n"  # noqa: S608 - constants of this module
            f" JOIN ({groups}) g ON {conditions} ORDER BY g.rank, n.e164 LIMIT {limit:d}"
        )
        return sql, [list(found_by.everywhere), *given, *parameters]
    source = f"telephony_number n WHERE n.{_IN_STOCK} AND"
    if found_by and found_by.run is not None:
        source = f"({_CANDIDATES} @> ARRAY[g.run] OFFSET 0) n WHERE"
    sql = (
        f"SELECT g.rank, f.e164 FROM ({groups} ORDER BY rank) g CROSS JOIN LATERAL ("  # noqa: S608 - constants of this module
        f"SELECT n.e164 FROM {source} {conditions} ORDER BY n.e164 LIMIT {limit:d}"
        f") f ORDER BY g.rank, f.e164 LIMIT {limit:d}"
    )
    return sql, [*given, *parameters]


def _columns(streams: Sequence[Stream], found_by: Way | None) -> tuple[Columns, str, list[Any]]:
    """Return what each stream is told, the conditions that say it, and the parameters they share."""
    columns: Columns = {
        "rank": [stream.rank for stream in streams],
        "country": [stream.country for stream in streams],
        "type": [stream.type for stream in streams],
    }
    conditions = ["n.country = g.country", "n.type = g.type"]
    if any(stream.traits is not None for stream in streams):
        columns["traits"] = [stream.traits for stream in streams]
        conditions.append("number_traits(n.capabilities, n.documents) = g.traits")
    if any(stream.area is not None for stream in streams):
        columns["area"] = [stream.area for stream in streams]
        conditions.append("n.area = g.area")
    if any(stream.after for stream in streams):
        columns["after"] = [stream.after for stream in streams]
        conditions.append("n.e164 > g.after")
    if found_by:
        return _by_digits(columns, conditions, streams, found_by)
    return columns, " AND ".join(conditions), []


def _by_digits(
    columns: Columns, conditions: list[str], streams: Sequence[Stream], found_by: Way
) -> tuple[Columns, str, list[Any]]:
    codes = [calling_code(stream.country) for stream in streams]
    parameters: list[Any] = []
    if found_by.start:
        starts = [f"+{found_by.start if found_by.whole else code + found_by.start}" for code in codes]
        columns["since"], columns["until"] = starts, [following(start) for start in starts]
        conditions.append("n.e164 >= g.since AND n.e164 < g.until")
    if found_by.like:
        columns["skip"] = [2 if found_by.whole else len(code) + 2 for code in codes]
        conditions.append("substr(n.e164, g.skip) LIKE %s")
        parameters.append(found_by.like)
    if found_by.run is not None:
        columns["run"] = [run_of(stream.country, found_by.run) for stream in streams]
    if found_by.tails:
        repeated = {
            name: [one for one in values for _tail in found_by.tails] for name, values in columns.items()
        }
        columns = {**repeated, "tail": [*found_by.tails] * len(streams)}
        conditions.append('"right"(n.e164, 4) = g.tail')
    return columns, " AND ".join(conditions), parameters
