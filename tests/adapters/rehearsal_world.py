"""The rehearsal provider as a process of its own, for tests."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.adapters.payments.rehearsal_provider.keys import api_key
from ringfence.adapters.payments.trust import trusted
from ringfence.shop.ports import PaymentEvent

T = TypeVar("T")
SECRET = "a secret that both sides share"
PATIENCE_SECONDS = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(ask: Callable[[], T], what: str) -> T:
    """What ``ask`` answers, once it is anything but empty."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.03)
    pytest.fail(f"never seen: {what}")


class Shop(ThreadingHTTPServer):
    """Takes events as the shop would; ``status`` is what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen at a free port."""
        super().__init__(("127.0.0.1", 0), _Door)
        self.status = 200
        self.came: list[tuple[bytes, dict[str, str]]] = []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def events(self, adapter: RehearsalPayments, reference: str) -> list[PaymentEvent]:
        """What came about one payment, in the order of arrival."""
        read = [adapter.read_event(body, headers, at=datetime.now(UTC)) for body, headers in list(self.came)]
        return [event for event in read if event and event.reference == reference]


class _Door(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((body, dict(self.headers.items())))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Provider:
    """The process, its folder and its log."""

    def __init__(self, folder: Path, shop: Shop, *extra: str) -> None:
        """Choose a port and write the secret; nothing runs yet."""
        self.folder, self.shop, self.extra = folder, shop, extra
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret_file = folder / "secret"
        self.secret_file.write_text(SECRET + "\n")
        self.log = folder / "log"

    def command(self) -> list[str]:
        """How it is started."""
        module = "ringfence.adapters.payments.rehearsal_provider"
        given = {
            "--port": self.port,
            "--data-dir": self.folder / "data",
            "--webhook-url": f"{self.shop.address}/webhooks/payments/",
            "--secret-file": self.secret_file,
            "--slow-seconds": 0.4,
        }
        return [
            sys.executable,
            "-m",
            module,
            *(str(part) for pair in given.items() for part in pair),
            *self.extra,
        ]

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        eventually(self._answers, "the provider answering")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False, verify=trusted()).is_success
        except httpx.TransportError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stops it; answers its exit status."""
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def call(
        self, method: str, path: str, asked: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """A bare call of the API, without the adapter."""
        all_headers = {"Authorization": f"Bearer {api_key(SECRET)}", **headers}
        return httpx.request(
            method, self.url + path, json=asked, headers=all_headers, trust_env=False, verify=trusted()
        )

    @contextmanager
    def trouble(self, **asked: object) -> Iterator[None]:
        """Things go wrong inside the block."""
        assert self.call("PUT", "/rehearsal/trouble", asked).is_success
        yield
        assert self.call("PUT", "/rehearsal/trouble", {}).is_success
