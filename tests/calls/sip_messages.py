"""SIP messages (RFC 3261 section 7), read and written as far as a test call needs them."""

import re
import socket
from dataclasses import dataclass
from typing import Self

Address = tuple[str, int]

SHORT_NAMES = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


@dataclass(frozen=True)
class Message:
    """One SIP message as it came from the wire: first line, headers in order, body."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str
    source: Address

    @classmethod
    def parse(cls, data: bytes, source: Address) -> Self:
        """Read a datagram; header names are put in lower case and written out in full."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            plain = name.strip().lower()
            headers.append((SHORT_NAMES.get(plain, plain), value.strip()))
        return cls(first, tuple(headers), body, source)

    @property
    def status(self) -> int:
        """The status code of a response, 0 for a request."""
        return int(self.first.split(" ")[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.one("cseq").split()[-1]

    def one(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def every(self, name: str) -> list[str]:
        """All values of a header, in order."""
        return [value for key, value in self.headers if key == name]

    def text(self) -> str:
        """The message without its body, for searching it."""
        return "\n".join([self.first, *(f"{name}: {value}" for name, value in self.headers)])


def open_link(address: Address) -> socket.socket:
    """A UDP socket bound to an address."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(address)
    return link


def written(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """A message as it goes over the wire."""
    if body:
        headers = [*headers, ("Content-Type", "application/sdp")]
    lines = [first, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def uri_of(header: str) -> str:
    """The URI of a header such as From or Contact."""
    return header.partition("<")[2].partition(">")[0] if "<" in header else header.partition(";")[0]
