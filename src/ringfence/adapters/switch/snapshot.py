"""What a node knows as it loads it when it starts: an SQLite file beside its sockets.

The columns are those that Kamailio's `htable` module reads, and one for the version. What is withdrawn or replaced is
overwritten in the file, not only unlinked (clause 2.9). A snapshot is good when all of it was written once (`finish`),
by this format, for the node it is found at; anything else is made anew.
"""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ringfence.adapters.switch import tables
from ringfence.telephony.starting_point import SnapshotLost

FORMAT: Final = "3"
"""Of the file, not of the routes in it."""
_TABLE = """
CREATE TABLE IF NOT EXISTS {name} (
    key_name varchar(64) PRIMARY KEY,
    key_type int NOT NULL DEFAULT 0,
    value_type int NOT NULL DEFAULT 0,
    key_value varchar(4096) NOT NULL,
    expires int NOT NULL DEFAULT 0,
    entry_version int NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO version VALUES ('{name}', 2);
"""
SCHEMA = "BEGIN;" + "".join(
    [
        "CREATE TABLE IF NOT EXISTS version (table_name varchar(32) PRIMARY KEY, table_version int NOT NULL);",
        "CREATE TABLE IF NOT EXISTS mark (format varchar(8) NOT NULL, node varchar(64) NOT NULL);",
        *(_TABLE.format(name=name) for name in tables.ALL),
        "COMMIT;",
    ]
)
_PUT = """
INSERT INTO {name} (key_name, key_value, entry_version) VALUES (?, ?, ?)
ON CONFLICT (key_name) DO UPDATE SET key_value = excluded.key_value, entry_version = excluded.entry_version
WHERE excluded.entry_version >= {name}.entry_version
"""


class Entry(NamedTuple):
    """One entry of a table: its key, its value, and the version of that."""

    key: str
    value: str
    version: int


class Size(NamedTuple):
    """How much a snapshot holds: entries, bytes of keys and values, and the entries of the largest table."""

    entries: int
    bytes: int
    largest: int


class Snapshot:
    """The snapshot at `path`, to be used by one thread. The file stays open between two calls."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened yet."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    def create(self) -> None:
        """Make the file with its tables, readable by its owner alone; harmless when it exists."""
        self._path.touch(mode=0o600, exist_ok=True)
        with self._open() as connection:
            connection.executescript(SCHEMA)

    def is_good(self, node: str | None = None) -> bool:
        """Whether all of it was written once, by this format and for this node, if any, and nothing of it is torn."""
        try:
            with self._open() as connection:
                marks = connection.execute("SELECT format, node FROM mark").fetchall()
                if len(marks) != 1 or marks[0] != (FORMAT, node or marks[0][1]):
                    return False
                return self._is_whole(connection)
        except SnapshotLost:
            return False

    def begin(self) -> None:
        """Throw everything away; the snapshot is not good until `finish`."""
        self.close()
        for name in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + name).unlink(missing_ok=True)
        self.create()

    def finish(self, node: str) -> None:
        """Say that everything is written now."""
        with self._writing() as connection:
            connection.execute("DELETE FROM mark")
            connection.execute("INSERT INTO mark VALUES (?, ?)", (FORMAT, node))

    def write(self, entries: Mapping[str, Sequence[Entry]]) -> dict[str, dict[str, str]]:
        """Put entries into their tables, all or none, unless a newer version is there; return what stands there now."""
        with self._writing() as connection:
            for table, rows in entries.items():
                connection.executemany(_PUT.format(name=table), rows)
            return {
                table: {row.key: _value(connection, table, row.key) for row in rows}
                for table, rows in entries.items()
            }

    def remove(self, keys: Mapping[str, Iterable[str]]) -> None:
        """Take keys out of their tables, all or none."""
        with self._writing() as connection:
            for table, gone in keys.items():
                connection.executemany(
                    _of("DELETE FROM {} WHERE key_name = ?", table), [(key,) for key in gone]
                )

    def replace(self, table: str, entries: Iterable[Entry], *, but: Collection[str] = ()) -> None:
        """Let a table hold these entries and no others, but for those that are to stay as they are."""
        with self._writing() as connection:
            names = json.dumps(list(but))
            connection.execute(
                _of("DELETE FROM {} WHERE key_name NOT IN (SELECT value FROM json_each(?))", table), (names,)
            )
            connection.executemany(_PUT.format(name=table), entries)

    def read(self, table: str) -> dict[str, str]:
        """Return what a table holds: key to value."""
        with self._open() as connection:
            return dict(connection.execute(_of("SELECT key_name, key_value FROM {}", table)))

    def versions(self, table: str) -> dict[str, int]:
        """Return the versions of what a table holds: key to version."""
        with self._open() as connection:
            return dict(connection.execute(_of("SELECT key_name, entry_version FROM {}", table)))

    def size(self) -> Size:
        """Tell how much there is."""
        with self._open() as connection:
            found = [
                connection.execute(
                    _of(
                        "SELECT count(*), coalesce(sum(length(key_name) + length(key_value)), 0) FROM {}",
                        name,
                    )
                ).fetchone()
                for name in tables.ALL
            ]
        return Size(
            sum(count for count, _ in found), sum(size for _, size in found), max(count for count, _ in found)
        )

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_whole(self, connection: sqlite3.Connection) -> bool:
        return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")
            # What was overwritten is not to stay in the log beside the file.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file, or go on with it. Raises SnapshotLost when it is not there, or not what it should be."""
        try:
            inode = self._path.stat().st_ino
            if self._connection is None or inode != self._inode:
                self.close()
                self._connection = _connect(self._path)
                self._inode = inode
            yield self._connection
        except (FileNotFoundError, sqlite3.DatabaseError) as trouble:
            with contextlib.suppress(sqlite3.Error):
                self.close()
            message = "The snapshot of the SIP node is not there or cannot be read."
            raise SnapshotLost(message) from trouble


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _value(connection: sqlite3.Connection, table: str, key: str) -> str:
    found = connection.execute(_of("SELECT key_value FROM {} WHERE key_name = ?", table), (key,)).fetchone()
    return str(found[0])


def _of(statement: str, table: str) -> str:
    """Write a statement for a table of ours."""
    if table not in tables.ALL:
        raise ValueError(table)
    return statement.format(table)
