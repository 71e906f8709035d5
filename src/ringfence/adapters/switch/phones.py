"""Customers' phones at a node: what each may register with, in its memory and its snapshot, and who is registered.

One phone is one string, as `deploy/kamailio/phones.cfg` reads it: digest H(A1), token of its customer, version.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from ringfence.adapters.switch.control import ControlConnection, RemoteError
from ringfence.telephony.ports import PhoneAccount

TABLE, LOCATION = "phone", "location"
NOT_FOUND = frozenset({404, 500})
SCHEMA = """
CREATE TABLE IF NOT EXISTS version (table_name varchar(32) PRIMARY KEY, table_version int NOT NULL);
INSERT OR IGNORE INTO version VALUES ('phone', 2);
CREATE TABLE IF NOT EXISTS phone (
    key_name varchar(64) PRIMARY KEY,
    key_type int NOT NULL DEFAULT 0,
    value_type int NOT NULL DEFAULT 0,
    key_value varchar(255) NOT NULL,
    expires int NOT NULL DEFAULT 0,
    phone_version int NOT NULL
);
"""
UPSERT = """
INSERT INTO phone (key_name, key_value, phone_version) VALUES (?, ?, ?)
ON CONFLICT (key_name) DO UPDATE SET key_value = excluded.key_value, phone_version = excluded.phone_version
WHERE excluded.phone_version >= phone.phone_version
"""
_USERNAME = re.compile(r"[0-9a-z]{6,32}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"[0-9a-f]{0,64}")


def encode(account: PhoneAccount) -> str:
    """Write a phone. Raises ValueError (naming nothing) when it cannot be written."""
    if not (
        _USERNAME.fullmatch(account.username)
        and _DIGEST.fullmatch(account.ha1)
        and _TOKEN.fullmatch(account.account)
        and account.version >= 0
    ):
        message = "This phone cannot be written for the switch."
        raise ValueError(message)
    return f"{account.ha1}|{account.account}|{account.version}"


class PhoneSnapshot:
    """The phones that a node loads when it starts: a table beside its routes, in the SQLite file at `path`."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened yet."""
        self._path = path

    def create(self) -> None:
        """Make the table; harmless when it exists."""
        self._path.touch(mode=0o600, exist_ok=True)
        with self._open():
            pass

    def write(self, accounts: Sequence[PhoneAccount]) -> dict[str, str]:
        """Keep these phones, unless a newer version is there; return the encoded ones that stand there now."""
        rows = [(account.username, encode(account), account.version) for account in accounts]
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(UPSERT, rows)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        known = self.read()
        return {username: known[username] for username, _value, _version in rows}

    def remove(self, usernames: Sequence[str]) -> None:
        """Forget these phones."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM phone WHERE key_name = ?", [(name,) for name in usernames])
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def read(self) -> dict[str, str]:
        """User name to encoded phone."""
        if not self._path.exists():
            return {}
        with self._open() as connection:
            return dict(connection.execute("SELECT key_name, key_value FROM phone"))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.executescript(SCHEMA)
            yield connection
        finally:
            connection.close()


def tell(control: ControlConnection, phones: dict[str, str]) -> None:
    """Let a running node know phones. One that got another password is registered no longer with the one before."""
    for username, value in phones.items():
        with _unless_absent():
            before = control.ask("htable.get", TABLE, username)["item"]["value"]
            if before.partition("|")[0] != value.partition("|")[0]:
                _drop(control, username)
        control.ask("htable.sets", TABLE, username, value)


def withdraw(control: ControlConnection, usernames: Sequence[str]) -> None:
    """Have a running node forget phones, and who registered as one of them."""
    for username in usernames:
        with _unless_absent():
            control.ask("htable.delete", TABLE, username)
        _drop(control, username)


def registered(control: ControlConnection, usernames: Sequence[str]) -> frozenset[str]:
    """Return which phones a running node can reach now."""
    found = []
    for username in usernames:
        with _unless_absent():
            record = control.ask("ul.lookup", LOCATION, username)
            if record.get("Contacts"):
                found.append(username)
    return frozenset(found)


def _drop(control: ControlConnection, username: str) -> None:
    with _unless_absent():
        control.ask("ul.rm", LOCATION, username)


@contextlib.contextmanager
def _unless_absent() -> Iterator[None]:
    try:
        yield
    except RemoteError as error:
        if error.code not in NOT_FOUND:
            raise
