"""A complete copy of a customer with many calls and messages, beside raw COPY of the same rows."""

import resource
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from benchmarks.ground import Figure, ratio, seconds

CALLS: Final = 100_000
MESSAGES: Final = 1_000
DAYS: Final = 80
ROUNDS: Final = 5
_COPIED: Final = ("telephony_callrecord", "telephony_message")


def measure(calls: int = CALLS, messages: int = MESSAGES) -> Iterator[Figure]:
    """Yield the figures."""
    from ringfence.interfaces import clock
    from ringfence.privacy.copying import queries
    from ringfence.privacy.copying.models import DataCopy

    now = clock.now()
    someone = somebody(calls, messages, now)
    made: list[UUID] = []
    with counting() as counted:
        made.append(whole_copy(someone, clock.now()))
    statements = len(counted)
    times = ratio(lambda: made.append(whole_copy(someone, clock.now())), lambda: raw_copy(someone), ROUNDS)
    size = DataCopy.objects.get(pk=made[-1]).size
    share, mine, raw = times
    what = f"{calls:,} calls and {messages:,} messages"
    how = (
        f"{what}: all files made, packed, sealed and stored in {mine:.2f} s with {statements} statements;"
        f" {size / 1e6:.1f} MB as handed out"
    )
    reference = f"COPY TO STDOUT of the same rows as they are stored: {raw:.2f} s"
    yield Figure("copy_100k_vs_copy", share, "of COPY", "<= 3", reference, how, share <= 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.zip"
        fetched = seconds(lambda: path.write_bytes(b"".join(queries.stream(made[-1]))))
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None or len(archive.namelist()) < calls // 2_500:
                raise RuntimeError("the copy is not whole")
    yield Figure("copy_100k_fetch_s", fetched, "s", "-", "-", f"the file handed out, {what}")
    yield from _memory(now, calls)


def _memory(now: datetime, calls: int) -> Iterator[Figure]:
    """Yield how much more memory ten times the calls take."""
    from ringfence.interfaces import clock

    peaks = []
    few, many = calls // 5, calls * 2
    for count in (few, many):
        someone = somebody(count, 10, now)
        whole_copy(someone, clock.now())
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    how = f"highest memory of the process after a copy of {many:,} calls over that after one of {few:,}"
    share = peaks[1] / peaks[0]
    yield Figure(
        "copy_memory_growth", share, "times", "<= 1.3", f"{peaks[0] / 1024:.0f} MB", how, share <= 1.3
    )


@contextmanager
def counting() -> Iterator[list[str]]:
    """Count the statements sent to both databases meanwhile."""
    from contextlib import ExitStack

    from django.db import connections

    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        sent.append(sql)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield sent


def whole_copy(someone: UUID, at: datetime) -> UUID:
    """Ask for a copy and make it; return its id."""
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.copying import actions
    from ringfence.privacy.rules import Channel

    by = Actor.customer(someone)
    made = actions.ask(subject=someone, channel=Channel.ACCOUNT, by=by, at=at)
    if made is None:
        raise RuntimeError("a copy is free here")
    actions.proceed(copy=made.pk, by=Actor.system("benchmark"), at=at)
    return UUID(str(made.pk))


def raw_copy(someone: UUID) -> None:
    """Read the same rows as they are stored, in the quickest way there is, and keep nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in _COPIED:
            with cursor.copy(f"COPY (SELECT * FROM {table} WHERE subject = '{someone}') TO STDOUT") as copy:
                for _piece in copy:
                    pass


def somebody(calls: int, messages: int, now: datetime) -> UUID:
    """Make a customer with calls over the last days and messages over the last month, sealed as they are taken in."""
    from ringfence.accounts import actions as accounts
    from ringfence.kernel.actor import Actor

    system = Actor.system("benchmark")
    someone: UUID = accounts.add_customer(
        email=f"{uuid4().hex}@example.com", password=uuid4().hex, language="en", by=system, at=now
    )
    fill(subject=someone, calls=calls, messages=messages, by=system, at=now)
    return someone


def fill(*, subject: UUID, calls: int, messages: int, by: Any, at: datetime) -> None:
    """Put calls and messages into a customer's account."""
    from ringfence.kernel.action import about, action

    @action("benchmark.fill")
    def run(*, by: Any, at: datetime) -> None:
        about(count=calls + messages)
        _calls(subject, calls, at)
        _messages(subject, messages, at)

    run(by=by, at=at)


def _calls(someone: UUID, count: int, now: datetime) -> None:
    from django.db import connection

    from ringfence.privacy.inventory import RetentionClass
    from ringfence.privacy.keys import keyring
    from ringfence.privacy.sealed import SealedField
    from ringfence.telephony import call_days
    from ringfence.telephony.models import CallRecord

    first = now - timedelta(days=DAYS)
    call_days.make(call_days.day_of(first + timedelta(days=day)) for day in range(DAYS + 1))
    fields = [CallRecord._meta.get_field(name) for name in ("caller", "called")]
    sealers = [field.sealer() for field in fields if isinstance(field, SealedField)]
    key = keyring.key_for(someone, RetentionClass.TRAFFIC)
    number, apart = uuid4(), timedelta(days=DAYS) / (count + 1)
    columns = (
        "id, call_digest, subject, number, caller, caller_digest, called, started_at, answered_at, ended_at"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY telephony_callrecord ({columns}, outcome, node, step) FROM STDIN") as copy,
    ):
        for place in range(count):
            row, at = uuid4(), first + apart * place
            bound, whose = str(row).encode(), someone.hex.encode()
            caller = sealers[0].seal(b"+4420794601%02d" % (place % 100), bound, whose, key)
            called = sealers[1].seal(b"+442079460999", bound, whose, key)
            answered, ended = at + timedelta(seconds=4), at + timedelta(seconds=64)
            digests = (uuid4().bytes * 2, uuid4().bytes[:12])
            values = (row, digests[0], someone, number, caller, digests[1], called, at, answered, ended)
            copy.write_row((*values, "answered", "edge-1", 0))


def _messages(someone: UUID, count: int, now: datetime) -> None:
    from ringfence.privacy.sealed import RawBytes
    from ringfence.telephony.models import Message

    for place in range(count):
        Message(
            subject=someone,
            number=uuid4(),
            sender="+442079460123",
            text=RawBytes(f"Message {place} of many, as long as most of them are.".encode()),
            received_at=now - timedelta(days=25) * (place / max(count, 1)),
            carrier="bench",
            digest=uuid4().bytes * 2,
        ).save()
