"""Every other host there is: one HTTPS server on this machine, which a browser takes for all of them.

Whatever a browser asks of another host, by whatever name, arrives here and is noted byte by byte. Google's part is
played by a stand-in that does what Google's code does with the settings it is given, and tells what such code reads
of a page besides.
"""

import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser

from tests.browser.chromium import ARGUMENTS, the_playwright

TAG, COLLECT = "www.googletagmanager.com", "region1.google-analytics.com"
HANDSHAKE = b"\x16"
"""The first byte of a connection that is going to be encrypted (RFC 8446, section 5.1)."""
STAND_IN = Path(__file__).with_name("google_stand_in.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Asked:
    """One request to another host, as it came."""

    host: str
    method: str
    address: str
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> dict[str, list[str]]:
        """What its address says, taken apart."""
        return parse_qs(urlsplit(self.address).query)

    @property
    def everything(self) -> str:
        """All of it as one text: address, headers and body, as sent and decoded."""
        said = "\n".join(
            [self.host, self.address, *(f"{n}: {v}" for n, v in self.headers.items()), self.body]
        )
        return f"{said}\n{unquote_plus(said)}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Elsewhere"

    def _note(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        host = self.headers.get("Host", "")
        said = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(Asked(host, self.command, self.path, said, body))
        code = STAND_IN.encode() if host == TAG else b""
        self.send_response(200 if code else 204)
        self.send_header("Content-Type", "text/javascript")
        self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.send_header("Content-Length", str(len(code)))
        self.end_headers()
        self.wfile.write(code)

    def __getattr__(self, name: str) -> Any:
        """Take every way of asking alike."""
        if name.startswith("do_"):
            return self._note
        raise AttributeError(name)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@dataclass
class Elsewhere(ThreadingHTTPServer):
    """The server, and what pages have asked of it.

    The browser's own errands end at a certificate nobody trusts; its look for updates, which needs none, finds no host.
    """

    seen: list[Asked] = field(default_factory=list)
    daemon_threads = True

    def __post_init__(self) -> None:
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _Handler)
        self.context = _throw_away()

    __hash__ = object.__hash__

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer in the way one is asked: encrypted, or in plain."""
        with suppress(OSError), closing(request):
            begun = request.recv(1, socket.MSG_PEEK) == HANDSHAKE
            with closing(self.context.wrap_socket(request, server_side=True) if begun else request) as spoken:
                super().process_request_thread(spoken, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no mistake."""


def _throw_away() -> ssl.SSLContext:
    """A certificate that nobody trusts, for the length of a run."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TAG)]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=6))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in (TAG, COLLECT)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        file.write(key.private_bytes(serialization.Encoding.PEM, form, plain))
        file.write(made.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context


@contextmanager
def a_browser_that_knows_no_other() -> Iterator[tuple[Browser, Elsewhere]]:
    """Open a browser for which every host but this machine is the server."""
    server = Elsewhere()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    here = f"127.0.0.1:{server.server_address[1]}"
    rules = f"MAP update.googleapis.com ~NOTFOUND, MAP * {here}, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    opened = the_playwright().chromium.launch(
        executable_path="/usr/bin/chromium", args=[*ARGUMENTS, f"--host-resolver-rules={rules}"]
    )
    try:
        yield opened, server
    finally:
        opened.close()
        server.shutdown()
        server.server_close()
