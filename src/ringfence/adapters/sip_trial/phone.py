"""A phone that is called: it answers, is busy, rings in vain, over UDP, any number of calls at once.

It repeats its acceptance until that has been heard (RFC 3261 section 13.3.1.4), and only then counts the call.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import cast

from ringfence.adapters import door
from ringfence.adapters.sip_trial.caller import EXIT, LONGEST, T1, Seen
from ringfence.adapters.sip_trial.messages import OK, SILENCE, Address, Message, answer

GIVEN_UP_AFTER = 32.0


class Behaviour(StrEnum):
    """What a phone does when it is called."""

    ANSWERS = "answers"
    BUSY = "busy"
    RINGS = "rings"


class Phone(asyncio.DatagramProtocol):
    """A phone, put on its place by `phone`.

    `accepted` holds the calls that it took and `answered` those of them that came up: their caller's From header.
    """

    def __init__(self, behaviour: Behaviour, ring: float, seen: Seen | None) -> None:
        """Nothing rings yet."""
        self.behaviour = behaviour
        self._ring = ring
        self._seen = seen
        self.rung: set[str] = set()
        self.accepted: dict[str, str] = {}
        self.answered: dict[str, str] = {}
        self._invites: dict[str, Message] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where this phone is."""
        self._line = door.Datagrams(EXIT, cast("asyncio.DatagramTransport", transport))
        host, port = transport.get_extra_info("sockname")[:2]
        self.uri = f"sip:demo@{host}:{port}"

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Do what a phone does with a message."""
        message = Message.read(data)
        if message is None or message.status:
            return
        if self._seen:
            self._seen(message, False)  # noqa: FBT003 - received
        match message.method:
            case "INVITE":
                self._invited(message, addr)
            case "ACK":
                self._acknowledged(message)
            case "BYE":
                # Whoever hangs up has heard the acceptance, also where the acknowledgement was lost.
                self._acknowledged(message)
                self._send(answer(message, OK, "OK"), addr)
            case "CANCEL":
                self._send(answer(message, OK, "OK"), addr)
                self._give_up(message.call, addr)
            case _:
                self._send(answer(message, OK, "OK"), addr)

    def hang_up_everything(self) -> None:
        """Stop waiting for whatever has not come up."""
        for task in self._waiting.values():
            task.cancel()

    def _invited(self, invite: Message, switch: Address) -> None:
        if invite.call in self.rung:
            return
        self.rung.add(invite.call)
        self._invites[invite.call] = invite
        if self.behaviour is Behaviour.BUSY:
            self._send(answer(invite, 486, "Busy Here"), switch)
            return
        self._send(answer(invite, 180, "Ringing", contact=self.uri), switch)
        if self.behaviour is Behaviour.ANSWERS:
            self._waiting[invite.call] = asyncio.get_running_loop().create_task(self._pick_up(invite, switch))

    async def _pick_up(self, invite: Message, switch: Address) -> None:
        await asyncio.sleep(self._ring)
        accepted = answer(invite, OK, "OK", contact=self.uri, body=SILENCE)
        self.accepted[invite.call] = invite.one("from")
        pause, waited = T1, 0.0
        while waited < GIVEN_UP_AFTER:
            self._send(accepted, switch)
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, LONGEST)
        self._waiting.pop(invite.call, None)

    def _acknowledged(self, message: Message) -> None:
        waiting = self._waiting.pop(message.call, None)
        if waiting:
            waiting.cancel()
            self.answered[message.call] = message.one("from")
        self._invites.pop(message.call, None)

    def _give_up(self, call: str, switch: Address) -> None:
        if call in self.accepted:
            # Too late, the call is up (RFC 3261 section 9.2): a second final answer would be a lie.
            return
        waiting, invite = self._waiting.pop(call, None), self._invites.get(call)
        if waiting:
            waiting.cancel()
        if invite:
            self._send(answer(invite, 487, "Request Terminated"), switch)

    def _send(self, data: bytes, switch: Address) -> None:
        message = Message.read(data)
        if self._seen and message:
            self._seen(message, True)  # noqa: FBT003 - sent
        self._line.sendto(data, switch)


@asynccontextmanager
async def phone(
    address: Address,
    behaviour: Behaviour = Behaviour.ANSWERS,
    *,
    ring: float = 0.02,
    seen: Seen | None = None,
) -> AsyncIterator[Phone]:
    """Put a phone on an address, and take it away afterwards. Raises OSError when the address is not free."""
    loop = asyncio.get_running_loop()
    transport, made = await loop.create_datagram_endpoint(
        lambda: Phone(behaviour, ring, seen), local_addr=address
    )
    try:
        yield made
    finally:
        made.hang_up_everything()
        transport.close()
