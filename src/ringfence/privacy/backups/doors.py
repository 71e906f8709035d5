"""The doors of a store that is being restored: closed until every deletion newer than the backup was replayed.

Two marks keep them closed. A file under `var` closes this machine's pages from before anything is changed. And the
data database says so of itself, from before it is changed, and in the transaction that brings the old data back: every
other process that connects to it is refused, on whatever machine, until the replay is over. Each database says, too,
whether it was brought back already.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from ringfence.privacy import durable

CLOSED: Final = "restored; closed until every deletion since was done again"
"""What a database says of itself when it was brought back, as the comment of its schema."""

CLOSING: Final = "about to be restored; closed until that is over"
"""What it says when it is as it was before, and about to be changed."""

WHY: Final[Mapping[str, str]] = {
    CLOSED: "the data was restored, and deletions since are not done again yet",
    CLOSING: "a backup is being restored",
}
CLOSE_SQL: Final = f"COMMENT ON SCHEMA public IS '{CLOSED}'"
CLOSING_SQL: Final = f"COMMENT ON SCHEMA public IS '{CLOSING}'"
OPEN_SQL: Final = "COMMENT ON SCHEMA public IS 'open'"
ASK_SQL: Final = "SELECT obj_description(to_regnamespace('public'), 'pg_namespace')"
SAY_FOR: Final = 5.0
"""Seconds for which pages stay closed after the database refused, before it is asked again."""


class DoorsClosedError(OperationalError):
    """The data is being restored, or deletions since are not replayed yet; only the restore itself may connect."""


class _Seen:
    """What this process knows: whether it is the one that restores, and when it was refused last."""

    restoring = False
    refused: float | None = None


def mark() -> Path:
    """Return the file that says that this machine's store is being restored."""
    return Path(settings.VAR_DIR) / "restoring"


def close(**facts: str) -> None:
    """Close this machine's doors, durably, before anything is changed. Raises OSError."""
    durable.write(mark(), json.dumps(facts).encode())


def close_database(*, brought_back: bool) -> None:
    """Have the data database refuse whoever connects, as the owner of its tables; never takes back what it says."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('public') IS NULL")
        if cursor.fetchone() == (True,):
            cursor.execute("CREATE SCHEMA public")
        if _said("default") != CLOSED:
            cursor.execute(CLOSE_SQL if brought_back else CLOSING_SQL)


def what_is_restored() -> dict[str, str]:
    """Return what the mark says; nothing when there is none."""
    try:
        said = json.loads(mark().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}


def open_again() -> None:
    """Open the doors, as the owner of the tables: the databases first, then this machine's."""
    for alias in ("default", "keys"):
        if _said(alias) in WHY:
            with connections[alias].cursor() as cursor:
                cursor.execute(OPEN_SQL)
    durable.remove(mark())


def are_closed() -> bool:
    """Tell whether strangers are to be turned away, without asking the database."""
    if mark().exists():
        return True
    return _Seen.refused is not None and time.monotonic() - _Seen.refused < SAY_FOR


def database_is_closed() -> bool:
    """Tell whether the data database says of itself that it is not ready."""
    return _said("default") in WHY


def brought_back() -> list[str]:
    """Return the aliases of the databases that say of themselves that they were brought back."""
    return [alias for alias in ("default", "keys") if _said(alias) == CLOSED]


def _said(alias: str) -> str | None:
    with connections[alias].cursor() as cursor:
        cursor.execute(ASK_SQL)
        found = cursor.fetchone()
    return str(found[0]) if found else None


@contextmanager
def passing() -> Iterator[None]:
    """Let this process pass, because it is the one that restores; its connection is no way in afterwards."""
    _Seen.restoring = True
    try:
        yield
    finally:
        _Seen.restoring = False
        connections["default"].close()


def require_open() -> None:
    """Refuse to begin while the database is closed, or does not answer. Raises DoorsClosedError, OperationalError."""
    connections["default"].ensure_connection()
    connections["default"].close()


def install() -> None:
    """Look at every new connection of this process to the data database."""
    connection_created.connect(_refuse_closed, dispatch_uid="doors")


def _refuse_closed(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    if connection.alias != "default" or _Seen.restoring or connection.vendor != "postgresql":
        return
    with connection.connection.cursor() as cursor:
        cursor.execute(ASK_SQL)
        found = cursor.fetchone()
    why = WHY.get(found[0]) if found else None
    if why:
        _Seen.refused = time.monotonic()
        connection.close()
        raise DoorsClosedError(why)
