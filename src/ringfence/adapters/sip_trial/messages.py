"""SIP messages (RFC 3261 section 7), read and written as far as a plain call needs them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

Address = tuple[str, int]
Headers = list[tuple[str, str]]

SHORT_NAMES = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
STATUS_LINE = "SIP/2.0 "
RINGING, OK, MULTIPLE_CHOICES = 180, 200, 300
SILENCE = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=inactive\r\n"
)
"""A session that carries no sound: what is tried is the way of the call."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its first line, its headers in order with names in lower case."""

    first: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """Read a datagram; None when it is no SIP message."""
        head = data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        first, *lines = head.split("\r\n")
        if " " not in first:
            return None
        pairs = (
            (name.strip().lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)
        )
        message = cls(first, tuple((SHORT_NAMES.get(name, name), value) for name, value in pairs))
        return message if message.one("call-id") and " " in message.one("cseq") else None

    @property
    def status(self) -> int:
        """The code of a response; 0 for a request."""
        return int(self.first[8:11]) if self.first.startswith(STATUS_LINE) else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.one("cseq").rpartition(" ")[2]

    @property
    def said(self) -> str:
        """What it says in short: `INVITE`, or `180 Ringing`."""
        return self.first.removeprefix(STATUS_LINE) if self.status else self.method

    @property
    def call(self) -> str:
        """The id of the call it belongs to."""
        return self.one("call-id")

    def one(self, name: str) -> str:
        """Return the first value of a header, or nothing."""
        return next((value for key, value in self.headers if key == name), "")

    def every(self, name: str) -> list[str]:
        """Return all values of a header, in order."""
        return [value for key, value in self.headers if key == name]


def written(first: str, headers: Iterable[tuple[str, str]], body: str = "") -> bytes:
    """Return a message as it goes over the wire."""
    kind = [("Content-Type", "application/sdp")] if body else []
    lines = [
        first,
        *(f"{name}: {value}" for name, value in (*headers, *kind)),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def answer(request: Message, code: int, phrase: str, *, contact: str = "", body: str = "") -> bytes:
    """Return the answer to a request, with a tag of this end where there is none yet."""
    to = request.one("to")
    headers: Headers = [("Via", value) for value in request.every("via")]
    headers += [("Record-Route", value) for value in request.every("record-route")]
    headers += [
        ("From", request.one("from")),
        ("To", to if ";tag=" in to else f"{to};tag={tag(request)}"),
        ("Call-ID", request.call),
        ("CSeq", request.one("cseq")),
    ]
    if contact:
        headers.append(("Contact", f"<{contact}>"))
    return written(f"{STATUS_LINE}{code} {phrase}", headers, body)


def tag(request: Message) -> str:
    """Return this end's tag of a call: the same for every answer to it."""
    return "".join(sign for sign in request.call if sign.isalnum())[:16]


def uri_of(header: str) -> str:
    """Return the URI of a header such as Contact."""
    return header.partition("<")[2].partition(">")[0] if "<" in header else header.partition(";")[0]
