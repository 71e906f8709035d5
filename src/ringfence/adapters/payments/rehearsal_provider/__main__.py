"""Runs the rehearsal provider until SIGTERM or SIGINT, in one process.

``python -m ringfence.adapters.payments.rehearsal_provider --data-dir DIR --webhook-url URL --secret-file
FILE``
"""

import argparse
import asyncio
import logging
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from .api import Api
from .app import App
from .books import Books
from .courier import Courier
from .keys import SHORTEST_SECRET, api_key, signing_key
from .mandates import Mandates
from .store import Store
from .web import shell


def _stop(sentence: str) -> NoReturn:
    sys.stderr.write(f"rehearsal payment provider: {sentence}\n")
    raise SystemExit(2)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ringfence.adapters.payments.rehearsal_provider",
        description="A payment provider to rehearse with: its own process, its own origin, and no money.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument(
        "--public-url", help="origin that buyers' browsers see (default: http://localhost:PORT)"
    )
    parser.add_argument(
        "--data-dir", type=Path, required=True, help="folder for its own database; made if missing"
    )
    parser.add_argument("--webhook-url", required=True, help="where the shop takes events")
    parser.add_argument(
        "--secret-file", type=Path, required=True, help="file with the secret shared with the shop"
    )
    parser.add_argument("--slow-seconds", type=float, default=6.0, help="how long the slow test cards take")
    parser.add_argument("--session-seconds", type=float, default=1800.0, help="how long a payment stays open")
    return parser.parse_args()


def _secret(path: Path) -> str:
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        _stop(f"the secret file {path} cannot be read.")
    if len(secret) < SHORTEST_SECRET:
        _stop(f"the secret in {path} is shorter than {SHORTEST_SECRET} characters.")
    return secret


def _refuse_taken_port(host: str, port: int) -> None:
    """The web server would share the port with another process, so a taken one must be found before."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            _stop(f"it cannot listen at {host} port {port}: {error}.")


def _open_store(data_dir: Path) -> Store:
    try:
        return Store(data_dir)
    except BlockingIOError:
        _stop(f"another one already works in {data_dir}.")
    except (OSError, sqlite3.Error) as error:
        _stop(f"it cannot keep its data in {data_dir}: {error}.")


async def _serve(asked: argparse.Namespace, secret: str, store: Store) -> None:
    public_url = (asked.public_url or f"http://localhost:{asked.port}").rstrip("/")
    books = Books(
        store, clock=time.time, slow_seconds=asked.slow_seconds, session_seconds=asked.session_seconds
    )
    courier = Courier(books, webhook_url=asked.webhook_url, key=signing_key(secret), clock=time.time)
    books.wake = courier.wake
    mandates = Mandates(books, clock=time.time, slow_seconds=asked.slow_seconds)
    app = App(books, mandates, Api(books, mandates, key=api_key(secret), public_url=public_url))
    server = Server(
        shell(app.answer),
        address=asked.host,
        port=asked.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    stop: Callable[[], None] = server.stop
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    work = asyncio.create_task(courier.run())
    work.add_done_callback(lambda _: stop())
    await server.serve()
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def main() -> None:
    """Reads the arguments, starts, and ends with status 0 when told to stop."""
    asked = _arguments()
    if urlsplit(asked.webhook_url).scheme not in ("http", "https"):
        _stop("the webhook address begins with http:// or https://.")
    logging.basicConfig(format="rehearsal %(levelname)s %(message)s", level=logging.WARNING)
    secret = _secret(asked.secret_file)
    _refuse_taken_port(asked.host, asked.port)
    store = _open_store(asked.data_dir)
    try:
        asyncio.run(_serve(asked, secret, store))
    finally:
        store.close()


if __name__ == "__main__":
    main()
