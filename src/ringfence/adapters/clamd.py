"""Looks for viruses by clamd's INSTREAM: the content goes there in pieces, and only its verdict comes back."""

import socket
import struct
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from ringfence.adapters import door
from ringfence.privacy.disclosure.door import Exit
from ringfence.support.ports import ScannerUnavailable
from ringfence.support.rules import Scan

EXIT: Final = Exit("clamd", to="scanner")
PATIENCE_SECONDS: Final = 60.0
PIECE: Final = 64 * 1024
LONGEST_ANSWER: Final = 4_000
_SIZE: Final = struct.Struct(">I")


class Clamd:
    """The clamd that `RINGFENCE_CLAMD` names."""

    def scan(self, content: bytes) -> Scan:
        """See the port. What clamd answers beside its verdict, such as a name, is not kept."""
        EXIT.check(content)
        try:
            with self._connection() as line:
                answer = _asked(line, content)
        except OSError as trouble:
            raise ScannerUnavailable("nobody who looks for viruses answers") from trouble
        if answer.endswith(b" OK"):
            return Scan.CLEAN
        if answer.endswith(b" FOUND"):
            return Scan.INFECTED
        if not answer:
            raise ScannerUnavailable("no verdict came")
        return Scan.UNREADABLE

    def _connection(self) -> door.Socket:
        where = str(settings.ENVIRONMENT.clamd)
        if where.startswith("/"):
            line = door.Socket(EXIT, socket.AF_UNIX)
            line.settimeout(PATIENCE_SECONDS)
            try:
                line.connect(where)
            except OSError:
                line.close()
                raise
            return line
        host, _colon, port = where.rpartition(":")
        return door.connected(EXIT, host, int(port), PATIENCE_SECONDS)


def _asked(line: door.Socket, content: bytes) -> bytes:
    """Return the verdict. A server that stops listening in the middle has already said why."""
    try:
        line.send_on(b"zINSTREAM\0")
        for piece in _pieces(content):
            line.send_on(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = b""
    while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.partition(b"\0")[0].strip()


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        yield _SIZE.pack(len(piece)) + piece
    yield _SIZE.pack(0)
