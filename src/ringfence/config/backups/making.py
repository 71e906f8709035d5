"""Making a backup: the data at one moment first, then the keys, so that no key of that moment is missing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from django.conf import settings
from psycopg import sql

from ringfence.config.backups import clearing, programs, sets, stash
from ringfence.privacy.backups.actions import BackupSeen
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.ledger import append, merkle
from ringfence.privacy.ports import key_store

SCRIPT: Final = "database.sealed"
STASH: Final = "store.sealed"
LEAST_FREE: Final = 64 * 1024 * 1024
Reading = psycopg.Connection[tuple[object, ...]]


def make(at: datetime) -> BackupSeen:
    """Make both sets. Raises BackupFailed; then nothing is there that looks like a backup."""
    with sets.alone():
        clearing.remove_leftovers()
        name = sets.new_name(at)
        _require_room()
        with sets.draft("data", name) as data:
            _write_database(data, "default", at)
        with sets.draft("keys", name) as keys:
            _write_database(keys, "keys", at)
    made = {kind: sets.read_set(kind, name) for kind in sets.KINDS}
    if made["data"] is None or made["keys"] is None:
        raise BackupFailed(f"The backup {name} is not whole after it was written; look at the disk.")
    return BackupSeen(name, made["data"].made_at, made["data"].size, made["keys"].size)


def _write_database(draft: sets.Draft, alias: str, at: datetime) -> None:
    """Write out a database as it is at one moment, with what is in it, so that a trial can compare."""
    with _snapshot(alias) as (reading, snapshot):
        facts = facts_of(reading, alias)
        running = programs.dump(alias, snapshot)
        try:
            with draft.part(SCRIPT) as part:
                for content in running:
                    part.write(content)
                running.require_success()
        finally:
            running.end()
    if alias == "keys":
        with draft.part(STASH) as part:
            stash.take(part)
    draft.finish(at, installation=key_store().public_key().hex(), **facts)


@contextmanager
def _snapshot(alias: str) -> Iterator[tuple[Reading, str]]:
    """Hold a moment of a database."""
    try:
        reading = programs.connect(alias)
    except psycopg.OperationalError as problem:
        raise BackupFailed(f"The database does not answer: {str(problem).splitlines()[0]}.") from None
    with reading:
        reading.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = reading.execute("SELECT pg_export_snapshot()").fetchone()
        assert found is not None
        yield reading, str(found[0])


def facts_of(reading: Reading, alias: str) -> dict[str, Any]:
    """Return what is in a database: its migrations, the rows of each table, and for the data the ledger's root."""
    seen = reading.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    names = reading.execute(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    ).fetchall()
    tables = {}
    for (name,) in names:
        counted = reading.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(name)))
        ).fetchone()
        assert counted is not None
        tables[str(name)] = counted[0]
    facts: dict[str, Any] = {"migrations": [row[0] for row in seen], "tables": tables}
    if alias == "default":
        facts["ledger"] = _ledger(reading)
    return facts


def _ledger(reading: Reading) -> dict[str, Any]:
    """Return the size and the root of the ledger's tree."""

    def node(level: int, index: int) -> bytes:
        place = (level << append.LEVEL_SHIFT) + index
        row = reading.execute("SELECT hash FROM privacy_ledgernode WHERE place = %s", [place]).fetchone()
        if row is None:
            raise BackupFailed(f"The ledger lacks node {level}/{index}; run `ringfence verify`.")
        return bytes(row[0])  # type: ignore[call-overload, no-any-return]  # a column of bytes

    found = reading.execute("SELECT coalesce(max(position) + 1, 0) FROM privacy_ledgerleaf").fetchone()
    size = int(str(found[0])) if found else 0
    return {"size": size, "root": merkle.root(size, node).hex() if size else ""}


def _require_room() -> None:
    """Refuse a disk that the backup would fill: a dump of sealed data is about as large as its tables."""
    folder = sets.folder_of("data")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with programs.connect("default", autocommit=True) as reading:
        row = reading.execute("SELECT pg_database_size(current_database())").fetchone()
    needed = int(str(row[0])) if row else 0
    free = shutil.disk_usage(folder).free
    if free < needed + LEAST_FREE:
        raise BackupFailed(
            f"The disk that holds {folder} has {free >> 20} MB left, and a backup may need"
            f" {(needed + LEAST_FREE) >> 20} MB; make room, or name another folder with RINGFENCE_BACKUP_DIR."
        )


def days_kept() -> int:
    """Return for how many days a backup is kept."""
    return int(settings.BACKUP_DAYS)
