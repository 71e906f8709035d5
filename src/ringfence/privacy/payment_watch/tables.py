"""The tables as the database has them, whoever made them, read page by page with their sealed values opened."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.db import connections, models
from psycopg import sql

from ringfence.privacy.card_ranges import SHORTEST
from ringfence.privacy.inventory import Personal, declarations_of, path_to_person, stored_models
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.router import KEYS
from ringfence.privacy.sealed import Erased, SealBroken, SealedField, open_sealed

DATABASES: Final = ("default", KEYS)
SESSIONS: Final = "django_session"
TEXTS: Final = ("text", "varchar", "bpchar", "name", "json", "jsonb", "bytea", "xml", "citext", "hstore")
_COLUMNS: Final = """
SELECT c.relname, a.attname FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = nullif(t.typelem, 0)
LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
WHERE n.nspname = current_schema() AND c.relkind = 'r'
AND (t.typname = ANY(%s) OR e.typname = ANY(%s) OR b.typname = ANY(%s)) ORDER BY c.relname, a.attnum
"""

Value = tuple[str, str]
"""A column, and a text in it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that can hold a text or bytes."""

    database: str
    name: str
    columns: tuple[str, ...]


def tables() -> list[Table]:
    """Return every table of both databases that can hold a text, libraries' and partitions included."""
    found: list[Table] = []
    for database in DATABASES:
        columns: dict[str, list[str]] = {}
        with connections[database].cursor() as cursor:
            cursor.execute(_COLUMNS, [[*TEXTS]] * 3)
            for table, column in cursor.fetchall():
                columns.setdefault(table, []).append(column)
        found += [Table(database, name, tuple(names)) for name, names in columns.items()]
    return found


def extent(table: Table) -> tuple[int, int]:
    """Return how many pages a table has, and how many bytes with all that is stored beside them."""
    with connections[table.database].cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint, pg_table_size(c.oid)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relname = %s AND c.relkind = 'r'",
            [table.name],
        )
        pages, size = cursor.fetchone() or (0, 0)
    return int(pages), int(size)


def values(table: Table, first: int, end: int) -> Iterator[Value]:
    """Yield every text in some pages of a table: `first` up to, and without, `end`."""
    model = _models().get((table.database, _whole(table)))
    sealed = _sealed(model) if model is not None else {}
    plain = [name for name in table.columns if name not in sealed]
    key = [str(model._meta.pk.column)] if model is not None and sealed else []
    query = sql.SQL("SELECT {} FROM {} WHERE ctid >= %s::tid AND ctid < %s::tid").format(
        sql.SQL(", ").join(map(sql.Identifier, [*key, *plain])), sql.Identifier(table.name)
    )
    if not [*key, *plain]:
        return
    with connections[table.database].cursor() as cursor:
        cursor.execute(query, [f"({first},0)", f"({end},0)"])
        rows = cursor.fetchall()
    for row in rows:
        for column, value in zip(plain, row[len(key) :], strict=True):
            yield from ((column, text) for text in _texts(table, column, value))
    if model is not None and sealed:
        yield from _opened(model, table, sealed, [row[0] for row in rows])


def _whole(table: Table) -> str:
    """Return the table that a partition is a part of, and of any other table itself."""
    with connections[table.database].cursor() as cursor:
        cursor.execute(
            "SELECT whole.relname FROM pg_inherits JOIN pg_class whole ON whole.oid = inhparent"
            " WHERE inhrelid = to_regclass(quote_ident(%s))",
            [table.name],
        )
        found = cursor.fetchone()
    return str(found[0]) if found else table.name


def _texts(table: Table, column: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and (table.name, column) == (SESSIONS, "session_data"):
        yield json.dumps(SessionStore().decode(value), default=str, ensure_ascii=False)
    elif isinstance(value, str):
        if not (len(value) < SHORTEST and value.isdigit()):  # A number for sale, without its country.
            yield value
    elif isinstance(value, bytes | memoryview):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, list):
        for one in value:
            yield from _texts(table, column, one)
    elif value is not None:
        yield json.dumps(value, default=str, ensure_ascii=False)


@lru_cache(maxsize=1)
def _models() -> dict[tuple[str, str], type[models.Model]]:
    return {
        (KEYS if model._meta.app_label == KEYS else "default", model._meta.db_table): model
        for model in stored_models()
    }


def _sealed(model: type[models.Model]) -> dict[str, SealedField]:
    return {
        str(field.column): field
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    }


def _opened(
    model: type[models.Model], table: Table, sealed: dict[str, SealedField], keys: Sequence[Any]
) -> Iterator[Value]:
    """Yield the sealed values of some rows, opened, the people's keys in one query. What is erased holds nothing."""
    names = [field.name for field in sealed.values()]
    rows = _sealed_rows(model, table, [path_to_person(model), *names], keys)
    for field in sealed.values():
        keyring.prefetch({row[1] for row in rows if row[1]}, field.place_of("", UUID(int=0)).retention_class)
    for pk, subject, *blobs in rows:
        for (column, field), blob in zip(sealed.items(), blobs, strict=True):
            if blob is not None:
                yield from ((column, text) for text in _contents(field, pk, subject, bytes(blob)))


def _sealed_rows(
    model: type[models.Model], table: Table, names: Sequence[str], keys: Sequence[Any]
) -> Sequence[Any]:
    """Return key and sealed columns of some rows; those of a partition from it alone, not from all the others too."""
    if table.name == model._meta.db_table:
        return list(model._base_manager.filter(pk__in=keys).values_list("pk", *names))
    fields = (model._meta.pk, *(model._meta.get_field(name) for name in names))
    columns = [str(field.column) for field in fields if isinstance(field, models.Field)]
    query = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table.name),
        sql.Identifier(columns[0]),
    )
    with connections[table.database].cursor() as cursor:
        cursor.execute(query, [[*keys]])
        return list(cursor.fetchall())


def _contents(field: SealedField, pk: object, subject: UUID | None, blob: bytes) -> Iterator[str]:
    """Yield what a sealed value says; one that does not open is looked at as it is."""
    holds = declarations_of(field.model)
    declared = holds.get(field.name) if holds else None
    try:
        content = open_sealed(blob, field.place_of(pk, subject)) if subject is not None else blob
    except (SealBroken, keyring.KeyLost):
        content = blob
    if isinstance(content, Erased):
        return
    if field.plain_type is bytes:
        yield content.decode("latin-1")
        if isinstance(declared, Personal) and declared.read is not None and content is not blob:
            yield declared.read(content)
    else:
        yield content.decode("utf-8", "replace")
