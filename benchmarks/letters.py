"""Letters into a whole store at full speed, and while its intake, its worker and its database are killed.

    quiet    letters by several connections at once, each accepted once it is stored, beside an intake of the same
             library that writes each letter into a file and waits for the disk
    killed   10,000 letters, with SIGKILL for the intake, the worker and the database by chance; a sender tries again
             until its letter is accepted, as mail servers do

Each letter has an id of its own; those that were accepted are compared with those that are stored, one by one.
"""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ground import Figure, WholeStore, free_ports, printed, whole_store

CONNECTIONS = 8
SENDERS = 500
TO = "privacy@example.com"
TEXT = "Hello,\r\n\r\nmy number does not ring since yesterday. What can I do?\r\n\r\nRegards\r\n" * 20
PATIENCE = 120.0
"""Seconds in which a sender tries again with one letter, and in which the worker has looked at another one."""

VICTIMS = ("mail-in", "work", "postgres")


@dataclass(frozen=True)
class Size:
    """How much is measured. The default is the official run."""

    quiet: int = 500
    rounds: int = 3
    letters: int = 10_000
    pause: tuple[float, float] = (8.0, 20.0)
    """Seconds between two kills, at least and at most; a part that dies too often is started ever later."""
    kills: int = 1_000


@dataclass
class Sent:
    """What a run of letters came to."""

    accepted: "Counter[str]" = field(default_factory=Counter)
    again: int = 0
    """How often a sender had to try again."""
    seconds: float = 0.0


def measure(size: Size | None = None) -> Iterator[Figure]:
    """Send letters to a store, and yield how fast it was and what was lost."""
    size = size or Size()
    with whole_store(RINGFENCE_DEMO="no") as made:
        os.environ |= {"RINGFENCE_VAR_DIR": f"{made.folder}/var", "RINGFENCE_DEMO": "no"}
        port = _mail_port(made)
        quiet, plain = _in_turn(size, port)
        yield from _of_quiet(size, quiet, plain)
        killed: Counter[str] = Counter()
        sent = asyncio.run(_send(range(size.letters), "killed", port, _kill(made, size, killed)))
        yield from _of_killed(size, sent, killed)


def _in_turn(size: Size, port: int) -> tuple[list[float], list[float]]:
    """Return the letters a second of the store and of the plain intake, in rounds of each."""
    quiet, plain = [], []
    with _plain_intake() as other:
        for turn in range(size.rounds):
            for rates, where in ((quiet, port), (plain, other)):
                sent = asyncio.run(_send(range(size.quiet), f"quiet{turn}", where))
                rates.append(len(sent.accepted) / sent.seconds)
    return quiet, plain


def _of_quiet(size: Size, quiet: list[float], plain: list[float]) -> Iterator[Figure]:
    mine, other = statistics.median(quiet), statistics.median(plain)
    how = (
        f"{size.rounds} rounds of {size.quiet:,} letters of {len(TEXT) / 1024:.1f} kB by {CONNECTIONS} connections;"
        " each read, cleaned, sealed and committed in two databases before it is accepted, with the worker beside it"
    )
    reference = f"the library alone, a file and fsync for each: {other:,.0f} letters/s"
    yield Figure("letters_per_s", mine, "letters/s", "-", reference, how)
    ratio = statistics.median(a / b for a, b in zip(quiet, plain, strict=True))
    yield Figure("letters_vs_files", ratio, "of files", "-", reference, how)


def _of_killed(size: Size, sent: Sent, killed: "Counter[str]") -> Iterator[Figure]:
    stored, unsorted = _stored(sent)
    lost = sum(not stored[one] for one in sent.accepted)
    doubled = sum(count > 1 for count in stored.values())
    each = ", ".join(f"{name} {count} times" for name, count in sorted(killed.items()))
    found = f"lost {lost}, twice {doubled}, not looked at {unsorted}"
    how = f"killed (SIGKILL) by chance and started again: {each}; {found}"
    wrong = lost + doubled + unsorted + size.letters - len(sent.accepted)
    yield Figure(
        "killed_letters_wrong", wrong, "letters", "<= 0", f"of {size.letters:,} accepted", how, wrong == 0
    )
    rate = len(sent.accepted) / sent.seconds
    told = f"while parts were killed and started; senders tried again {sent.again:,} times"
    yield Figure("killed_letters_per_s", rate, "letters/s", "-", "-", told)


async def _send(
    numbers: range, run: str, port: int, beside: Coroutine[None, None, None] | None = None
) -> Sent:
    """Send letters by several connections, each until it is accepted."""
    sent, waiting = Sent(), iter(numbers)
    disturbing = asyncio.create_task(beside) if beside is not None else None
    began = time.monotonic()
    await asyncio.gather(*(_connection(waiting, run, port, sent) for _one in range(CONNECTIONS)))
    sent.seconds = time.monotonic() - began
    if disturbing is not None:
        disturbing.cancel()
        with suppress(asyncio.CancelledError):
            await disturbing
    return sent


async def _connection(waiting: Iterator[int], run: str, port: int, sent: Sent) -> None:
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for number in waiting:
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            try:
                line = line or await _greeted(port)
                accepted = await asyncio.wait_for(_handed_over(*line, number, run), 30)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                accepted = False
                if line is not None:
                    line[1].close()
                line = None
            if accepted:
                sent.accepted[f"{run}.{number}"] += 1
                break
            sent.again += 1
            await asyncio.sleep(0.2)
    if line is not None:
        line[1].close()


async def _greeted(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _answer(reader)
    writer.write(b"EHLO sender.example.com\r\n")
    await _answer(reader)
    return reader, writer


async def _handed_over(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, run: str
) -> bool:
    sender = f"sender{number % SENDERS}@example.com"
    for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{TO}>", "DATA"):
        writer.write(f"{command}\r\n".encode())
        if (await _answer(reader)) >= 400:
            raise OSError(command)
    head = f"From: {sender}\r\nTo: {TO}\r\nSubject: It does not ring\r\nMessage-ID: <{run}.{number}@example.com>\r\n"
    writer.write(f"{head}\r\n{TEXT}.\r\n".encode())
    return (await _answer(reader)) < 400


async def _answer(reader: asyncio.StreamReader) -> int:
    while True:
        line = await reader.readuntil(b"\n")
        if line[3:4] != b"-":
            return int(line[:3])


async def _kill(made: WholeStore, size: Size, killed: "Counter[str]") -> None:
    """Kill parts by chance, each in turn, so that also a short run meets each."""
    chance = random.Random(7)
    for turn in range(size.kills):
        await asyncio.sleep(chance.uniform(*size.pause))
        name = VICTIMS[turn % len(VICTIMS)]
        for pid in _processes(made.pid):
            if name in _command(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed[{"work": "worker", "mail-in": "intake", "postgres": "database"}[name]] += 1


def _processes(parent: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(one) for one in found.stdout.split()]


def _command(pid: int) -> list[str]:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return [Path(word).name for word in words]
    return []


def _mail_port(made: WholeStore) -> int:
    given = Path(f"/proc/{made.pid}/environ").read_bytes().decode().split("\0")
    return int(next(one for one in given if one.startswith("RINGFENCE_MAIL_PORT=")).partition("=")[2])


def _stored(sent: Sent) -> tuple["Counter[str]", int]:
    """Return how often each letter is stored, and how many nobody looks at any more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ringfence.config.settings")
    import django

    django.setup()
    from django.db import connection

    from ringfence.support.actions import message_digest

    names = {message_digest(f"<{one}@example.com>"): one for one in sent.accepted}
    with connection.cursor() as cursor:
        unsorted, until = _unsorted(cursor), time.monotonic() + PATIENCE
        while unsorted and time.monotonic() < until:
            time.sleep(1)
            before, unsorted = unsorted, _unsorted(cursor)
            until = time.monotonic() + PATIENCE if unsorted < before else until
        cursor.execute("SELECT names_itself FROM support_letter WHERE to_us")
        found = Counter(names.get(bytes(row[0]), "") for row in cursor.fetchall())
    connection.close()
    found.pop("", None)
    return found, unsorted


def _unsorted(cursor: Any) -> int:
    cursor.execute("SELECT count(*) FROM support_letter WHERE to_us AND sorted_at IS NULL")
    return int(cursor.fetchone()[0])


@contextmanager
def _plain_intake() -> Iterator[int]:
    """Run an intake of the same library that writes each letter into a file and waits for the disk."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="ringfence-letters-") as folder:
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.letters_files", str(port), folder])
        try:
            asyncio.run(_until_there(port))
            yield port
        finally:
            process.terminate()
            process.wait(10)


async def _until_there(port: int) -> None:
    for _time in range(100):
        with suppress(OSError):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)


SMALL = Size(quiet=200, rounds=1, letters=600, pause=(1.5, 3.0), kills=6)

if __name__ == "__main__":
    sys.exit(printed(measure(SMALL if "small" in sys.argv else None)))
