"""The same peers over TLS: a phone that registers with a digest, and a carrier that calls."""

import contextlib
import hashlib
import re
import select
import socket
import ssl
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ringfence.adapters.switch.certificates import self_signed
from ringfence.telephony.ports import PhoneAccount
from tests.calls.sip_messages import Address, Message, written
from tests.calls.sip_peers import Caller, Phone, wait_for

REALM = "localhost"
PASSWORD = "correct-horse-battery"


def account_of(username: str, password: str = PASSWORD, *, version: int = 1) -> PhoneAccount:
    """Return what the switch is told of a phone."""
    digest = hashlib.md5(f"{username}:{REALM}:{password}".encode()).hexdigest()
    return PhoneAccount(username, digest, "ab" * 8, version)


def context(certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """Return the settings of a peer that trusts anybody and may show a certificate of its own."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if certificate:
        made.load_cert_chain(*certificate)
    return made


class TlsLink:
    """A TLS connection that looks like a UDP socket: each SIP message comes as one datagram."""

    def __init__(self, edge: Address, address: str, settings: ssl.SSLContext | None = None) -> None:
        """Connect. Raises OSError when nobody listens or the two do not agree."""
        raw = socket.create_connection(edge, timeout=3, source_address=(address, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._secure = (settings or context()).wrap_socket(raw, server_hostname=REALM)
        # Asked now: while another thread reads, the session may be between two states.
        self.certificate = self._secure.getpeercert(binary_form=True) or b""
        self.version = self._secure.version() or ""
        self._edge = edge
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._lock = threading.Lock()
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return what `select` waits for."""
        return self._ours.fileno()

    def getsockname(self) -> Address:
        """Return the address of this side."""
        host, port = self._secure.getsockname()
        return host, port

    def sendto(self, data: bytes, _address: object) -> None:
        """Send a message."""
        with self._lock, contextlib.suppress(OSError):
            self._secure.sendall(data)

    def recvfrom(self, size: int) -> tuple[bytes, Address]:
        """Return the next message."""
        return self._ours.recv(size), self._edge

    def close(self) -> None:
        """End the connection."""
        self.closed.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._secure.shutdown(socket.SHUT_RDWR)
        for link in (self._secure, self._ours, self._theirs):
            link.close()

    def _run(self) -> None:
        waiting = b""
        while not self.closed.is_set():
            if not self._secure.pending() and not select.select([self._secure], [], [], 0.05)[0]:
                continue
            with self._lock:
                self._secure.settimeout(0)
                try:
                    data = self._secure.recv(65535)
                except ssl.SSLWantReadError:
                    continue
                except OSError:
                    data = b""
                finally:
                    self._secure.settimeout(3)
            if not data:
                self.closed.set()
                return
            waiting = self._hand_over(waiting + data)

    def _hand_over(self, waiting: bytes) -> bytes:
        while True:
            waiting = waiting.lstrip(b"\r\n")
            head, end, rest = waiting.partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
            size = int(length[1]) if length else 0
            if not end or len(rest) < size:
                return waiting
            self._theirs.send(head + end + rest[:size])
            waiting = rest[size:]


@dataclass
class RegisteredPhone(Phone):
    """A phone behind some router, which registers and is rung over the connection it has opened."""

    edge: Address = ("127.0.0.1", 0)
    username: str = ""
    password: str = PASSWORD
    transport: str = "TLS"
    call_id: str = ""
    sequence: int = 0
    counts: int = 0
    challenge: str = ""
    hesitates: float = 0

    def __enter__(self) -> Self:
        """Connect to the node and start to listen."""
        self._link: Any = TlsLink(self.edge, self.address[0])
        self.address = self._link.getsockname()
        self.call_id = self.call_id or uuid.uuid4().hex
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def _ring(self, invite: Message) -> None:
        time.sleep(self.hesitates)
        super()._ring(invite)

    @property
    def link(self) -> TlsLink:
        """The connection."""
        link: TlsLink = self._link
        return link

    @property
    def uri(self) -> str:
        """What the phone believes to be its address: nobody outside could reach it."""
        return f"sip:{self.username}@192.168.7.9:{self.address[1]};transport=tls"

    def register(
        self, *, expires: int = 60, contact: str = "", username: str = "", password: str = ""
    ) -> Message:
        """Register, answering the challenge, in another name or with another password if said; the last answer."""
        answer = self.try_register(expires=expires, contact=contact)
        if answer.status != 401:
            return answer
        self.take_challenge(answer)
        proof = self.proof(username=username, password=password)
        return self.try_register(expires=expires, contact=contact, proof=proof)

    def take_challenge(self, answer: Message) -> None:
        """Remember what a refusal asks for."""
        self.challenge, self.counts = answer.one("www-authenticate"), 0

    def proof(self, *, username: str = "", password: str = "", counting: bool = True) -> str:
        """Answer the challenge with MD5 (RFC 7616 section 3.4.1), or as RFC 2069 did, without counting."""
        found = re.search(r'nonce="([^"]+)"', self.challenge)
        assert found
        self.counts += 1
        username, nonce, count, client = (
            username or self.username,
            found[1],
            f"{self.counts:08x}",
            uuid.uuid4().hex[:8],
        )

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        first = md5(f"{username}:{REALM}:{password or self.password}")
        second = md5(f"REGISTER:sip:{REALM}")
        start = f'Digest username="{username}", realm="{REALM}", nonce="{nonce}", uri="sip:{REALM}"'
        if not counting:
            return f'{start}, response="{md5(f"{first}:{nonce}:{second}")}"'
        answer = md5(f"{first}:{nonce}:{count}:{client}:auth:{second}")
        return f'{start}, qop=auth, nc={count}, cnonce="{client}", response="{answer}", algorithm=MD5'

    def ask(self, first: str) -> None:
        """Send any request outside a call, over the connection of the phone."""
        method = first.partition(" ")[0]
        self.sequence += 1
        headers = [
            (
                "Via",
                f"SIP/2.0/TLS {self.address[0]}:{self.address[1]};rport;branch=z9hG4bK{uuid.uuid4().hex}",
            ),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{self.username}@{REALM}>;tag={uuid.uuid4().hex[:8]}"),
            ("To", f"<{first.split()[1]}>"),
            ("Call-ID", uuid.uuid4().hex),
            ("CSeq", f"{self.sequence} {method}"),
            ("Contact", f"<{self.uri}>"),
        ]
        self._link.sendto(written(first, headers), None)

    def try_register(
        self, *, expires: int = 60, contact: str = "", proof: str = "", patience: float = 2.0
    ) -> Message:
        """Send one REGISTER and return its answer. Raises TimeoutError when there is none."""
        self._link.sendto(self.registration(expires=expires, contact=contact, proof=proof), None)
        mine = f"{self.sequence} REGISTER"
        return wait_for(
            lambda: next((m for m in self.received if m.status and m.one("cseq") == mine), None), patience
        )

    def registration(
        self, *, expires: int, contact: str = "", proof: str = "", transport: str = "TLS"
    ) -> bytes:
        """Write one REGISTER."""
        self.sequence += 1
        here = f"{self.address[0]}:{self.address[1]}"
        headers = [
            ("Via", f"SIP/2.0/{transport} {here};rport;branch=z9hG4bK{uuid.uuid4().hex}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{self.username}@{REALM}>;tag={uuid.uuid4().hex[:8]}"),
            ("To", f"<sip:{self.username}@{REALM}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.sequence} REGISTER"),
            ("Contact", contact or f"<{self.uri}>"),
            ("Expires", str(expires)),
            ("User-Agent", "ExampleSoft Phone 7"),
        ]
        headers += [("Authorization", proof)] if proof else []
        return written(f"REGISTER sip:{REALM} SIP/2.0", headers)


@dataclass
class TlsCaller(Caller):
    """A carrier that calls over TLS, with or without a certificate of its own."""

    transport: str = "TLS"
    certificate: tuple[Path, Path] | None = None

    def __enter__(self) -> Self:
        """Connect to the node."""
        self._link: Any = TlsLink(self.edge, self.address[0], context(self.certificate))
        self.address = self._link.getsockname()
        return self


def desk_phone(edge: Any, username: str) -> RegisteredPhone:
    """Return a phone of that name, at an address that is no carrier's."""
    return RegisteredPhone(("127.0.0.5", 0), edge=edge.tls_address, username=username)


def certificate_of(name: str, directory: Path) -> tuple[Path, Path]:
    """Make a certificate for a name, and return its files."""
    directory.mkdir(exist_ok=True)
    files = directory / f"{name}.pem", directory / f"{name}.key"
    for file, content in zip(files, self_signed(name, datetime.now(UTC)), strict=True):
        file.write_bytes(content)
    return files
