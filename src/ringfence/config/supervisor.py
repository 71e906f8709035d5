"""`ringfence up`: starts the parts, restarts the ones that die, and stops them all, the database last.

One process, one thread, no Django: it waits for output, for the end of children and for signals. Every
child is in a group of its own and is told by the kernel when the supervisor dies, so that nothing is left
behind even when the supervisor is killed.
"""

import http.client
import selectors
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psycopg

from ringfence.config import children, embedded, ground, output, parts
from ringfence.config.declared import Environment
from ringfence.config.embedded_account import EmbeddedServerError

TICK_SECONDS = 0.25
CALM_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
DISK_CHECK_SECONDS = 30.0


@dataclass
class Running:
    """A part and its process; `failures` counts deaths since it last ran calmly."""

    part: parts.Part
    log: output.PartLog
    child: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


@dataclass
class Supervisor:
    """The store's parts and what happens to them."""

    settings: Environment
    running: list[Running] = field(default_factory=list)
    server: "subprocess.Popen[bytes] | None" = None
    stopping: threading.Event = field(default_factory=threading.Event)
    announced: bool = False
    disk_checked: float = 0.0

    def __post_init__(self) -> None:
        """Open what waiting needs."""
        self.selector = selectors.DefaultSelector()
        self.var = self.settings.var_dir
        self.groups = self.var / "run" / "groups"

    def run(self) -> int:
        """Run until told to stop; the result is the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            ground.writable(self.var)
            table = parts.table(self.settings)
            lock = ground.alone(self.var)
            children.end_leftovers(self.groups)
            ground.room(self.var, self._needed())
            ground.ports(table, self.settings.web_address)
        except ground.GroundError as problem:
            return _refuse(problem)
        try:
            return self._run(table)
        finally:
            self._stop_everything()
            lock.close()

    def _needed(self) -> int:
        """Bytes that must be free for a start; the first one makes the database and the demo data."""
        first = self.settings.embedded and not (self.var / "postgres" / "data").exists()
        return ground.FIRST_START_BYTES if first else ground.LEAST_FREE_BYTES

    def _run(self, table: list[parts.Part]) -> int:
        try:
            self._start_database()
        except EmbeddedServerError as problem:
            return _refuse(problem)
        status = self._prepare()
        if status or self.stopping.is_set():
            return status
        for part in table:
            self.running.append(Running(part, output.PartLog(self.var / "log", part.name)))
        for name in ("rehearsal", "mail", "switch", "phones"):
            why_not = parts.absence(name)
            if why_not:
                output.say(why_not)
        while not self.stopping.is_set():
            self._tick()
        return 0

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _start_database(self) -> None:
        if self.settings.embedded:
            cluster = embedded.EmbeddedServer(self.var)
            cluster.end_orphan()
            self.server = cluster.start()

    def _prepare(self) -> int:
        """Run `ringfence prepare` to its end; its words are shown as they come."""
        log = output.PartLog(self.var / "log", "prepare")
        child = children.spawn((sys.executable, "-m", "ringfence", "prepare"), {})
        assert child.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ)
            while child.poll() is None:
                if waiting.select(TICK_SECONDS):
                    log.feed(child.stdout.read() or b"")
                if self.stopping.is_set():
                    child.terminate()
        log.feed(child.stdout.read() or b"")
        log.close()
        child.stdout.close()
        return 0 if self.stopping.is_set() else child.returncode

    def _tick(self) -> None:
        """Wait a moment for output, then look after every part."""
        if self.selector.get_map():
            for key, _ in self.selector.select(TICK_SECONDS):
                self._read(key.data)
        else:
            time.sleep(TICK_SECONDS)
        now = time.monotonic()
        for row in self.running:
            if row.child is not None and row.child.poll() is not None:
                self._bury(row, now)
            if row.child is None and now >= row.due and not self.stopping.is_set():
                self._start(row, now)
        self._look_after_database()
        self._look_at_disk(now)
        if not self.announced and self._ready():
            self._announce()

    def _start(self, row: Running, now: float) -> None:
        row.child = children.spawn(row.part.argv, row.part.environment)
        row.started = now
        assert row.child.stdout is not None
        self.selector.register(row.child.stdout, selectors.EVENT_READ, row)
        self._remember()

    def _read(self, row: Running) -> None:
        if row.child is None or row.child.stdout is None:
            return
        data = row.child.stdout.read()
        if data:
            row.log.feed(data)
        elif data == b"":
            with suppress(KeyError):
                self.selector.unregister(row.child.stdout)

    def _bury(self, row: Running, now: float) -> None:
        """Clear away a part that ended by itself, and plan its next start."""
        child = row.child
        assert child is not None
        assert child.stdout is not None
        children.end_group(child.pid)
        row.log.feed(child.stdout.read() or b"")
        row.log.close()
        with suppress(KeyError):
            self.selector.unregister(child.stdout)
        child.stdout.close()
        row.child = None
        row.failures = 1 if now - row.started > CALM_SECONDS else row.failures + 1
        pause = min(0.25 * 2 ** (row.failures - 1), LONGEST_PAUSE_SECONDS)
        row.due = now + pause
        if not self.stopping.is_set():
            output.say(
                f"{row.part.name} ended ({_ending(child.returncode)}); it starts again in {pause:g} s."
            )

    def _look_after_database(self) -> None:
        if self.server is not None and self.server.poll() is not None and not self.stopping.is_set():
            output.say(f"The database ended ({_ending(self.server.returncode)}); it starts again.")
            try:
                self._start_database()
            except (EmbeddedServerError, psycopg.OperationalError) as problem:
                output.say(str(problem).partition("\n")[0])
                time.sleep(1)

    def _look_at_disk(self, now: float) -> None:
        if now - self.disk_checked > DISK_CHECK_SECONDS:
            self.disk_checked = now
            try:
                ground.room(self.var)
            except ground.GroundError as problem:
                output.say(f"Warning: {problem}")

    def _ready(self) -> bool:
        """Whether the store says that all of it works."""
        if any(row.child is None for row in self.running):
            return False
        host = self.settings.web_address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- where to ask, not listen.
        connection = http.client.HTTPConnection(host, self.settings.web_port, timeout=1)
        try:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        self.announced = True
        names = {row.part.name for row in self.running}
        rows = [
            ("", "Store", f"{self.settings.origin}/"),
            ("rehearsal", "Rehearsal payments", f"http://localhost:{self.settings.rehearsal_port}/"),
            ("mail", "Mail in (SMTP)", f"localhost:{self.settings.mail_port}"),
            ("switch", "Calls (SIP)", f"sip:localhost:{self.settings.sip_port}"),
        ]
        if not parts.absence("phones"):
            rows.append(("switch", "Phones (SIP over TLS)", f"localhost:{self.settings.tls_port}"))
        lines = ["", "The store is ready.", ""]
        lines += [f"  {what:<23}{where}" for name, what, where in rows if not name or name in names]
        logins = Path(self.var / "demo-logins.txt")
        if logins.exists():
            lines += [
                "",
                "  Demo logins",
                *(f"    {line}" for line in logins.read_text("utf-8").splitlines()),
            ]
        output.say("\n".join([*lines, "", "Ctrl-C stops it.", ""]))

    def _remember(self) -> None:
        children.remember(self.groups, [row.child.pid for row in self.running if row.child is not None])

    def _stop_everything(self) -> None:
        """Ask every part to end, wait, end what is left, and stop the database when nobody needs it."""
        alive = [row for row in self.running if row.child is not None]
        if alive:
            output.say("Stopping.")
        for row in alive:
            assert row.child is not None
            row.log.quiet = True
            with suppress(ProcessLookupError):
                row.child.terminate()
        deadline = time.monotonic() + max((row.part.stop_seconds for row in alive), default=0)
        while time.monotonic() < deadline and any(row.child and row.child.poll() is None for row in alive):
            for key, _ in self.selector.select(0.05) if self.selector.get_map() else []:
                self._read(key.data)
        for row in alive:
            assert row.child is not None
            children.end_group(row.child.pid)
            row.child.wait()
            row.log.close()
        if self.server is not None:
            embedded.stop(self.server)
        with suppress(OSError):
            self.groups.unlink(missing_ok=True)


def _ending(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def _refuse(problem: Exception) -> int:
    sys.stderr.write(f"ringfence: {problem}\n")
    return 1
