"""Reading many rows with sealed columns: fetched as they are, opened only where they are shown."""

from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg import Cursor

from ringfence.privacy.inventory import Personal, declared_fields, path_to_person
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import SealedField, open_sealed


def fetch(rows: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """Return the rows in the database's binary form: bytes as they are, where text would double them."""
    connection.ensure_connection()
    return fetch_by(connection.connection, *statement_of(rows))


def statement_of(rows: models.QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    """Return the statement of a query, and its parameters."""
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


def fetch_by(used: Any, sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement by a connection of the driver, in binary form."""
    with Cursor(used) as cursor:
        cursor.execute(sql, params, binary=True)
        return list(cursor.fetchall())


class SealedRows:
    """The rows of a query, by its order. `opened` gives some of them as plain values, their keys in one query.

    Raises SealBroken and KeyLost as a single value would; an erased value is ERASED.
    """

    def __init__(self, rows: models.QuerySet[Any], *names: str) -> None:
        self.model, self.names = rows.model, names
        holds = declared_fields(self.model)
        path = path_to_person(self.model)
        self._is_person = path in {"pk", self.model._meta.pk.name}
        self._rows = fetch(rows.values_list("pk", *([] if self._is_person else [path]), *names))
        self._sealed = {
            index: (field, declared.retention)
            for index, name in enumerate(names)
            if isinstance(field := self.model._meta.get_field(name), SealedField)
            and isinstance(declared := holds.get(name), Personal)
        }

    def __len__(self) -> int:
        return len(self._rows)

    def opened(self, start: int = 0, stop: int | None = None) -> list[tuple[Any, ...]]:
        """Return the rows from `start` to `stop` as tuples of plain values, in the order of `names`."""
        rows = self._rows[start:stop]
        for retention in {retention for _field, retention in self._sealed.values()}:
            keyring.prefetch((self._subject(row) for row in rows), retention)
        first = 1 if self._is_person else 2
        return [self._open(row[0], self._subject(row), list(row[first:])) for row in rows]

    def _subject(self, row: tuple[Any, ...]) -> UUID:
        subject: UUID = row[0] if self._is_person else row[1]
        return subject

    def _open(self, pk: object, subject: UUID, values: list[Any]) -> tuple[Any, ...]:
        for index, (field, _retention) in self._sealed.items():
            if values[index] is not None:
                content = open_sealed(bytes(values[index]), field.place_of(pk, subject))
                values[index] = field.decode(content) if isinstance(content, bytes) else content
        return tuple(values)
