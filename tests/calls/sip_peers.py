"""The two ends of a test call: a phone that is rung and a carrier that calls.

Both speak plain SIP over UDP (RFC 3261), keep every message they receive, and do no
more than a call needs. A phone runs in a thread; a caller is driven by the test.
"""

import contextlib
import select
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TypeVar

from tests.calls.sip_messages import Address, Message, open_link, uri_of, written

Behaviour = Literal["answer", "busy", "decline", "ring", "silent", "fault", "everywhere busy", "moved", "nag"]
T = TypeVar("T")

SCENARIO = Path(__file__).parent / "scenarios" / "call.xml"
FAULTY_PHRASE = "ExampleSoft PBX 3.1 crashed"
PHONE_SOFTWARE = "ExampleSoft PBX 3.1"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


@dataclass
class Phone:
    """A customer's phone at a fixed address; `behaviour` says what it does when called, `behind` names its proxy."""

    address: Address
    behaviour: Behaviour = "answer"
    transport: str = "UDP"
    busy_phrase: str = "Busy"
    behind: str = ""
    received: list[Message] = field(default_factory=list)
    answered: list[Message] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Bind the address and start to listen."""
        self._link = open_link(self.address)
        self.address = self._link.getsockname()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening and free the address."""
        self._stop.set()
        self._thread.join()
        self._link.close()

    @property
    def uri(self) -> str:
        """The SIP URI at which this phone is reached."""
        return f"sip:desk@{self.address[0]}:{self.address[1]}"

    @property
    def host(self) -> str:
        """The SIP URI of this peer's address, without a user."""
        return f"sip:{self.address[0]}:{self.address[1]}"

    def requests(self, method: str) -> list[Message]:
        """What has been received of one method, repeats included."""
        return [message for message in self.received if not message.status and message.method == method]

    def hang_up(self) -> Message:
        """End the answered call from this side, and return the answer to the BYE."""
        self.say("BYE")
        return wait_for(lambda: next((m for m in self.received if m.status and m.method == "BYE"), None))

    def say(
        self,
        method: str,
        *,
        uri: str = "",
        beyond: tuple[str, ...] = (),
        contact: str = "",
        change: Callable[[str], str] = str,
    ) -> None:
        """Send a request within the answered call; `uri`, routes `beyond` and changes of the routes are not usual."""
        invite = self.requests("INVITE")[0]
        ours = self.answered[0].one("to")
        via = f"SIP/2.0/{self.transport} {self.address[0]}:{self.address[1]};branch=z9hG4bK{uuid.uuid4().hex}"
        headers = [("Via", via), ("Max-Forwards", "70")]
        headers += [("Route", change(value)) for value in invite.every("record-route")]
        headers += [("Route", value) for value in beyond]
        headers += [("From", ours), ("To", invite.one("from")), ("Call-ID", invite.one("call-id"))]
        headers += [("CSeq", f"{len(self.received)} {method}"), ("Contact", f"<{contact or self.uri}>")]
        data = written(f"{method} {uri or uri_of(invite.one('contact'))} SIP/2.0", headers)
        self._link.sendto(data, invite.source)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not select.select([self._link], [], [], 0.05)[0]:
                continue
            data, source = self._link.recvfrom(65535)
            message = Message.parse(data, source)
            self.received.append(message)
            if not message.status:
                self._react(message)

    def _react(self, request: Message) -> None:
        if request.method == "INVITE":
            self._ring(request)
        elif request.method == "CANCEL":
            self._reply(request, 200, "OK")
            self._reply(self.requests("INVITE")[-1], 487, "Request Terminated")
        elif request.method != "ACK":
            self._reply(request, 200, "OK")

    def _ring(self, invite: Message) -> None:
        match self.behaviour:
            case "answer":
                self._reply(invite, 180, "Ringing")
                self._reply(invite, 200, "OK", SDP)
            case "busy":
                self._reply(invite, 486, self.busy_phrase)
            case "decline":
                self._reply(invite, 603, "Decline")
            case "fault":
                self._reply(invite, 500, FAULTY_PHRASE)
            case "ring":
                self._reply(invite, 180, "Ringing")
            case "everywhere busy":
                self._reply(invite, 600, "Busy Everywhere")
            case "moved":
                self._reply(invite, 302, "Moved Temporarily")
            case "nag":
                threading.Thread(target=self._nag, args=(invite,), daemon=True).start()
            case "silent":
                pass

    def _nag(self, invite: Message) -> None:
        while not self._stop.wait(0.3) and not self.requests("CANCEL"):
            self._reply(invite, 180, "Ringing")

    def _reply(self, request: Message, code: int, phrase: str, body: str = "") -> None:
        headers = [("Via", value) for value in request.every("via")]
        headers += [("Record-Route", f"<{self.behind};lr>")] if self.behind else []
        headers += [("Record-Route", value) for value in request.every("record-route")]
        to = request.one("to")
        headers += [
            ("From", request.one("from")),
            ("To", to if ";tag=" in to else f"{to};tag=phone{self.address[1]}"),
            ("Call-ID", request.one("call-id")),
            ("CSeq", request.one("cseq")),
            ("Contact", f"<{self.uri}>"),
            ("Server", PHONE_SOFTWARE),
        ]
        data = written(f"SIP/2.0 {code} {phrase}", headers, body)
        if 200 <= code < 300 and request.method == "INVITE":
            self.answered.append(Message.parse(data, self.address))
        self._link.sendto(data, request.source)


@dataclass
class Call:
    """One call, or other request, as its caller sees it: every answer, and the final status (0: silence)."""

    invite: Message
    answers: list[Message]

    @property
    def final(self) -> Message | None:
        """The final answer to the request, if one came."""
        method = self.invite.method
        finals = (answer for answer in self.answers if answer.status >= 200 and answer.method == method)
        return next(finals, None)

    @property
    def status(self) -> int:
        """The final status code, 0 when nothing came."""
        return self.final.status if self.final else 0


@dataclass
class Caller:
    """A carrier's trunk that places calls to the edge from one address."""

    edge: Address
    address: Address = ("127.0.0.1", 0)
    transport: str = "UDP"
    _up: list[Call] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Bind the address that the calls come from."""
        self._link = open_link(self.address)
        self.address = self._link.getsockname()
        return self

    def __exit__(self, *_: object) -> None:
        """End the calls that are still up, and free the address."""
        for call in self._up:
            self._send(call, "BYE", 9)
        self._link.close()

    def call(
        self,
        number: str,
        *,
        caller: str = "+442079460999",
        patience: float = 5.0,
        extra: tuple[tuple[str, str], ...] = (),
        hops: int = 70,
    ) -> Call:
        """Call a number and wait up to `patience` seconds for the final answer; the call stays up."""
        call = self._request("INVITE", number, caller=caller, patience=0, extra=extra, hops=hops)
        return self.hear(call, patience=patience)

    def hear(self, call: Call, patience: float = 5.0) -> Call:
        """Wait up to `patience` seconds for the final answer to a call, and acknowledge it."""
        self.listen(call, until=lambda: call.final is not None, patience=patience)
        if call.final is not None:
            self._acknowledge(call)
        if call.status == 200:
            self._up.append(call)
        return call

    def ask(self, method: str, number: str = "edge", *, patience: float = 0.3) -> Call:
        """Send a request of another method, outside any call."""
        return self._request(method, number, caller="+442079460999", patience=patience)

    def throw(self, data: bytes) -> None:
        """Send anything at all."""
        self._link.sendto(data, self.edge)

    def _request(
        self,
        method: str,
        number: str,
        *,
        caller: str,
        patience: float,
        extra: tuple[tuple[str, str], ...] = (),
        hops: int = 70,
    ) -> Call:
        branch = f"z9hG4bK{uuid.uuid4().hex}"
        host = f"{self.address[0]}:{self.address[1]}"
        headers = [
            ("Via", f"SIP/2.0/{self.transport} {host};branch={branch}"),
            ("Max-Forwards", str(hops)),
            ("From", f"<sip:{caller}@carrier.example>;tag={uuid.uuid4().hex[:8]}"),
            ("To", f"<sip:{number}@{self.edge[0]}>"),
            ("Call-ID", f"{uuid.uuid4().hex}@{host}"),
            ("CSeq", f"1 {method}"),
            ("Contact", f"<sip:carrier@{host}{'' if self.transport == 'UDP' else ';transport=tls'}>"),
            ("User-Agent", "CarrierSoft 9"),
            *extra,
        ]
        first = f"{method} sip:{number}@{self.edge[0]}:{self.edge[1]} SIP/2.0"
        data = written(first, headers, SDP if method == "INVITE" else "")
        self._link.sendto(data, self.edge)
        call = Call(Message.parse(data, self.address), [])
        self.listen(call, until=lambda: call.final is not None, patience=patience)
        return call

    def listen(self, call: Call, *, until: Callable[[], bool], patience: float) -> None:
        """Collect what arrives into `call` until the condition holds or `patience` seconds passed."""
        deadline = time.monotonic() + patience
        while not until() and (left := deadline - time.monotonic()) > 0:
            if select.select([self._link], [], [], left)[0]:
                data, source = self._link.recvfrom(65535)
                call.answers.append(Message.parse(data, source))

    def hang_up(self, call: Call) -> int:
        """End an answered call; returns the status of the answer to the BYE."""
        before = len(call.answers)
        self._up = [other for other in self._up if other is not call]
        self._send(call, "BYE", 2)

        def ended() -> bool:
            return any(m.method == "BYE" and m.status >= 200 for m in call.answers[before:])

        self.listen(call, until=ended, patience=3)
        return next((m.status for m in call.answers[before:] if m.method == "BYE" and m.status >= 200), 0)

    def repeat(self, call: Call) -> None:
        """Send a call's request once more, as a carrier does that has heard no answer."""
        kept = [(name, value) for name, value in call.invite.headers if not name.startswith("content-")]
        self._link.sendto(written(call.invite.first, kept, call.invite.body), self.edge)

    def say(self, call: Call, method: str, number: int) -> None:
        """Send a request within an answered call, of a method and a place in its sequence."""
        self._send(call, method, number)

    def cancel(self, call: Call) -> None:
        """Give up a call that rings, and wait for its final answer."""
        via, *_ = call.invite.every("via")
        headers = [(name, call.invite.one(name.lower())) for name in ("From", "To", "Call-ID")]
        headers = [("Via", via), ("Max-Forwards", "70"), *headers, ("CSeq", "1 CANCEL")]
        uri = call.invite.first.split(" ")[1]
        self._link.sendto(written(f"CANCEL {uri} SIP/2.0", headers), self.edge)
        self.listen(call, until=lambda: call.final is not None, patience=3)
        self._acknowledge(call)

    def answer_bye(self, call: Call, patience: float = 3.0) -> bool:
        """Wait for the far end to hang up, answer it, and say whether it did."""

        def byes() -> list[Message]:
            return [m for m in call.answers if m.first.startswith("BYE ")]

        self.listen(call, until=lambda: bool(byes()), patience=patience)
        for bye in byes():
            headers = [("Via", value) for value in bye.every("via")]
            headers += [(name, bye.one(name.lower())) for name in ("From", "To", "Call-ID", "CSeq")]
            self._link.sendto(written("SIP/2.0 200 OK", headers), bye.source)
        return bool(byes())

    def _acknowledge(self, call: Call) -> None:
        self._send(call, "ACK", 1)

    def _send(self, call: Call, method: str, number: int) -> None:
        final = call.final
        assert final is not None
        accepted = final.status < 300
        uri = uri_of(final.one("contact")) if accepted else call.invite.first.split(" ")[1]
        via = f"SIP/2.0/{self.transport} {self.address[0]}:{self.address[1]};branch=z9hG4bK{uuid.uuid4().hex}"
        headers = [("Via", via if accepted else call.invite.one("via")), ("Max-Forwards", "70")]
        if accepted:
            headers += [("Route", value) for value in reversed(final.every("record-route"))]
        headers += [("From", call.invite.one("from")), ("To", final.one("to"))]
        headers += [("Call-ID", call.invite.one("call-id")), ("CSeq", f"{number} {method}")]
        self._link.sendto(written(f"{method} {uri} SIP/2.0", headers), self.edge)


def wait_for(look: Callable[[], T | None], patience: float = 20.0) -> T:
    """Look again and again until something is there; raises TimeoutError after `patience` seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise TimeoutError


def place_with_sipp(
    edge: Address, number: str, *, caller: str, local_port: int, hold_ms: int = 200
) -> subprocess.CompletedProcess[str]:
    """Place one full call with SIPp; its return code is 0 when the call was answered and ended."""
    command = [
        "sipp",
        f"{edge[0]}:{edge[1]}",
        *("-sf", str(SCENARIO)),
        *("-s", number),
        *("-key", "caller", caller),
        *("-i", "127.0.0.1"),
        *("-p", str(local_port)),
        *("-d", str(hold_ms)),
        *("-m", "1"),
        *("-timeout", "20s"),
        "-timeout_error",
        # Ringing may arrive after the answer when several processes handle one call.
        *("-default_behaviors", "all,-abortunexp"),
        "-nostdin",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def answers_options(edge: Address) -> bool:
    """Whether the edge answers a carrier that asks if it is there."""
    with Caller(edge) as asker:
        return asker.ask("OPTIONS").status == 200


def is_taken(address: Address) -> bool:
    """Whether anybody still listens at an address, over UDP or TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        # What is left of connections that were up does not keep a port from its next owner.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind(address)
            tcp.bind(address)
        except OSError:
            return True
    return False


def free_port() -> int:
    """A port of the loopback that is free for UDP and TCP."""
    while True:
        with open_link(("127.0.0.1", 0)) as udp, socket.socket() as tcp:
            port = int(udp.getsockname()[1])
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                return port
