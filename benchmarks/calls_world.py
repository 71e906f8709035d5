"""A store's parts without a supervisor, customers whose numbers ring one phone, and calls that are told apart."""

import asyncio
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from benchmarks.ground import free_ports, store

RATE = 200
TALK = 0.03
CALLER = "+999"
"""Callers' numbers begin like this: no country has it (ITU-T E.164, spare)."""
FIRST_NUMBER = 442079460200
RINGS_AT_MOST = 10.0
"""Seconds after which a caller gives up; the phone answers after 20 ms unless nobody rings it any more."""
PATIENCE = 90.0


@dataclass
class Parts:
    """The running parts of a store, by name, each in a group of its own, and how often each was killed."""

    argv: dict[str, tuple[str, ...]]
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    killed: "Counter[str]" = field(default_factory=Counter)

    def start(self, name: str) -> None:
        """Start one of them."""
        from ringfence.config.children import end_with_parent

        self.running[name] = subprocess.Popen(
            self.argv[name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 -- a benchmark has one thread.
        )

    def kill(self, name: str) -> None:
        """Kill one of them, whole, and start it again."""
        self.signal(name, signal.SIGKILL)
        self.running[name].wait()
        self.killed[name] += 1
        self.start(name)

    def signal(self, name: str, number: int) -> None:
        """Send a signal to every process of a part."""
        with suppress(ProcessLookupError):
            os.killpg(self.running[name].pid, number)

    def stop(self) -> None:
        """Stop them all."""
        for name, process in self.running.items():
            self.signal(name, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            self.signal(name, signal.SIGKILL)
            process.wait()


@dataclass
class World:
    """A store with customers whose numbers ring the phone."""

    parts: Parts
    numbers: list[str]
    switch: tuple[str, int]
    phone: tuple[str, int]
    database: set[int]


@dataclass
class Outcome:
    """What became of a run of calls, by the caller's number."""

    placed: int = 0
    answered: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    """Those that the phone took, also where its caller was gone or cut off before hearing it."""
    recorded: "Counter[str]" = field(default_factory=Counter)
    statuses: "Counter[int]" = field(default_factory=Counter)
    waited: float = 0.0

    @property
    def lost(self) -> int:
        """Answered calls without a record."""
        return len(self.answered - self.recorded.keys())

    @property
    def invented(self) -> int:
        """Records of answered calls that the phone has not taken."""
        return len(self.recorded.keys() - self.accepted - self.answered)

    @property
    def doubled(self) -> int:
        """Records beyond the first of a call."""
        return sum(self.recorded.values()) - len(self.recorded)


@contextmanager
def world(customers: int) -> Iterator[World]:
    """Run the parts of a store that have to do with calls, with customers whose numbers ring."""
    web, sip, tls, rings = free_ports(4)
    ports = {"WEB": web, "SIP": sip, "SIP_TLS": tls}
    with store(**{f"RINGFENCE_{name}_PORT": str(port) for name, port in ports.items()}):
        from ringfence.config import environment, parts

        argv = {row.name: row.argv for row in parts.table(environment.current())}
        found = Parts({name: words for name, words in argv.items() if name not in {"rehearsal", "mail"}})
        numbers = _customers(customers, rings)
        try:
            for name in found.argv:
                found.start(name)
            made = World(found, numbers, ("127.0.0.1", sip), ("127.0.0.3", rings), _database())
            asyncio.run(_ready(made))
            yield made
        finally:
            found.stop()


def _customers(count: int, port: int) -> list[str]:
    """Make customers, each with a number that rings the phone, and return the numbers."""
    from ringfence.accounts import actions as accounts
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.telephony import lookups
    from ringfence.telephony.actions import numbers, routes, stock
    from ringfence.telephony.number_blocks import Block, parse_blocks

    by, last = Actor.system("benchmark"), FIRST_NUMBER + count - 1
    rows = ["first,last,type,capabilities,documents", f"+{FIRST_NUMBER},+{last},geographic,voice,"]
    for block in parse_blocks(rows):
        assert isinstance(block, Block), block
        stock.take_in(block=block, by=by, at=clock.now())
    found = []
    for place in range(count):
        e164 = f"+{FIRST_NUMBER + place}"
        person = accounts.add_customer(
            email=f"caller{place}@example.org",
            password="four plain words here",
            language="en",
            by=by,
            at=clock.now(),
        )
        (key,) = lookups.numbers_with(e164)
        numbers.put_into_service(number=key, subject=person, by=by, at=clock.now())
        routes.set_destination(
            number=key, sip_uri=f"sip:phone@127.0.0.3:{port}", by=Actor.customer(person), at=clock.now()
        )
        found.append(e164)
    return found


def _database() -> set[int]:
    """Return the processes of the store's database server."""
    from pathlib import Path

    from django.conf import settings

    folder, found = os.fsencode(settings.VAR_DIR), set()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and folder in (words := (entry / "cmdline").read_bytes()):
                found |= {int(entry.name)} if b"postgres" in words else set()
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", ",".join(map(str, found))], capture_output=True, text=True, check=False
    )
    return found | set(map(int, children.stdout.split()))


async def _ready(made: World) -> None:
    """Wait until each number rings."""
    from ringfence.adapters.sip_trial.caller import line
    from ringfence.adapters.sip_trial.phone import Behaviour, phone

    async with phone(made.phone, Behaviour.BUSY), line(made.switch) as carrier:
        for number in made.numbers:
            until = time.monotonic() + PATIENCE
            while (await carrier.call(number, caller=f"{CALLER}1", setup=2)).status != 486:
                if time.monotonic() > until:
                    raise RuntimeError(f"{number} does not ring")
                await asyncio.sleep(0.2)


async def calls(
    made: World, first: int, going_on: Callable[[int], bool], meanwhile: Awaitable[None]
) -> Outcome:
    """Place calls at a steady rate while `going_on` (told how many there were), with something else beside them.

    Each comes from a number of its own, counted from `first`.
    """
    from ringfence.adapters.sip_trial.caller import line
    from ringfence.adapters.sip_trial.phone import phone

    found, tasks = Outcome(), set[asyncio.Task[None]]()
    async with phone(made.phone, ring=0.02) as desk, line(made.switch) as carrier:

        async def place(count: int) -> None:
            called = made.numbers[count % len(made.numbers)]
            whom = f"{CALLER}{first + count:09d}"
            call = await carrier.call(called, caller=whom, talk=TALK, patience=RINGS_AT_MOST)
            found.statuses[call.status] += 1

        beside = asyncio.ensure_future(meanwhile)
        began = time.monotonic()
        while going_on(found.placed):
            tasks.add(task := asyncio.create_task(place(found.placed)))
            task.add_done_callback(tasks.discard)
            found.placed += 1
            await asyncio.sleep(max(0.0, began + found.placed / RATE - time.monotonic()))
        beside.cancel()
        with suppress(asyncio.CancelledError):
            await beside
        await asyncio.gather(*tasks)
        await asyncio.sleep(1)
    found.answered, found.accepted = _callers(desk.answered), _callers(desk.accepted)
    return found


def _callers(calls: dict[str, str]) -> set[str]:
    found = (re.search(r"\+(\d+)", whom) for whom in calls.values())
    return {f"+{one[1]}" for one in found if one}


def take_records(found: Outcome, afterwards: float) -> None:
    """Wait until the database has a record of every answered call, and a while longer for those too many."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE:
        found.recorded = _recorded()
        if not found.lost:
            break
        time.sleep(0.5)
    found.waited = time.monotonic() - began
    time.sleep(afterwards)
    found.recorded = _recorded()


def _recorded() -> "Counter[str]":
    """Return the answered calls that the database has, by their caller."""
    from ringfence.telephony.models import CallRecord

    rows = CallRecord.objects.filter(answered_at__isnull=False)
    return Counter(str(row.caller.open()) for row in rows if row.caller)
