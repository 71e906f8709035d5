"""A customer's own server: it takes what is sent on, or does not, as it is told."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Request:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how to answer: a status, after some seconds."""

    status: int = 200
    seconds: float = 0.0
    location: str = ""
    came: list[Request] = field(default_factory=list)
    port: int = 0


@contextlib.contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """Run a server on a free port of this machine; with a certificate by TLS."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            told.came.append(Request(self.path, dict(self.headers), body))
            time.sleep(told.seconds)
            with contextlib.suppress(OSError):
                self.send_response(told.status)
                if told.location:
                    self.send_header("Location", told.location)
                self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(certificate)
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def dripping() -> Iterator[int]:
    """Run a server that answers a byte at a time and never ends; yields its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError):
            answered, _address = listening.accept()
            with answered:
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                    if ended.wait(0.02):
                        break
                    answered.sendall(bytes([byte]))

    threading.Thread(target=drip, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        ended.set()
        listening.close()
