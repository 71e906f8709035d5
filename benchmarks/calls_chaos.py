"""Calls while everything around the switch stands still, and while it and its helpers are killed.

Each call comes from a number of its own, so that the calls which the phone saw come up (its answer was acknowledged)
and the records in the database can be compared one by one.

    standstill   database, web and worker are stopped (SIGSTOP) for a minute under 200 calls/s
    killed       switch, intake and worker are killed (SIGKILL) by chance during 50,000 calls, and started at once

A call that is being set up when the switch is killed is begun anew by its caller's repeats, or fails: it is not up,
so it has no record. One that the phone took just then may have a record before its caller hears of it. A call that is
up goes on without the switch knowing it, and its record keeps its beginning.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.calls_world import RATE, Outcome, World, calls, take_records, world
from benchmarks.ground import Figure, printed

SWITCH = "switch"


@dataclass(frozen=True)
class Size:
    """How much is measured. The default is the official run."""

    still_seconds: float = 60.0
    calls: int = 50_000
    customers: int = 20
    pause: tuple[float, float] = (1.0, 6.0)
    """Seconds between two kills, at least and at most."""
    afterwards: float = 5.0
    """Seconds in which no further record may come once all are there."""


def measure(size: Size | None = None) -> Iterator[Figure]:
    """Let a store stand still, then kill its parts, and yield what was lost."""
    size = size or Size()
    with world(size.customers) as made:
        still = _standstill(made, size)
        yield from _of_standstill(still, size)
        killed = _killed(made, size, first=still.placed)
        yield from _of_killed(made, killed, already=still)


def _standstill(made: World, size: Size) -> Outcome:
    """Stop everything but the switch under steady calls, and let it go on."""
    seconds = size.still_seconds
    until = time.monotonic() + seconds
    _signal_all(made, signal.SIGSTOP)
    try:
        found = asyncio.run(calls(made, 0, lambda _: time.monotonic() < until, asyncio.sleep(seconds)))
    finally:
        _signal_all(made, signal.SIGCONT)
    take_records(found, size.afterwards)
    return found


def _signal_all(made: World, number: int) -> None:
    for name in made.parts.running:
        if name != SWITCH:
            made.parts.signal(name, number)
    for pid in made.database:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _killed(made: World, size: Size, first: int) -> Outcome:
    """Kill parts by chance under steady calls."""
    chance = random.Random(11)
    victims = [name for name in made.parts.running if name != "web"]

    async def kill() -> None:
        for turn in range(1_000_000):
            await asyncio.sleep(chance.uniform(*size.pause))
            # Each in turn, so that also a short run meets each; when is left to chance.
            made.parts.kill(victims[turn % len(victims)])

    found = asyncio.run(calls(made, first, lambda placed: placed < size.calls, kill()))
    take_records(found, size.afterwards)
    return found


def _of_standstill(found: Outcome, size: Size) -> Iterator[Figure]:
    how = f"database, web and worker stopped for {size.still_seconds:g} s under {RATE} calls/s"
    failed = found.placed - found.statuses[200]
    yield Figure(
        "standstill_calls_failed", failed, "calls", "<= 0", f"of {found.placed:,} calls", how, failed == 0
    )
    yield _wrong("standstill_records_wrong", found, how)
    told = "from going on until the record of every call was there"
    yield Figure("standstill_caught_up_s", found.waited, "s", "-", f"{len(found.answered):,} records", told)


def _of_killed(made: World, found: Outcome, already: Outcome) -> Iterator[Figure]:
    found.recorded.subtract(already.recorded)
    found.recorded += type(found.recorded)()  # Leaves those counted more than nought.
    each = ", ".join(f"{name} {count} times" for name, count in sorted(made.parts.killed.items()))
    yield _wrong("killed_records_wrong", found, f"killed (SIGKILL) and started again by chance: {each}")
    failed = found.placed - len(found.answered)
    told = "were being set up when the switch was killed, or gave up before it was back"
    yield Figure("killed_calls_not_answered", failed, "calls", "-", f"of {found.placed:,} calls", told)


def _wrong(name: str, found: Outcome, how: str) -> Figure:
    wrong = found.lost + found.invented + found.doubled
    return Figure(
        name,
        wrong,
        "records",
        "<= 0",
        f"{len(found.answered):,} answered calls, counted by the phone; {sum(found.recorded.values()):,} records",
        f"{how}; without a record {found.lost}, without a call {found.invented}, twice {found.doubled}",
        wrong == 0,
    )


SMALL = Size(still_seconds=2, calls=800, customers=12, pause=(0.4, 1.2), afterwards=1.0)

if __name__ == "__main__":
    sys.exit(printed(measure(SMALL if "small" in sys.argv else None)))
