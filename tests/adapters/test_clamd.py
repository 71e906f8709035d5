"""What clamd is asked and what becomes of its answers, with a stand-in that speaks its INSTREAM."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from ringfence.adapters.clamd import PIECE, Clamd
from ringfence.support.ports import ScannerUnavailable
from ringfence.support.rules import Scan

VIRUS = b"a virus that is none"
LARGEST = 200_000


class StandIn(socketserver.StreamRequestHandler):
    """Answers as clamd does."""

    def handle(self) -> None:
        """Read a stream of pieces, and answer."""
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > LARGEST:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        if content == b"silence":
            return
        self.wfile.write(b"stream: Test.Virus FOUND\0" if VIRUS in content else b"stream: OK\0")


@contextmanager
def stand_in(folder: Path) -> Iterator[str]:
    """Run one on a socket."""
    where = str(folder / "clamd")
    server = socketserver.ThreadingUnixStreamServer(where, StandIn)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield where
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clamd(tmp_path: Path, settings: Settings) -> Iterator[Clamd]:
    """The adapter with a stand-in behind it."""
    with stand_in(tmp_path) as where:
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, clamd=where)
        yield Clamd()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", Scan.CLEAN),
        (b"x" * (2 * PIECE + 7), Scan.CLEAN),
        (b"y" * PIECE + VIRUS, Scan.INFECTED),
        (b"z" * (LARGEST * 5), Scan.UNREADABLE),
    ],
)
def test_each_verdict_is_understood(clamd: Clamd, content: bytes, found: Scan) -> None:
    assert clamd.scan(content) is found


def test_no_verdict_is_no_verdict(clamd: Clamd, settings: Settings) -> None:
    with pytest.raises(ScannerUnavailable):
        clamd.scan(b"silence")
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, clamd="127.0.0.1:1")
    with pytest.raises(ScannerUnavailable):
        clamd.scan(b"x")
