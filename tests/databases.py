"""The databases of the tests: migrated once for a run, copied for each worker, and emptied after tests that commit."""

import time
from typing import Any, Final

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.pq import TransactionStatus

from ringfence.config import embedded
from tests.once import once

MIGRATED: Final = {"default": "migrated_data", "keys": "migrated_keys"}
FEW_BYTES: Final = 8 * 8192
"""So much of a table is emptied row by row: a new file for it and for each of its indexes takes much longer."""

FILLED: Final = """
    SELECT relname, pg_relation_size(oid) > %s FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0
    AND relnamespace = 'public'::regnamespace AND relname <> 'django_migrations'
"""
COUNT_ANEW: Final = """
    SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
    AND seqrelid <> pg_get_serial_sequence('django_migrations', 'id')::regclass
"""


def make(cluster: embedded.EmbeddedServer, worker: str) -> None:
    """Give a worker its two databases; the first one that asks has them migrated, by the role that owns the tables."""
    once("databases", _migrate)
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        for alias, name in MIGRATED.items():
            facts = connections[alias].settings_dict
            facts["NAME"] = f"{name}_{worker}"
            words = (facts["NAME"], facts["USER"], name)
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*map(sql.Identifier, words))
            )


def _migrate() -> None:
    for alias, name in MIGRATED.items():
        connections[alias].settings_dict["TEST"]["NAME"] = name
        connections[alias].creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connections[alias].close()


def settle(alias: str) -> None:
    """Leave a connection as a new one would be; close it if a test did anything to it that cannot be taken back."""
    found = connections[alias]
    raw, facts = found.connection, found.settings_dict
    if raw is None:
        return
    is_idle = not raw.closed and raw.info.transaction_status == TransactionStatus.IDLE
    is_free = is_idle and found.autocommit and not found.in_atomic_block
    if not is_free or (raw.info.dbname, raw.info.user) != (facts["NAME"], facts["USER"]):
        found.close()
        return
    try:
        raw.execute("DISCARD ALL")
    except psycopg.Error:
        found.close()


class Emptier:
    """Empties tables past every trigger that refuses it, by connections that stay open for the next time."""

    def __init__(self, cluster: embedded.EmbeddedServer) -> None:
        self._cluster = cluster
        self._open: dict[str, psycopg.Connection[Any]] = {}

    def empty(self, name: str) -> None:
        """Empty the tables of a database that hold anything, and let its sequences begin anew."""
        try:
            self._empty(self._to(name))
        except psycopg.OperationalError:
            # Whoever takes the database away in a test cuts this connection off, too.
            self._open.pop(name).close()
            self._empty(self._to(name))

    def leave(self) -> None:
        """Be connected no more, for tests that want a database to themselves."""
        while self._open:
            self._open.popitem()[1].close()

    def _to(self, name: str) -> "psycopg.Connection[Any]":
        if name not in self._open:
            made = psycopg.connect(self._cluster.url(embedded.SUPERUSER, name), autocommit=True)
            made.execute("SET session_replication_role = replica")
            self._open[name] = made
        return self._open[name]

    def _empty(self, connection: "psycopg.Connection[Any]") -> None:
        found = connection.execute(FILLED, [FEW_BYTES]).fetchall()
        if not found:
            return
        large = [sql.Identifier(name) for name, is_large in found if is_large]
        steps = [
            sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name, is_large in found if not is_large
        ]
        if large:
            steps.append(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(large)))
        self._insist(connection, sql.SQL("; ").join(steps))
        connection.execute(COUNT_ANEW)

    def _insist(self, connection: "psycopg.Connection[Any]", steps: sql.Composed) -> None:
        """Do it; a server of the test's that still takes in late news may hold a table for a moment."""
        for _try in range(20):
            try:
                connection.execute(steps)
            except psycopg.errors.DeadlockDetected:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError("the tables of a test stay in use")
