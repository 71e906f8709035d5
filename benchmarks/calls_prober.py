"""A caller that takes the time: from its INVITE until it hears the far end ring, one call after the other."""

import random
import select
import socket
import time
from secrets import token_hex
from types import TracebackType
from typing import Self

from benchmarks.sip_edges import number
from ringfence.adapters.sip_trial.messages import OK, RINGING, SILENCE, Headers, Message, uri_of, written

PATIENCE = 2.0


class Probe:
    """A line to an edge on which calls are timed; `setups` are in seconds."""

    def __init__(self, port: int, numbers: int) -> None:
        """Note the edge and how many numbers it has."""
        self._edge = ("127.0.0.1", port)
        self._numbers = numbers
        self._chance = random.Random(port)
        self.setups: list[float] = []
        self.failed = 0

    def __enter__(self) -> Self:
        """Take a port."""
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._link.bind(("127.0.0.1", 0))
        self._here = f"127.0.0.1:{self._link.getsockname()[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the port back."""
        self._link.close()

    def call(self) -> None:
        """Place one call, time it, and end it."""
        called = number(self._chance.randrange(self._numbers))
        uri = f"sip:{called}@{self._edge[0]}:{self._edge[1]}"
        dialog: Headers = [
            ("From", f"<sip:+442079460998@{self._here}>;tag={token_hex(4)}"),
            ("To", f"<{uri}>"),
            ("Call-ID", f"{token_hex(8)}@{self._here}"),
        ]
        more = [("Contact", f"<sip:probe@{self._here}>")]
        began = time.perf_counter()
        self._send("INVITE", uri, [*dialog, ("CSeq", "1 INVITE"), *more], SILENCE)
        name = dialog[2][1]
        rang = self._hear(name, "INVITE", RINGING)
        took = time.perf_counter() - began
        final = rang if rang is None or rang.status >= OK else self._hear(name, "INVITE", OK)
        if rang is None or final is None or final.status != OK:
            self.failed += 1
            return
        self.setups.append(took)
        routes = [("Route", value) for value in reversed(final.every("record-route"))]
        dialog[1] = ("To", final.one("to"))
        there = uri_of(final.one("contact"))
        self._send("ACK", there, [*routes, *dialog, ("CSeq", "1 ACK")])
        self._send("BYE", there, [*routes, *dialog, ("CSeq", "2 BYE")])
        if self._hear(name, "BYE", OK) is None:
            self.failed += 1

    def _send(self, method: str, uri: str, headers: Headers, body: str = "") -> None:
        via = ("Via", f"SIP/2.0/UDP {self._here};branch=z9hG4bK{token_hex(8)}")
        self._link.sendto(
            written(f"{method} {uri} SIP/2.0", [via, ("Max-Forwards", "70"), *headers], body), self._edge
        )

    def _hear(self, call: str, method: str, least: int) -> Message | None:
        until = time.perf_counter() + PATIENCE
        while (left := until - time.perf_counter()) > 0:
            if not select.select([self._link], [], [], left)[0]:
                return None
            message = Message.read(self._link.recv(65535))
            if message and message.call == call and message.method == method and message.status >= least:
                return message
        return None
