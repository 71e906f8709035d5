"""Call records from the spool into the log, sealed on the way, beside PostgreSQL's own COPY of the same rows."""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from benchmarks.ground import Figure, seconds

CUSTOMERS: Final = 2_000
NUMBERS: Final = 5_000
CALLS: Final = 100_000
"""Half of them are answered and leave two lines, half are not and leave one."""


def measure(calls: int = CALLS) -> Iterator[Figure]:
    """Yield the figures."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.telephony.actions.calls import make_days
    from ringfence.telephony.taking_in import take_in_calls

    worker, at = Actor.system("benchmark"), clock.now()
    make_days(by=worker, at=at)
    sell_numbers()
    write_spool(CUSTOMERS, at - timedelta(hours=1))
    take_in_calls(by=worker, at=at)
    empty()
    lines = write_spool(calls, at - timedelta(minutes=20))
    took = seconds(lambda: take_in_calls(by=worker, at=clock.now()))
    if rows() != calls:
        raise RuntimeError(f"{rows()} calls are stored of {calls}")
    copied = seconds_of_copy()
    idle = seconds(lambda: [take_in_calls(by=worker, at=clock.now()) for _time in range(100)]) / 100
    how = (
        f"{calls:,} calls of {NUMBERS:,} numbers in a spool of {lines:,} lines, read, given to their customers, sealed,"
        f" stored and completed in {took:.1f} s by one process. A call counts once; half of them were answered, with"
        f" two lines; {lines / took:,.0f} lines/s"
    )
    reference = f"COPY of the finished rows: {calls / copied:,.0f} rows/s"
    yield Figure(
        "cdr_ingest_per_s", calls / took, "calls/s", ">= 20000", reference, how, calls / took >= 20_000
    )
    yield Figure("cdr_ingest_lines_per_s", lines / took, "lines/s", "-", reference, how)
    yield Figure("cdr_ingest_vs_copy", copied / took, "of COPY", "-", reference, how)
    yield Figure(
        "cdr_nothing_waits_ms", idle * 1000, "ms", "-", "-", "one look at a spool in which nothing waits"
    )


def number(place: int) -> str:
    """Return one of the numbers that are called."""
    return f"44207946{place:04d}"


def sell_numbers() -> None:
    """Put numbers of many customers into service, past the shop."""
    from django.db import connection

    customers = [uuid.uuid4() for _one in range(CUSTOMERS)]
    held = [(uuid.uuid4(), number(place), customers[place % CUSTOMERS]) for place in range(NUMBERS)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_number (id, e164, national, country, area, type, capabilities, carrier, documents,"
            " state, state_since, holder, route_version)"
            " SELECT id, '+' || digits, substr(digits, 3), 'GB', 'London', 'geographic', '{voice}', '', '{}',"
            " 'in_service', now() - interval '100 days', holder, 0"
            " FROM unnest(%s::uuid[], %s::varchar[], %s::uuid[]) AS held (id, digits, holder)",
            [list(column) for column in zip(*held, strict=True)],
        )
        cursor.execute(
            "INSERT INTO telephony_tenure (id, number, subject, began_at)"
            " SELECT gen_random_uuid(), id, holder, state_since FROM telephony_number"
        )


def write_spool(calls: int, began: datetime) -> int:
    """Write the lines of calls as the switch does; return how many."""
    from django.conf import settings

    chance, folder = random.Random(calls), settings.SIP_SPOOL_DIR
    folder.mkdir(parents=True, exist_ok=True)
    name, lines = uuid.uuid4().hex, 0
    with (
        (folder / f"answered-{name}.calls").open("w") as starts,
        (folder / f"ended-{name}.calls").open("w") as ends,
    ):
        for place in range(calls):
            start = (began + timedelta(milliseconds=10 * place)).timestamp()
            caller = f"1555010{chance.randrange(10_000):04d}"
            called = number(chance.randrange(NUMBERS) if calls > CUSTOMERS else place)
            head = f"{uuid.UUID(int=chance.getrandbits(128))}|{caller}|{called}|{start:.6f}"
            if place % 2:
                starts.write(f"INVITE|a|b|{head}|{start + 4:.6f}|0|1|200|0|-|2\n")
                ends.write(f"{start:.3f}|{start + 64:.3f}|60.000|{head}|{start + 4:.6f}|0|1|200|0|-|2\n")
            else:
                ends.write(f"{start:.3f}|{start + 20:.3f}|0.000|{head}|0|{start + 20:.6f}|1|480|1|-|2\n")
            lines += 1 + place % 2
    return lines


def rows() -> int:
    """Return how many calls are stored."""
    from ringfence.telephony.models import CallRecord

    return int(CallRecord.objects.exclude(ended_at=None).count())


def empty() -> None:
    """Forget every call."""
    from django.db import connection

    from ringfence.config.migrating import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE telephony_callrecord")


def seconds_of_copy() -> float:
    """Return how long the database takes to read the same rows from memory, with all their indexes."""
    from django.db import connection

    out = "COPY (SELECT * FROM telephony_callrecord) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(out) as copy:
        parts = [bytes(part) for part in copy]
    content = b"".join(parts)
    empty()

    def read() -> None:
        into = "COPY telephony_callrecord FROM STDIN (FORMAT binary)"
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            for start in range(0, len(content), 1 << 20):
                copy.write(content[start : start + (1 << 20)])

    took = seconds(read)
    if not rows():
        raise RuntimeError("no row was copied")
    return took
