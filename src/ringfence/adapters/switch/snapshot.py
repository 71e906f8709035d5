"""The routes as a node loads them when it starts: an SQLite file beside its sockets.

The columns are those that Kamailio's `htable` module reads, and one for the version of each number. What
is withdrawn or replaced is overwritten in the file, not only unlinked (clause 2.9).
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from ringfence.telephony import routing
from ringfence.telephony.ports import Route

SCHEMA = """
CREATE TABLE IF NOT EXISTS version (table_name varchar(32) PRIMARY KEY, table_version int NOT NULL);
INSERT OR IGNORE INTO version VALUES ('did', 2);
CREATE TABLE IF NOT EXISTS did (
    key_name varchar(64) PRIMARY KEY,
    key_type int NOT NULL DEFAULT 0,
    value_type int NOT NULL DEFAULT 0,
    key_value varchar(4096) NOT NULL,
    expires int NOT NULL DEFAULT 0,
    number_version int NOT NULL
);
"""
UPSERT = """
INSERT INTO did (key_name, key_value, number_version) VALUES (?, ?, ?)
ON CONFLICT (key_name) DO UPDATE SET key_value = excluded.key_value, number_version = excluded.number_version
WHERE excluded.number_version >= did.number_version
"""
BATCH = 500


class Snapshot:
    """The snapshot at `path`; made when it is not there."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened yet."""
        self._path = path

    def create(self) -> None:
        """Make the file with its tables, readable by its owner alone; harmless when it exists."""
        self._path.touch(mode=0o600, exist_ok=True)
        with self._open() as connection:
            connection.executescript(SCHEMA)

    def write(self, routes: Sequence[Route]) -> None:
        """Keep these routes, unless a newer version of the number is there already."""
        rows = [(routing.key(route.e164), routing.encode(route), route.version) for route in routes]
        with self._open() as connection:
            connection.executescript(SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(UPSERT, rows)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def remove(self, numbers: Sequence[str]) -> None:
        """Forget these numbers."""
        with self._open() as connection:
            connection.executescript(SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "DELETE FROM did WHERE key_name = ?", [(routing.key(number),) for number in numbers]
            )
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def read(self, numbers: Sequence[str] | None = None) -> dict[str, str]:
        """Number (E.164) to encoded route, for the numbers asked for or for all."""
        if not self._path.exists():
            return {}
        found: dict[str, str] = {}
        with self._open() as connection:
            if numbers is None:
                return {
                    f"+{digits}": value
                    for digits, value in connection.execute("SELECT key_name, key_value FROM did")
                }
            keys = [routing.key(number) for number in numbers]
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                marks = ",".join("?" * len(part))
                query = f"SELECT key_name, key_value FROM did WHERE key_name IN ({marks})"  # noqa: S608 only marks
                found |= {f"+{digits}": value for digits, value in connection.execute(query, part)}
        return found

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")
            yield connection
        finally:
            connection.close()
