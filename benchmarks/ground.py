"""What every benchmark stands on: a PostgreSQL of its own with production's durability, thrown away afterwards."""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its target and the reference it was measured against."""

    name: str
    value: float
    unit: str
    target: str
    reference: str
    how: str
    holds: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the figure as it stands in results.json."""
        return asdict(self) | {"value": round(self.value, 4)}


@contextmanager
def store(**settings: str) -> Iterator[None]:
    """A migrated store in a temporary folder, with Django set up on it, as `settings` say."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-bench-"))
    folder.chmod(0o755)
    for name in [
        name for name in os.environ if name.startswith("RINGFENCE_") or name.endswith("DATABASE_URL")
    ]:
        del os.environ[name]
    os.environ |= {"RINGFENCE_VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "ringfence.config.settings"}
    os.environ |= settings

    import django

    from ringfence.config.embedded import EmbeddedServer, stop

    process = EmbeddedServer(folder).start()
    try:
        django.setup()
        from ringfence.config import migrating
        from ringfence.interfaces import clock
        from ringfence.kernel.actor import Actor
        from ringfence.privacy.keys import actions

        migrating.migrate()
        actions.begin_epoch(by=Actor.system("benchmark"), at=clock.now())
        yield
    finally:
        from django.db import connections

        connections.close_all()
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass(frozen=True)
class WholeStore:
    """A store that `ringfence up` runs: its supervisor's process, its folder, where it answers, how long it took."""

    pid: int
    folder: str
    address: str
    started_in: float


@contextmanager
def whole_store(**settings: str) -> Iterator[WholeStore]:
    """Run the whole store with demo data in a folder and on ports of its own, as `settings` say besides."""
    with tempfile.TemporaryDirectory(prefix="ringfence-whole-") as folder:
        Path(folder).chmod(0o755)
        names = ("WEB", "REHEARSAL", "MAIL", "SIP", "SIP_TLS")
        ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
        given = {f"RINGFENCE_{name}_PORT": port for name, port in ports.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGFENCE_")}
        began = time.monotonic()
        up = subprocess.Popen(
            [sys.executable, "-m", "ringfence", "up"],
            env={**kept, **given, "RINGFENCE_VAR_DIR": f"{folder}/var", **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            if up.stdout is None or not any("The store is ready" in line for line in up.stdout):
                raise RuntimeError("the store did not start")
            ready = time.monotonic() - began
            # What it says further is read, as a supervisor whose words nobody takes stands still.
            threading.Thread(target=up.stdout.read, daemon=True).start()
            yield WholeStore(up.pid, folder, f"http://localhost:{ports['WEB']}", ready)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ratio(
    work: Callable[[], object], reference: Callable[[], object], rounds: int = 7
) -> tuple[float, float, float]:
    """Return the median ratio of two works run in turn, and the median seconds of each."""
    pairs = [(seconds(work), seconds(reference)) for _ in range(rounds)]
    mine, other = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return statistics.median(a / b for a, b in pairs), mine, other


def printed(figures: Iterable[Figure]) -> int:
    """Print figures as they are measured; return how many miss their target."""
    missed = 0
    for figure in figures:
        measured = (figure.name, round(figure.value, 3), figure.unit, figure.target)
        print(*measured, "|", figure.reference, "|", figure.how)
        missed += figure.holds is False
    return missed
