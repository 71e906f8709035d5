"""A place beside the store in which a backup is tried: databases and folders of its own, gone afterwards."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from ringfence.adapters.keystore.files import FileKeyStore
from ringfence.config.backups import programs
from ringfence.config.embedded import OWNER, SUPERUSER, EmbeddedServer
from ringfence.privacy.backups import written
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.keys import keyring
from ringfence.privacy.ports import key_store

SUFFIX: Final = "_drill"
ALIASES: Final = ("default", "keys")


@contextmanager
def scratch() -> Iterator[None]:
    """Let this process, which must have one thread, work in databases and folders of its own for the block.

    Written tombstones come along, from every place. Raises BackupFailed when no databases can be made.
    """
    clear()
    folder = _folder()
    (folder / "witness").mkdir(parents=True, mode=0o700)
    _bring_tombstones(folder / "witness")
    names = _names()
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ALIASES}
    changed = {"VAR_DIR": folder, "BACKUP_DIR": None, "BACKUP_KEYS_DIR": None}
    if isinstance(key_store(), FileKeyStore):
        changed["KEY_STORE_DIR"] = folder / "keystore"
    kept = {name: getattr(settings, name) for name in changed}
    try:
        for alias in ALIASES:
            _make(alias, names[alias])
        _become(names, changed)
        yield
    finally:
        _become(before, kept)
        shutil.rmtree(folder, ignore_errors=True)
        for alias in ALIASES:
            _drop(alias, names[alias])


def left() -> list[str]:
    """Return what a trial that was killed left: its folder, with keys that open, and its databases."""
    found = [str(_folder())] if _folder().exists() else []
    for alias, name in _names().items():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname = %s", [name])
            found += [str(row[0]) for row in cursor.fetchall()]
    return found


def clear() -> int:
    """Remove what a trial that was killed left; return how many things. Needs `sets.alone`."""
    found = left()
    for alias, name in _names().items():
        if name in found:
            _drop(alias, name)
    shutil.rmtree(_folder(), ignore_errors=True)
    return len(found)


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "drill"


def _names() -> dict[str, str]:
    return {alias: f"{connections[alias].settings_dict['NAME']}{SUFFIX}" for alias in ALIASES}


def _bring_tombstones(folder: Path) -> None:
    content = b"".join(path.read_bytes() + b"\n" for path in written.paths() if path.exists())
    (folder / written.NAME).write_bytes(content)


def _become(names: dict[str, Any], changed: dict[str, Any]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    for setting, value in changed.items():
        setattr(settings, setting, value)
    key_store.cache_clear()
    keyring.forget()


def _maker(alias: str) -> psycopg.Connection[Any]:
    """Connect as somebody who may make databases: the embedded server's superuser, or the owner of the tables."""
    if settings.ENVIRONMENT.embedded:
        return psycopg.connect(
            EmbeddedServer(settings.ENVIRONMENT.var_dir).url(SUPERUSER, "postgres"), autocommit=True
        )
    return programs.connect(alias, autocommit=True)


def _make(alias: str, name: str) -> None:
    owner = programs.address(alias)["user"] if not settings.ENVIRONMENT.embedded else _embedded_owner(alias)
    with _maker(alias) as making:
        try:
            making.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(name), sql.Identifier(owner)
                )
            )
        except psycopg.errors.InsufficientPrivilege:
            raise BackupFailed(
                f"A trial needs a database of its own, and {owner} may not make one: ALTER ROLE {owner} CREATEDB."
            ) from None


def _embedded_owner(alias: str) -> str:
    return OWNER if alias == "default" else programs.address(alias)["user"]


def _drop(alias: str, name: str) -> None:
    if not name.endswith(SUFFIX):
        raise ValueError(f"{name} is not the database of a trial")
    with _maker(alias) as making:
        making.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
