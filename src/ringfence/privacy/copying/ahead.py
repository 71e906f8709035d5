"""The next records of a copy, read while the last ones are being written: the database works beside us.

One connection is used by both in turn, so that what is read is what the running action sees.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, models

from ringfence.privacy.reading import fetch_by, statement_of

Rows = list[tuple[Any, ...]]


class Ahead:
    """Reads one query ahead at most; one that was guessed wrong is forgotten."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._asked: tuple[str, tuple[Any, ...]] | None = None
        self._rows: Future[Rows] | None = None

    def rows(self, query: models.QuerySet[Any, Any]) -> Rows:
        """Return the rows of a query: those read ahead when they are, else read now."""
        wanted, asked, found = statement_of(query), self._asked, self._rows
        self.forget()
        if found is not None and asked == wanted:
            return found.result()
        connection.ensure_connection()
        return fetch_by(connection.connection, *wanted)

    def look(self, query: models.QuerySet[Any, Any]) -> None:
        """Begin to read a query."""
        self._asked = statement_of(query)
        self._rows = self._thread.submit(fetch_by, connection.connection, *self._asked)

    def forget(self) -> None:
        """Wait for what is being read, and forget it."""
        if self._rows is not None:
            self._rows.exception()
        self._asked = self._rows = None

    def close(self) -> None:
        """End the thread."""
        self.forget()
        self._thread.shutdown()
