"""PostgreSQL's own programs, from the wheel that carries the embedded server: `pg_dump` reads, `psql` writes.

They speak to any server up to their own version. A password is handed over in the environment, never in the words of a
command, which others on the machine can see.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Final

import psycopg
from django.conf import settings
from django.db import connections

from ringfence.config.embedded_account import binary
from ringfence.privacy.backups.ports import BackupFailed

CHUNK: Final = 1024 * 1024


def address(alias: str) -> dict[str, str]:
    """Return where a database is and who reads all of it, as libpq's parameters; for the data, the tables' owner."""
    there = connections[alias].settings_dict
    who = settings.DATABASE_OWNER if alias == "default" else there
    found = {
        "host": str(there["HOST"]),
        "port": str(there["PORT"]),
        "dbname": str(there["NAME"]),
        "user": str(who["USER"]),
        "password": str(who["PASSWORD"]),
        **{name: str(value) for name, value in there.get("OPTIONS", {}).items() if isinstance(value, str)},
    }
    return {name: value for name, value in found.items() if value}


def connect(alias: str, **changed: object) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as whoever reads all of a database."""
    return psycopg.connect(**{**address(alias), **changed})  # type: ignore[arg-type]  # parameters of libpq


def dump(alias: str, snapshot: str) -> "Dump":
    """Begin to write out a database as it was at a snapshot."""
    return Dump(alias, snapshot)


class Dump:
    """A running `pg_dump`: iterate over what it says, then `require_success`."""

    def __init__(self, alias: str, snapshot: str) -> None:
        words = ["--format=plain", "--no-owner", "--no-privileges", "--no-comments", "--encoding=UTF8"]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the dump
        self._child = subprocess.Popen(  # noqa: S603 -- every word of the command is ours.
            [str(binary("pg_dump")), *words, f"--snapshot={snapshot}", *_where(alias)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=_environment(alias),
        )

    def __iter__(self) -> Iterator[bytes]:
        """Yield the script as it comes."""
        assert self._child.stdout is not None
        while content := self._child.stdout.read(CHUNK):
            yield content

    def end(self) -> None:
        """End it, whatever it does."""
        if self._child.poll() is None:
            self._child.kill()
        assert self._child.stdout is not None
        self._child.stdout.close()
        self._child.wait()
        self._complaints.close()

    def require_success(self) -> None:
        """Wait for its end. Raises BackupFailed with its own words when it failed."""
        if self._child.wait():
            raise BackupFailed(f"The database could not be read: {_last_words(self._complaints)}")


@contextmanager
def loading(alias: str) -> Iterator["Load"]:
    """Write a script into a database in one transaction, which whoever opens this commits by saying so.

    When this process dies, or the block ends without `commit`, nothing was changed.
    """
    load = Load(alias)
    try:
        yield load
    finally:
        load.end()


class Load:
    """A running `psql`."""

    def __init__(self, alias: str) -> None:
        words = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--output={os.devnull}", "--file=-"]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the load
        self._child = subprocess.Popen(  # noqa: S603 -- every word of the command is ours.
            [str(binary("psql")), *words, *_where(alias)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._complaints,
            env=_environment(alias),
        )
        self.say(b"BEGIN;\n")

    def say(self, script: bytes) -> None:
        """Say a part of the script. Raises BackupFailed when it was refused."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(script)
        except BrokenPipeError:
            self._refused()

    def say_all(self, script: Iterable[bytes]) -> None:
        """Say a script, leaving out what only the newest servers understand."""
        is_first = True
        for part in script:
            self.say(part.replace(b"SET transaction_timeout = 0;\n", b"", 1) if is_first else part)
            is_first = False

    def commit(self) -> None:
        """Make it so."""
        self.say(b"\nCOMMIT;\n")
        assert self._child.stdin is not None
        try:
            self._child.stdin.close()
        except BrokenPipeError:
            self._refused()
        if self._child.wait():
            self._refused()

    def end(self) -> None:
        """End it, whatever it does; what was not committed did not happen."""
        if self._child.poll() is None:
            self._child.kill()
        assert self._child.stdin is not None
        try:
            self._child.stdin.close()
        except BrokenPipeError:
            """It is gone already."""
        self._child.wait()
        self._complaints.close()

    def _refused(self) -> None:
        self._child.wait()
        raise BackupFailed(f"The database did not take the backup: {_last_words(self._complaints)}")


def _where(alias: str) -> list[str]:
    """Return the words that name a database, without its password."""
    parts = {name: value for name, value in address(alias).items() if name != "password"}
    return [f"--dbname={psycopg.conninfo.make_conninfo('', **parts)}"]


def _environment(alias: str) -> dict[str, str]:
    here = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return here | {
        "PGPASSWORD": address(alias).get("password", ""),
        "LC_ALL": "C",
        "PGCLIENTENCODING": "UTF8",
    }


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    told = [line for line in lines if "error" in line.lower()] or lines or ["no reason was given"]
    return told[0].removeprefix("pg_dump: ").removeprefix("error: ")[:300]
