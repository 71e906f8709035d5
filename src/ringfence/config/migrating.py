"""Bringing both databases to the state the code expects, by the role that owns the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from ringfence.config import rights
from ringfence.interfaces import clock, health
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import actions

ALIASES = ("keys", "default")


class DatabaseTooNewError(RuntimeError):
    """A database was migrated by a later version of the store; the message is a sentence for the operator."""


@contextmanager
def as_owner() -> Iterator[None]:
    """Speak to the data database as the role that owns its tables, for as long as the block lasts."""
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({part: settings.DATABASE_OWNER[part] for part in ("USER", "PASSWORD")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def unknown_migrations(alias: str) -> list[str]:
    """Migrations the database has seen and this code does not know."""
    return health.unknown_migrations(MigrationLoader(connections[alias]))


def known_migrations() -> set[str]:
    """Migrations that this code knows, without asking a database."""
    loader = MigrationLoader(None)
    replaced = {one for migration in loader.disk_migrations.values() for one in migration.replaces}
    return {f"{label}.{name}" for label, name in {*loader.disk_migrations, *replaced}}


def pending(alias: str) -> int:
    """How many migrations the database lacks."""
    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return len(plan)


def migrate() -> int:
    """Apply what is missing in both databases and begin the week's key epoch; returns how many were applied.

    The role of the running store is given what it needs of the tables, and no more.

    Raises `DatabaseTooNewError` before anything is changed.
    """
    applied = 0
    store = str(connections["default"].settings_dict["USER"])
    with as_owner():
        for alias in ALIASES:
            unknown = unknown_migrations(alias)
            if unknown:
                raise DatabaseTooNewError(
                    f"The {'data' if alias == 'default' else alias} database is newer than this version of"
                    f" the store: it has seen {unknown[-1]}, which is unknown here."
                    " Install the version that made it, or restore a backup."
                )
        rights.promise(store)
        for alias in ALIASES:
            lacking = pending(alias)
            if lacking:
                call_command("migrate", database=alias, interactive=False, verbosity=0)
            applied += lacking
        rights.grant(store)
    actions.begin_epoch(by=Actor.system("migrate"), at=clock.now())
    return applied
