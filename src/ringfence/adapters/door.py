"""Connections that stand behind the door: each asks its exit about what it is to send before it sends a byte of it."""

import http.client
import smtplib
import socket
import ssl
from asyncio import DatagramTransport
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ringfence.privacy.disclosure.door import Exit

if TYPE_CHECKING:
    import httpx

Message = bytes | str


class HTTP(http.client.HTTPConnection):
    """A connection over HTTP, or over TLS where `secure` is given."""

    def __init__(
        self,
        way: Exit,
        host: str,
        port: int | None = None,
        *,
        patience: float,
        secure: ssl.SSLContext | None = None,
    ) -> None:
        """Connect to nothing yet; `patience` in seconds."""
        super().__init__(host, port or (443 if secure else 80), timeout=patience)
        self._way, self._secure = way, secure
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        """Connect, and prove by its certificate who the other side is."""
        super().connect()
        if self._secure is not None:
            self.sock = self._secure.wrap_socket(self.sock, server_hostname=self.host)

    def request(  # type: ignore[override] # a body is whole, so that it can be looked at before any of it is sent
        self, method: str, url: str, body: Message = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a request, unless its exit refuses it."""
        told = "\n".join(f"{name}: {value}" for name, value in (headers or {}).items())
        self._way.check(f"{method} {url}\n{told}", body)
        super().request(method, url, body or None, dict(headers or {}))


class SMTP(smtplib.SMTP):
    """A connection to a mail server."""

    def __init__(self, way: Exit, host: str, port: int, own_name: str, *, patience: float) -> None:
        """Connect."""
        self._way = way
        super().__init__(host, port, own_name, timeout=patience)

    def sendmail(
        self,
        from_addr: str,
        to_addrs: str | Sequence[str],
        msg: Any,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> dict[str, tuple[int, bytes]]:
        """Hand a letter over, unless its exit refuses it."""
        to = [to_addrs] if isinstance(to_addrs, str) else [*to_addrs]
        self._way.check(from_addr, *to, msg)
        return super().sendmail(from_addr, to, msg, mail_options, rcpt_options)


class SMTPS(SMTP):
    """The same over TLS from its first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


class Socket(socket.socket):
    """A socket; what it sends is looked at, piece by piece."""

    def __init__(self, way: Exit, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> None:
        """Open it, connected to nothing."""
        super().__init__(family, kind)
        self._way = way

    def sendall(self, data: Any, *flags: int) -> None:
        """Send all, unless its exit refuses it."""
        self._way.check(bytes(data))
        super().sendall(data, *flags)

    def send_on(self, piece: bytes) -> None:
        """Send a piece of something that its exit has let pass as a whole."""
        super().sendall(piece)

    def sendto(self, data: Any, *where: Any) -> int:
        """Send a datagram, unless its exit refuses it."""
        self._way.check(bytes(data))
        return super().sendto(data, *where)


def connected(way: Exit, host: str, port: int, patience: float) -> Socket:
    """Return a socket that is connected to a host, at the first of its addresses that answers. Raises OSError."""
    trouble: OSError = OSError("the name has no address")
    for family, kind, _protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        found = Socket(way, family, kind)
        found.settimeout(patience)
        try:
            found.connect(address)
        except OSError as error:
            found.close()
            trouble = error
        else:
            return found
    raise trouble


class Datagrams:
    """The sending half of a line that others' code receives on."""

    def __init__(self, way: Exit, transport: DatagramTransport) -> None:
        """Send by this transport."""
        self._way, self._transport = way, transport

    def sendto(self, data: bytes, to: tuple[str, int]) -> None:
        """Send a datagram, unless its exit refuses it."""
        self._way.check(data)
        self._transport.sendto(data, to)


def client(way: Exit, **options: Any) -> "httpx.Client":
    """Return a client of `httpx` with these options of its own; nothing of the environment counts."""
    import httpx

    hooks = {"request": [way.check_request]}
    return httpx.Client(**{"trust_env": False, **options, "event_hooks": hooks})
