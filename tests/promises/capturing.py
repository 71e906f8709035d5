"""A machine outside that keeps every byte it is sent: as a web or mail server, over UDP, by a local socket."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ANSWER: Final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
PATIENCE: Final = 2.0


class Captured:
    """What arrived, and where it is to be sent."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.host, self.port, self.path = "127.0.0.1", 0, Path()
        self._came = bytearray()

    def keep(self, data: bytes) -> None:
        """Keep what came."""
        self._came += data

    def taken(self) -> bytes:
        """Return what arrived since it was last asked for."""
        found = bytes(self._came)
        self._came.clear()
        return found

    @property
    def origin(self) -> str:
        """Where it is, as a web address."""
        return f"http://{self.host}:{self.port}"


class Web(socketserver.BaseRequestHandler):
    """Reads a whole request and answers that it cannot."""

    server: Any

    def handle(self) -> None:
        """Read headers, then as much as they say; no more is waited for."""
        self.request.settimeout(PATIENCE)
        came = b""
        while b"\r\n\r\n" not in came and (more := self.request.recv(65536)):
            came += more
        head, _end, body = came.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
        while len(body) < wanted and (more := self.request.recv(65536)):
            body, came = body + more, came + more
        self.server.captured.keep(came)
        self.request.sendall(ANSWER)


class Mail(socketserver.StreamRequestHandler):
    """Takes every letter."""

    server: Any

    def handle(self) -> None:
        """Say yes to everything."""
        self.wfile.write(b"220 mail.example\r\n")
        while line := self.rfile.readline():
            self.server.captured.keep(line)
            verb = line[:4].upper()
            self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 yes\r\n"))
            while verb == b"DATA" and (line := self.rfile.readline()):
                self.server.captured.keep(line)
                if line == b".\r\n":
                    self.wfile.write(b"250 taken\r\n")
                    break
            if verb == b"QUIT":
                return


class Clamd(socketserver.StreamRequestHandler):
    """Finds no virus in anything."""

    server: Any

    def handle(self) -> None:
        """Read to the last piece, which is empty."""
        self.server.captured.keep(self.rfile.read(10))
        while size := int.from_bytes(self.rfile.read(4), "big"):
            self.server.captured.keep(self.rfile.read(size))
        self.wfile.write(b"stream: OK\0")


@contextmanager
def capturing(kind: type[socketserver.BaseRequestHandler]) -> Iterator[Captured]:
    """Have a server of a kind."""
    captured = Captured()
    with socketserver.ThreadingTCPServer((captured.host, 0), kind) as server:
        server.daemon_threads = True
        server.captured = captured  # type: ignore[attr-defined] # its handlers find it there
        captured.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield captured
        server.shutdown()
        thread.join()


@contextmanager
def datagrams(folder: Path | None = None) -> Iterator[Captured]:
    """Have a socket that answers nothing: by UDP, or in a folder of this machine."""
    captured = Captured()
    family = socket.AF_UNIX if folder else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as own:
        own.bind(str(folder / "control") if folder else (captured.host, 0))
        if folder:
            captured.path = folder / "control"
        else:
            captured.port = own.getsockname()[1]
        own.settimeout(0)

        def came() -> bytes:
            found = b""
            while True:
                try:
                    found += own.recv(65536)
                except BlockingIOError:
                    return found

        captured.taken = came  # type: ignore[method-assign] # what waits in the socket came
        yield captured
