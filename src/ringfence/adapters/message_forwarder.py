"""Takes messages on to customers' own addresses, and to no machine inside the house.

A name is looked up here, every address it has must be public, and the connection goes to one of those very addresses:
a name that changes its mind in between (DNS rebinding) changes nothing. Redirects are not followed, nothing of the
answer is read but its status, and the whole, the name included, takes a few seconds at most.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from ringfence.adapters import door
from ringfence.privacy.disclosure.door import Exit
from ringfence.telephony.message_ports import Reply, Trouble
from ringfence.telephony.message_signing import is_loopback, is_public

EXIT: Final = Exit("messages", to="destinations")
NAMING_TAKES: Final = 4.0
CONNECTING_TAKES: Final = 4.0
ALL_TAKES: Final = 10.0
PORTS: Final = {"https": 443, "http": 80}
TAKEN: Final = range(200, 300)


class _AddressError(Exception):
    """The name has no address, or one that is not public."""


class _Connection(door.HTTP):
    """A connection to an address that was looked at before."""

    def __init__(self, host: str, port: int, address: str, secure: ssl.SSLContext | None) -> None:
        super().__init__(EXIT, host, port, patience=CONNECTING_TAKES, secure=secure)
        self._address = address
        self.is_ended = False

    def end(self) -> None:
        """End what takes too long, whatever it is doing."""
        self.is_ended = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        """Connect to the address, and prove by its certificate that it bears the name."""
        plain = door.connected(EXIT, self._address, self.port, CONNECTING_TAKES)
        plain.settimeout(ALL_TAKES)
        if self._secure is None:
            self.sock = plain
            return
        guarded = self._secure.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = guarded
        guarded.do_handshake()


def _look_up(host: str, port: int, found: Future[Any]) -> None:
    try:
        found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as trouble:
        found.set_exception(trouble)


class GuardedForwarder:
    """Sends by HTTPS to public addresses; on a developer's machine to that very machine too."""

    def __init__(
        self,
        secure: ssl.SSLContext | None = None,
        all_takes: float = ALL_TAKES,
        look_up: Callable[[str, int, Future[Any]], None] = _look_up,
    ) -> None:
        """Trust what the system trusts, unless told otherwise."""
        self._look_up, self._naming_takes = look_up, min(NAMING_TAKES, all_takes)
        self._secure = secure or ssl.create_default_context()
        self._all_takes = all_takes

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """See the port."""
        began = time.monotonic()
        trouble, status = self._send(url, headers, body)
        return Reply(trouble, status, int((time.monotonic() - began) * 1000))

    def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Trouble | None, int]:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        ends = time.monotonic() + self._all_takes
        try:
            address = self._address(parts.scheme, host, port)
        except (_AddressError, OSError, UnicodeError) as trouble:
            return Trouble.SLOW if isinstance(trouble, TimeoutError) else Trouble.ADDRESS, 0
        secure = self._secure if parts.scheme == "https" else None
        connection = _Connection(host, port, address, secure)
        ending = threading.Timer(max(ends - time.monotonic(), 0), connection.end)
        ending.daemon = True
        ending.start()
        try:
            connection.request("POST", path, body, dict(headers))
            status = connection.getresponse().status
        except ssl.SSLCertVerificationError:
            return Trouble.CERTIFICATE, 0
        except TimeoutError:
            return Trouble.SLOW, 0
        except (OSError, HTTPException, ValueError):
            return (Trouble.SLOW if connection.is_ended else Trouble.CONNECTION), 0
        finally:
            ending.cancel()
            connection.close()
        if connection.is_ended:
            return Trouble.SLOW, status
        return (None if status in TAKEN else Trouble.STATUS), status

    def _found(self, host: str, port: int) -> list[Any]:
        """Return what a name resolves to. Nothing can stop a look-up: one that takes too long is left behind."""
        found: Future[list[Any]] = Future()
        threading.Thread(target=self._look_up, args=(host, port, found), daemon=True).start()
        return found.result(self._naming_takes)

    def _address(self, scheme: str, host: str, port: int) -> str:
        """Return the address to connect to. Raises when one of those of a name is not public, or none comes in time."""
        found = self._found(host, port)
        addresses = [str(one[4][0]) for one in found]
        if settings.ENVIRONMENT.local and is_loopback(host) and all(map(is_loopback, addresses)):
            return addresses[0]
        if scheme != "https" or not addresses or not all(map(is_public, addresses)):
            raise _AddressError
        return addresses[0]
