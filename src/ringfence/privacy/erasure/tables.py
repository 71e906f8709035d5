"""What of each table a search reads: every column that can hold a text, and every column that can hold an id."""

from collections.abc import Collection, Iterable, Iterator
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
SELECT c.relname, a.attname, t.typname, a.atttypmod FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Readable:
    """A table as it is read: what of it as text, and which columns hold ids."""

    name: str
    texts: tuple[sql.Composable, ...]
    ids: tuple[str, ...]
    few_words: bool

    def lines(self, people: Collection[UUID]) -> sql.Composed:
        """Return the query for what a search reads: the columns of text, and all of a row that names somebody.

        One line a row, or where a table holds a few words only, one for each that is different.
        """
        parts = list(self.texts)
        if self.ids and people:
            either = sql.SQL(" OR ").join(
                sql.SQL("{} = ANY({})").format(sql.Identifier(name), sql.Literal([*people]))
                for name in self.ids
            )
            parts.append(sql.SQL("CASE WHEN {} THEN searched::text END").format(either))
        query = sql.SQL("SELECT {} concat_ws(' ', {}) FROM {} AS searched")
        distinct = sql.SQL("DISTINCT" if self.few_words else "")
        return query.format(
            distinct, sql.SQL(", ").join(parts or [sql.SQL("NULL")]), sql.Identifier(self.name)
        )


def blocks(tables: Iterable[tuple[Readable, Collection[UUID]]]) -> Iterator[bytes]:
    """Yield what a search reads of some tables, each with the people it may not name, in one statement."""
    asked = [sql.SQL("({})").format(table.lines(people)) for table, people in tables]
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
    by_table: dict[str, list[tuple[str, str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, *column in cursor.fetchall():
            by_table.setdefault(table, []).append(tuple(column))
    known = {model._meta.db_table: model for model in stored_models()}
    return [_as_read(table, columns, known.get(table)) for table, columns in by_table.items()]


def _as_read(table: str, columns: list[tuple[str, str, int]], model: type[models.Model] | None) -> Readable:
    if model is None:
        return Readable(table, (sql.SQL("searched::text"),), (), few_words=False)
    fields = {str(field.column): field for field in model._meta.local_concrete_fields}
    texts: list[sql.Composable] = []
    ids: list[str] = []
    few = True
    for name, kind, size in columns:
        if kind == "uuid":
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
