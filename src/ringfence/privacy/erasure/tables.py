"""What of each table a search reads: every column that can hold a text, and every column that can hold an id."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from psycopg import sql

from ringfence.privacy.inventory import stored_models
from ringfence.privacy.sealed import LEAST_SEALED, VERSION, SealedField

NUMBERS: Final = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "numeric", "oid"}
    | {"date", "time", "timetz", "timestamp", "timestamptz", "interval"}
)
"""Types of a declared table's columns that are not read: the declaration says that they are what they seem."""

SHORT: Final = 44
"""A column that holds at most 40 characters is mostly one of a few words: each is read once, however many rows."""

BLOCK: Final = 1024 * 1024

_COLUMNS: Final = """
SELECT c.relname, a.attname, t.typname, a.atttypmod, EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Readable:
    """A table as it is read: what of it as text, and which columns of ids are asked by their index."""

    name: str
    texts: tuple[sql.Composable, ...]
    ids: tuple[str, ...]
    few_words: bool

    def text(self) -> sql.Composed:
        """Return the query for what the columns of text hold, a line a row, or a line for each that is different."""
        query = sql.SQL("SELECT {} concat_ws(' ', {}) FROM {} AS searched")
        distinct = sql.SQL("DISTINCT" if self.few_words else "")
        return query.format(distinct, sql.SQL(", ").join(self.texts), sql.Identifier(self.name))

    def naming(self) -> sql.Composed:
        """Return the query that gives the table's name when a column of ids names one of some people."""
        either = sql.SQL(" OR ").join(
            sql.SQL("{} = ANY(%(people)s)").format(sql.Identifier(name)) for name in self.ids
        )
        query = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {} WHERE {})")
        return query.format(sql.Literal(self.name), sql.Identifier(self.name), either)


def naming_any(tables: Iterable[Readable], people: Iterable[UUID]) -> set[str]:
    """Return which tables name one of some people in a column of ids; one statement for all of them."""
    asked = [table.naming() for table in tables if table.ids]
    if not asked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(asked), {"people": [*people]})
        return {row[0] for row in cursor.fetchall()}


def blocks(tables: Iterable[Readable]) -> Iterator[bytes]:
    """Yield all text of some tables, as bytes, in one pass and one statement."""
    asked = [sql.SQL("({})").format(table.text()) for table in tables if table.texts]
    if not asked:
        return
    query = sql.SQL("COPY ({}) TO STDOUT").format(sql.SQL(" UNION ALL ").join(asked))
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        waiting: list[bytes] = []
        size = 0
        for row in copy:
            waiting.append(bytes(row))
            size += len(waiting[-1])
            if size >= BLOCK:
                yield b"".join(waiting)
                waiting, size = [], 0
        yield b"".join(waiting)


def readable() -> list[Readable]:
    """Return every table of the data database, whoever made it; one that is kept in parts is one."""
    by_table: dict[str, list[tuple[str, str, int, bool]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, *column in cursor.fetchall():
            by_table.setdefault(table, []).append(tuple(column))
    known = {model._meta.db_table: model for model in stored_models()}
    return [_as_read(table, columns, known.get(table)) for table, columns in by_table.items()]


def _as_read(
    table: str, columns: list[tuple[str, str, int, bool]], model: type[models.Model] | None
) -> Readable:
    if model is None:
        return Readable(table, (sql.SQL("searched::text"),), (), few_words=False)
    fields = {str(field.column): field for field in model._meta.local_concrete_fields}
    texts: list[sql.Composable] = []
    ids: list[str] = []
    few = True
    for name, kind, size, is_indexed in columns:
        if kind == "uuid" and is_indexed:
            ids.append(name)
        elif kind not in NUMBERS:
            texts.append(_text(name, fields.get(name)))
            few = few and (kind == "bytea" or (kind == "varchar" and 0 < size <= SHORT))
    return Readable(table, tuple(texts), tuple(ids), few)


def _text(name: str, field: Any) -> sql.Composable:
    """Return what is read of a column: of one that holds sealed values or digests, only what is neither."""
    column = sql.Identifier(name)
    if isinstance(field, SealedField):
        sealed = sql.SQL(
            "CASE WHEN octet_length({0}) >= {1} AND get_byte({0}, 0) = {2} THEN NULL ELSE {0} END"
        )
        return sealed.format(column, sql.Literal(LEAST_SEALED), sql.Literal(VERSION))
    if isinstance(field, models.BinaryField) and field.max_length:
        digest = sql.SQL("CASE WHEN octet_length({0}) = {1} THEN NULL ELSE {0} END")
        return digest.format(column, sql.Literal(field.max_length))
    return column
