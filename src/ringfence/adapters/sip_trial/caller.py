"""A carrier's line: it calls numbers at the switch over UDP, any number of them at once.

Requests are repeated as RFC 3261 section 17.1 says, so that a call outlives a switch that is just starting again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final, cast

from ringfence.adapters import door
from ringfence.adapters.sip_trial.messages import (
    MULTIPLE_CHOICES,
    OK,
    RINGING,
    SILENCE,
    Address,
    Headers,
    Message,
    answer,
    uri_of,
    written,
)
from ringfence.privacy.disclosure.door import Exit

EXIT: Final = Exit("trial call")
T1 = 0.5
"""Seconds until a request is repeated for the first time; each next time it is twice as long (17.1.1.1)."""
LONGEST = 4.0
PATIENCE_AFTER_CANCEL = 3.0
PATIENCE_FOR_BYE = 16.0

NOTHING_YET = Message("", ())
Seen = Callable[[Message, bool], None]
"""Told of every message of a line: the message, and whether the line sent it."""


@dataclass(slots=True)
class Call:
    """A call as its caller sees it; status 0 is silence. `setup` is in seconds, up to ringing or a refusal."""

    number: str
    status: int = 0
    setup: float | None = None
    hung_up: bool = False
    invite: Message = NOTHING_YET
    acknowledgement: bytes = b""
    extra: tuple[tuple[str, str], ...] = ()
    heard: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)


class Line(asyncio.DatagramProtocol):
    """A line, opened by `line`."""

    def __init__(self, switch: Address, seen: Seen | None) -> None:
        """Note the switch; nothing is sent yet."""
        self._switch = switch
        self._seen = seen
        self._calls: dict[str, Call] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where this line is."""
        self._line = door.Datagrams(EXIT, cast("asyncio.DatagramTransport", transport))
        host, port = transport.get_extra_info("sockname")[:2]
        self._place = f"{host}:{port}"

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Hand a message to its call; requests from the far end are answered."""
        message = Message.read(data)
        call = self._calls.get(message.call) if message else None
        if message is None or call is None:
            return
        if self._seen:
            self._seen(message, False)  # noqa: FBT003 - received
        if message.status >= OK and message.method == "INVITE" and call.acknowledgement:
            self._send(call.acknowledgement)  # What acknowledged it before was lost.
        elif message.status:
            call.heard.put_nowait(message)
        elif message.method != "ACK":
            call.hung_up = call.hung_up or message.method == "BYE"
            self._send(answer(message, OK, "OK"))

    async def call(
        self,
        number: str,
        *,
        caller: str,
        patience: float = 60.0,
        talk: float = 0.0,
        setup: float = 32.0,
        extra: Sequence[tuple[str, str]] = (),
    ) -> Call:
        """Call a number, talk for a while, hang up.

        `patience` is for how many seconds it may ring, `setup` how long one waits for any answer at all, `extra` are
        further headers.
        """
        call = Call(number, extra=tuple(extra))
        name = f"{token_hex(12)}@{self._place}"
        self._calls[name] = call
        try:
            final = await self._invite(call, name, caller, patience, setup)
            if final is None:
                return call
            call.status = final.status
            if final.status < MULTIPLE_CHOICES:
                call.acknowledgement = self._within(call, final, "ACK", 1)
                await asyncio.sleep(talk)
                await self._end(call, final)
            else:
                self._acknowledge_refusal(call, final)
            return call
        finally:
            del self._calls[name]

    async def _invite(
        self, call: Call, name: str, caller: str, patience: float, setup: float
    ) -> Message | None:
        uri = f"sip:{call.number}@{self._switch[0]}:{self._switch[1]}"
        headers: Headers = [
            ("Via", f"SIP/2.0/UDP {self._place};branch=z9hG4bK{token_hex(12)}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{caller}@{self._place}>;tag={token_hex(6)}"),
            ("To", f"<{uri}>"),
            ("Call-ID", name),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<sip:line@{self._place}>"),
            *call.extra,
        ]
        data = written(f"INVITE {uri} SIP/2.0", headers, SILENCE)
        call.invite = _read(data)
        began = time.perf_counter()
        first = await self._ask(call, data, "INVITE", within=setup, provisional=True)
        while first is not None and first.status < OK:
            if first.status >= RINGING and call.setup is None:
                call.setup = time.perf_counter() - began
            left = patience - (time.perf_counter() - began)
            first = await self._hear(call, "INVITE", left)
            if first is None:
                return await self._cancel(call)
        if first is not None and call.setup is None:
            call.setup = time.perf_counter() - began
        return first

    async def _cancel(self, call: Call) -> Message | None:
        kept = ("via", "max-forwards", "from", "to", "call-id")
        headers = [(name.title(), call.invite.one(name)) for name in kept]
        first = call.invite.first.replace("INVITE", "CANCEL", 1)
        self._send(written(first, [*headers, ("CSeq", "1 CANCEL")]))
        while (heard := await self._hear(call, "INVITE", PATIENCE_AFTER_CANCEL)) and heard.status < OK:
            pass
        return heard

    async def _end(self, call: Call, final: Message) -> None:
        if not call.hung_up:
            data = self._within(call, final, "BYE", 2)
            heard = await self._ask(call, data, "BYE", within=PATIENCE_FOR_BYE, sent=True)
            call.hung_up = heard is not None and heard.status < MULTIPLE_CHOICES

    async def _ask(
        self,
        call: Call,
        data: bytes,
        method: str,
        *,
        within: float,
        provisional: bool = False,
        sent: bool = False,
    ) -> Message | None:
        """Send a request until it is answered, at most for a while; the first answer, provisional ones if wanted."""
        pause, until = T1, time.perf_counter() + within
        while (left := until - time.perf_counter()) > 0:
            if not sent:
                self._send(data)
            heard = await self._hear(call, method, min(pause, left))
            if heard is not None and (provisional or heard.status >= OK):
                return heard
            pause, sent = min(pause * 2, LONGEST), False
        return None

    async def _hear(self, call: Call, method: str, seconds: float) -> Message | None:
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            try:
                async with asyncio.timeout(left):
                    heard = await call.heard.get()
            except TimeoutError:
                return None
            if heard.method == method:
                return heard
        return None

    def _within(self, call: Call, final: Message, method: str, number: int) -> bytes:
        """Send a request inside the call that is up, along its recorded route; what was sent."""
        headers: Headers = [
            ("Via", f"SIP/2.0/UDP {self._place};branch=z9hG4bK{token_hex(12)}"),
            ("Max-Forwards", "70"),
            *(("Route", value) for value in reversed(final.every("record-route"))),
            ("From", call.invite.one("from")),
            ("To", final.one("to")),
            ("Call-ID", final.call),
            ("CSeq", f"{number} {method}"),
        ]
        data = written(f"{method} {uri_of(final.one('contact'))} SIP/2.0", headers)
        self._send(data)
        return data

    def _acknowledge_refusal(self, call: Call, final: Message) -> None:
        headers = [(name.title(), call.invite.one(name)) for name in ("via", "max-forwards", "from")]
        headers += [("To", final.one("to")), ("Call-ID", final.call), ("CSeq", "1 ACK")]
        call.acknowledgement = written(call.invite.first.replace("INVITE", "ACK", 1), headers)
        self._send(call.acknowledgement)

    def _send(self, data: bytes) -> None:
        if self._seen:
            self._seen(_read(data), True)  # noqa: FBT003 - sent
        self._line.sendto(data, self._switch)


def _read(data: bytes) -> Message:
    message = Message.read(data)
    assert message is not None
    return message


@asynccontextmanager
async def line(
    switch: Address, *, address: Address = ("127.0.0.1", 0), seen: Seen | None = None
) -> AsyncIterator[Line]:
    """Open a line to a switch from an address, and close it afterwards. Raises OSError when it is not free."""
    loop = asyncio.get_running_loop()
    transport, made = await loop.create_datagram_endpoint(lambda: Line(switch, seen), local_addr=address)
    try:
        yield made
    finally:
        transport.close()
