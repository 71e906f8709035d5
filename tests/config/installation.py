"""A whole installation in a folder of its own, for tests that run the program as an operator would."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.once import once

ROOT = Path(__file__).resolve().parents[2]
FURNISHED = "-migrated"
"""What is added to the name of the run's own folder: beside it, as that one is searched for what must not be there."""


def free_port() -> int:
    """A port that nobody has at the moment, for TCP and UDP."""
    with closing(socket.socket()) as probe, closing(socket.socket(type=socket.SOCK_DGRAM)) as twin:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        twin.bind(("127.0.0.1", port))
        return port


def within(seconds: float, condition: Callable[[], object]) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


@dataclass
class Installation:
    """A `var` folder, ports, and the processes that a test started there."""

    var: Path
    ports: dict[str, int]
    children: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the program: nothing of the test run's own."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        named = {f"RINGFENCE_{name}_PORT": str(port) for name, port in self.ports.items()}
        return kept | named | {"RINGFENCE_VAR_DIR": str(self.var), "PYTHONPATH": str(ROOT / "src")}

    def start(self, *words: str, **changed: str) -> "subprocess.Popen[str]":
        """Start the program."""
        child = subprocess.Popen(
            [sys.executable, "-m", "ringfence", *words],
            env=self.environment | changed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.var,
        )
        self.children.append(child)
        return child

    def run(self, *words: str, **changed: str) -> tuple[int, str]:
        """Run the program to its end: its status and what it said."""
        child = self.start(*words, **changed)
        said, _ = child.communicate(timeout=120)
        return child.returncode, said

    def furnish(self) -> None:
        """Have what `ringfence migrate` makes of an empty folder. It is made once for a run, and copied."""
        made = Path(f"{os.environ['TEST_RUN_VAR']}{FURNISHED}")

        def migrate() -> None:
            made.mkdir(mode=0o755, exist_ok=True)
            status, said = Installation(made, {}).run("migrate")
            assert (status, "migrations applied." in said) == (0, True), said

        once("installation", migrate)
        subprocess.run(["cp", "-a", f"{made}/.", self.var], check=True)

    def processes(self) -> set[int]:
        """Every living process that names this installation's folder, in its command or its environment."""
        mark = os.fsencode(self.var)
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with suppress(OSError):
                    if mark in (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes():
                        found.add(int(entry.name))
        return found

    def clear(self) -> None:
        """End whatever is left and throw the folder away."""
        for child in self.children:
            if child.poll() is None:
                child.terminate()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(20)
            if child.stdout:
                child.stdout.close()
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.var, ignore_errors=True)
