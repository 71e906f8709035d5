"""The store that all browser tests share: `ringfence up` in a folder of its own, started once for a run."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.browser.post import Post
from tests.config.installation import ROOT, Installation, free_port, within

START_SECONDS = 90.0
STOP_SECONDS = 30.0
MEASUREMENT = "G-TEST123456"
PARTS = ("WEB", "REHEARSAL", "MAIL", "TRIAL", "SIP", "SIP_TLS")


@dataclass
class RunningStore:
    """A whole store that runs, with the letters it has sent."""

    installation: Installation
    post: Post
    said: list[str] = field(default_factory=list)
    started_in: float = 0.0
    seeder: "subprocess.Popen[str] | None" = None

    @property
    def origin(self) -> str:
        """Where customers reach it."""
        return f"http://localhost:{self.installation.ports['WEB']}"

    @property
    def provider(self) -> str:
        """Where its payment provider is."""
        return f"http://localhost:{self.installation.ports['REHEARSAL']}"

    @property
    def edge(self) -> tuple[str, int]:
        """Where its SIP switch listens."""
        return "127.0.0.1", self.installation.ports["SIP"]

    def start(self) -> None:
        """Start it and wait until it says that all of it works."""
        begun = time.monotonic()
        self.post.open()
        self.child = self.installation.start(
            "up",
            RINGFENCE_SMTP_URL=f"smtp://127.0.0.1:{self.post.port}",
            RINGFENCE_TRUSTED_PROXIES="127.0.0.1",  # so that each visitor can have an address of their own
            RINGFENCE_ANALYTICS_ID=MEASUREMENT,  # every test sees that nothing is loaded before a yes
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        within(START_SECONDS, lambda: self._ready() or self.child.poll() is not None)
        if not self._ready():
            self.child.terminate()
            self._listener.join(STOP_SECONDS)
            self._clear()
            raise RuntimeError("".join(self.said))
        self.started_in = time.monotonic() - begun

    def _ready(self) -> bool:
        return "The store is ready." in "".join(self.said)

    def _clear(self) -> None:
        self.installation.clear()
        self.post.close()

    def _listen(self) -> None:
        with suppress(ValueError):
            for line in self.child.stdout or ():
                self.said.append(line)

    def stop(self) -> None:
        """Stop it as an operator does, and insist that it left nothing behind; the second time does nothing."""
        if self.child.poll() is not None:
            return
        if self.seeder is not None:
            self.seeder.communicate(timeout=STOP_SECONDS)
        self.child.send_signal(signal.SIGINT)
        stopped = within(STOP_SECONDS, lambda: self.child.poll() is not None)
        left = {pid: _command(pid) for pid in self.installation.processes()}
        self._listener.join(5)
        self._clear()
        assert stopped, "the store did not stop"
        assert not left, f"processes were left behind: {left}"
        assert self.child.returncode == 0, "".join(self.said[-20:])

    def run(self, *words: str) -> str:
        """Run a command of the program; its words."""
        status, said = self.installation.run(*words)
        assert status == 0, said
        return said

    def seed(self, name: str, /, **facts: Any) -> Any:
        """Call a builder of `tests.browser.seeds`, in a process of the store's own; what it returned."""
        if self.seeder is None:
            paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
            self.seeder = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.seeds"],
                env=self.installation.environment | {"PYTHONPATH": paths},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.seeder.stdin
        assert self.seeder.stdout
        self.seeder.stdin.write(json.dumps([name, facts]) + "\n")
        self.seeder.stdin.flush()
        answer = self.seeder.stdout.readline()
        assert answer, "the builders have died"
        said = json.loads(answer)
        assert "made" in said, said["trouble"]
        return said["made"]


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return "gone"


@cache
def the_store() -> RunningStore:
    """The one store of this run, started when the first test asks for it."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-browser-"))
    folder.chmod(0o755)
    ports = {part: free_port() for part in PARTS}
    store = RunningStore(Installation(folder, ports), Post(onward=ports["MAIL"]))
    store.start()
    return store
