"""The provider's own SQLite file: payments, refunds, events, and the deliveries still owed.

One connection, used from one thread. Times are Unix seconds as ``float``, amounts whole minor units.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

FILE_NAME: Final = "rehearsal-payments.sqlite3"
LOCK_NAME: Final = "rehearsal-payments.lock"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, order_id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL,
    description TEXT NOT NULL, language TEXT NOT NULL, success_url TEXT NOT NULL, cancel_url TEXT NOT NULL,
    status TEXT NOT NULL, refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    card TEXT, declines INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL,
    next_status TEXT, next_at REAL
) STRICT;
CREATE TABLE IF NOT EXISTS mandate (id TEXT PRIMARY KEY, card TEXT NOT NULL, created REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS card_page (
    id TEXT PRIMARY KEY, subscription_id TEXT NOT NULL, currency TEXT NOT NULL, language TEXT NOT NULL,
    success_url TEXT NOT NULL, cancel_url TEXT NOT NULL, status TEXT NOT NULL, mandate TEXT, created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS session_next_at ON session (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS refund (
    id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES session, amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL, created REAL NOT NULL, next_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_next_at ON refund (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, made TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created REAL NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL REFERENCES event (id), created REAL NOT NULL,
    due REAL, attempts INTEGER NOT NULL DEFAULT 0, ended TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due) WHERE ended IS NULL;
CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""

_LATER_COLUMNS: Final = {
    "keep": "INTEGER NOT NULL DEFAULT 0",
    "mandate": "TEXT",
    "reason": "TEXT NOT NULL DEFAULT ''",
}
"""What payments got after the first release; a file of that time gets it when it is opened."""


class Store:
    """The open file. Changes belong inside ``change()``, which keeps all of them or none."""

    def __init__(self, data_dir: Path) -> None:
        """Opens the file, or makes it.

        Raises ``BlockingIOError`` when another process works in this folder.
        """
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = (data_dir / LOCK_NAME).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path = data_dir / FILE_NAME
        self._db = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA cache_size = -512")
        self._db.executescript(_SCHEMA)
        known = {row["name"] for row in self.all("PRAGMA table_info(session)")}
        for name, kind in _LATER_COLUMNS.items():
            if name not in known:
                self._db.execute(f"ALTER TABLE session ADD COLUMN {name} {kind}")

    def close(self) -> None:
        """Closes the file and lets the next process in."""
        self._db.close()
        self._lock.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """A transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row, if any."""
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Every row."""
        return self._db.execute(query, values).fetchall()

    def number(self, query: str, *values: object) -> float | None:
        """The one number that a query answers with, or ``None``."""
        row = self.one(query, *values)
        return None if row is None else row[0]

    def run(self, statement: str, *values: object) -> None:
        """Carries out one statement."""
        self._db.execute(statement, values)

    def insert(self, table: str, **values: object) -> None:
        """Adds a row. Table and column names come from this package, never from outside."""
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names are from here
        self._db.execute(statement, tuple(values.values()))

    def recall(self, name: str) -> dict[str, Any]:
        """What was remembered under a name; empty when nothing was."""
        row = self.one("SELECT value FROM remembered WHERE name = ?", name)
        found: dict[str, Any] = json.loads(row["value"]) if row else {}
        return found

    def remember(self, name: str, value: dict[str, Any]) -> None:
        """Keeps a small object under a name."""
        self.run("INSERT OR REPLACE INTO remembered (name, value) VALUES (?, ?)", name, json.dumps(value))
