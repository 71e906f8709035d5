"""What a node knows as it loads it when it starts: an SQLite file beside its sockets.

The columns are those that Kamailio's `htable` module reads, and one for the version. What is withdrawn or replaced is
overwritten in the file, not only unlinked (clause 2.9). A snapshot is good when all of it was written once (`finish`),
by this format, for the node it is found at; anything else is made anew. What is made anew is written beside it and
takes its place when it is whole, so that a node that starts meanwhile has something to start from.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ringfence.adapters.switch import tables
from ringfence.telephony.ports import SnapshotUnavailable
from ringfence.telephony.starting_point import SnapshotLost

FORMAT: Final = "3"
"""Of the file, not of the routes in it."""
WAIT_SECONDS = 10.0
"""How long to wait for another who reads or writes."""
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file while it is open."""
_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
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
SCHEMA = "BEGIN IMMEDIATE;" + "".join(
    [
        "CREATE TABLE IF NOT EXISTS version (table_name varchar(32) PRIMARY KEY, table_version int NOT NULL);",
        "CREATE TABLE IF NOT EXISTS mark (format varchar(8) NOT NULL, node varchar(64) NOT NULL);",
        *(_TABLE.format(name=name) for name in tables.ALL),
        "COMMIT;",
    ]
)
"""Locked for writing from the start: whoever read first could not write once another has."""

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
        self._anew: Snapshot | None = None

    def create(self) -> None:
        """Make the file with its tables, readable by its owner alone; harmless when it exists."""
        self._path.touch(mode=0o600, exist_ok=True)
        with self._open() as connection:
            connection.executescript(SCHEMA)

    def is_good(self, node: str | None = None) -> bool:
        """Whether all of it was written once, by this format and for this node, if any, and nothing of it is torn.

        Raises SnapshotUnavailable when that cannot be told just now.
        """
        try:
            with self._open() as connection:
                marks = connection.execute("SELECT format, node FROM mark").fetchall()
                if len(marks) != 1 or marks[0] != (FORMAT, node or marks[0][1]):
                    return False
                return self._is_whole(connection)
        except SnapshotLost:
            return False

    def begin(self) -> None:
        """Begin to write everything anew, beside what is there; that stays until `finish`."""
        if self._anew:
            self._anew.close()
        self._anew = Snapshot(self._path.with_name(f"{self._path.name}.new"))
        self._anew.remove_files()
        self._anew.create()

    def finish(self, node: str) -> None:
        """Say that everything is written now, and let what was written anew take its place."""
        anew = self._anew or self
        with anew.writing() as connection:
            connection.execute("DELETE FROM mark")
            connection.execute("INSERT INTO mark VALUES (?, ?)", (FORMAT, node))
        if self._anew:
            self._anew.take_place_of(self)
            self._anew = None

    def take_place_of(self, other: "Snapshot") -> None:
        """Put this file, which is whole, in the place of another."""
        self.close()
        other.close()
        with _telling():
            with self._path.open("rb") as file:
                os.fsync(file.fileno())
            # Closed, either has all in its one file; what is beside the other would be taken for a part of this one.
            other.remove_files(_BESIDE)
            self._path.replace(other._path)  # noqa: SLF001 -- of the same class.

    def remove_files(self, endings: Iterable[str] = ("", *_BESIDE)) -> None:
        """Remove the file and what SQLite keeps beside it."""
        for ending in endings:
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def write(self, entries: Mapping[str, Sequence[Entry]]) -> dict[str, dict[str, str]]:
        """Put entries into their tables, all or none, unless a newer version is there; return what stands there now."""
        with self.writing() as connection:
            for table, rows in entries.items():
                connection.executemany(_PUT.format(name=table), rows)
            return {
                table: {row.key: _value(connection, table, row.key) for row in rows}
                for table, rows in entries.items()
            }

    def remove(self, keys: Mapping[str, Iterable[str]]) -> None:
        """Take keys out of their tables, all or none."""
        with self.writing() as connection:
            for table, gone in keys.items():
                connection.executemany(
                    _of("DELETE FROM {} WHERE key_name = ?", table), [(key,) for key in gone]
                )

    def replace(self, table: str, entries: Iterable[Entry], *, but: Collection[str] = ()) -> None:
        """Let a table hold these entries and no others, but for those that are to stay as they are.

        Between `begin` and `finish` it is a table of what is written anew.
        """
        with (self._anew or self).writing() as connection:
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
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change several things, all or none."""
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
        """Open the file, or go on with it.

        Raises SnapshotLost when it is not there or not what it should be, and SnapshotUnavailable for other trouble.
        """
        try:
            with _telling():
                inode = self._path.stat().st_ino
                if self._connection is None or inode != self._inode:
                    self.close()
                    self._connection = _connect(self._path)
                    self._inode = inode
                yield self._connection
        except (SnapshotLost, SnapshotUnavailable):
            with contextlib.suppress(sqlite3.Error):
                self.close()
            raise


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    """Tell trouble that says the snapshot is lost from trouble that passes: a good one is never given up for that."""
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as trouble:
        if _is_lost(trouble):
            message = "The snapshot of the SIP node is not there or cannot be read."
            raise SnapshotLost(message) from trouble
        message = "The snapshot of the SIP node cannot be read or written just now."
        raise SnapshotUnavailable(message) from trouble


def _is_lost(trouble: Exception) -> bool:
    if isinstance(trouble, FileNotFoundError):
        return True
    primary = getattr(trouble, "sqlite_errorcode", 0) & 0xFF
    return primary in _BROKEN or str(trouble).startswith("no such table")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
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
