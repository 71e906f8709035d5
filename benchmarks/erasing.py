"""Erasing a customer with very many calls beside bare DELETEs of the rows, and a thousand customers in a row."""

import resource
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from benchmarks.ground import Figure, seconds
from benchmarks.peer import assist

CALLS: Final = 100_000
MESSAGES: Final = 1_000
DAYS: Final = 80
"""Days over which the calls lie."""

PEOPLE: Final = 1_000
LARGE: Final = 3
"""Customers with very many calls that are erased one after the other; the middle figure counts."""


def measure(calls: int = CALLS, people: int = PEOPLE) -> Iterator[Figure]:
    """Yield the figures."""
    yield from _large(calls)
    yield from _many(people)


def _large(calls: int) -> Iterator[Figure]:
    """Erase customers with very many calls, each beside the DELETEs of a twin's rows."""
    ratios, ours, bare, sent = [], [], [], 0
    for place in range(0, 2 * LARGE, 2):
        someone, twin = (_with_many(place + which, calls) for which in range(2))
        _settle()
        bare.append(seconds(partial(_delete, twin)))
        _settle()
        with counted() as statements:
            ours.append(seconds(partial(_erase, someone)))
        ratios.append(ours[-1] / bare[-1])
        sent = len(statements)
    ratio, took = statistics.median(ratios), statistics.median(ours)
    how = (
        f"a customer with {calls:,} calls over {DAYS} days and {MESSAGES:,} messages, from the tombstone to the proven"
        f" receipt, searched and verified: {took:.2f} s, {sent} statements"
    )
    reference = f"DELETE of a twin's rows, nothing else: {statistics.median(bare):.2f} s"
    yield Figure("erase_100k_s_vs_delete", ratio, "x", "<= 1.5", reference, how, ratio <= 1.5)


def _with_many(place: int, calls: int) -> UUID:
    someone = a_customer(place)
    _calls_of(place, calls)
    messages_of(place, MESSAGES)
    return someone


def _many(people: int) -> Iterator[Figure]:
    """Erase many ordinary customers in a row."""
    from ringfence.privacy.erasure.actions import AT_ONCE

    begun = _begin([_ordinary(2 * LARGE + place) for place in range(people)])
    _settle()
    took: list[float] = []
    memory: list[int] = []
    with counted() as statements:
        for start in range(0, people, AT_ONCE):
            some = begun[start : start + AT_ONCE]
            took.append(seconds(partial(_proceed, some)) / len(some))
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    rate = 1 / statistics.mean(took)
    yield from _beside_assist(rate, people)
    how = (
        f"{people:,} customers in a row, {AT_ONCE} at a time, from the tombstone to the proven receipt;"
        f" {len(statements) / people:.1f} statements each"
    )
    yield Figure("erase_per_s", rate, "people/s", "-", "-", how)
    growth = took[-1] / took[0]
    how = (
        f"the last {AT_ONCE} over the first {AT_ONCE}: {took[-1] * 1000:.1f} and {took[0] * 1000:.1f} ms each"
    )
    yield Figure("erase_last_vs_first", growth, "x", "<= 1.5", "-", how, growth <= 1.5)
    more = (memory[-1] - memory[0]) / 1024
    how = "highest memory of the process after the last, over that after the first"
    yield Figure("erase_1000_memory_mb", more, "MB", "<= 20", "-", how, more <= 20)


def _beside_assist(rate: float, people: int) -> Iterator[Figure]:
    theirs = assist.deletions_per_s(max(1, people // 5))
    reference = (
        f"django-gdpr-assist, delete of the same kinds and numbers of rows, unverified: {theirs:.1f} people/s"
    )
    how = f"{rate:.0f} people/s, searched, verified, with a receipt"
    yield Figure("erase_vs_gdpr_assist", rate / theirs, "x", ">= 10", reference, how, rate / theirs >= 10)


def a_customer(place: int) -> UUID:
    """Make a customer with a profile and a number in service."""
    from django.conf import settings

    from ringfence.accounts import actions
    from ringfence.kernel.actor import Actor

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    by, at = Actor.system("benchmark"), _now()
    person = actions.add_customer(
        email=f"customer{place}@example.com",
        password=uuid4().hex,
        language="en",
        name=f"Customer {place}",
        country="GB",
        by=by,
        at=at,
    )
    actions.set_profile(
        person=person, phone=f"+44207946{place % 10_000:04d}", address=f"{place} Example Street", by=by, at=at
    )
    _number_of(person, place)
    return person


def _ordinary(place: int) -> UUID:
    """Make a customer who signed in twice, got a letter, calls and messages, and gave the number up."""
    from ringfence.accounts import actions
    from ringfence.accounts.rules import Means
    from ringfence.kernel.actor import Actor

    by, at = Actor.system("benchmark"), _now()
    person = a_customer(place)
    for _time in range(2):
        actions.sign_in(
            person=person,
            means=Means.PASSWORD,
            strong=False,
            network_address="192.0.2.1",
            device="Firefox, Linux",
            by=by,
            at=at,
        )
    actions.queue_letter(kind="password-changed", person=person, by=by, at=at)
    _calls_of(place, 10)
    messages_of(place, 2)
    _give_up(person)
    return person


def _give_up(person: UUID) -> None:
    """Let the customer's number rest, as one that was given up does."""
    from ringfence.kernel.actor import Actor
    from ringfence.telephony.actions import numbers
    from ringfence.telephony.queries import numbers_of

    for number in numbers_of(person):
        numbers.rest(number=number.id, by=Actor.system("benchmark"), at=_now())


def _now() -> datetime:
    from ringfence.interfaces import clock

    return clock.now()


def _e164(place: int) -> str:
    return f"+4477009{place:05d}"


def _number_of(person: UUID, place: int) -> None:
    from django.db import connection

    number = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_number (id, e164, national, country, area, type, capabilities, carrier, documents,"
            " state, state_since, holder, route_version)"
            " VALUES (%s, %s, %s, 'GB', '', 'mobile', '{voice}', '', '{}', 'in_service', now() - interval '100 days',"
            " %s, 0)",
            [number, _e164(place), _e164(place)[3:], person],
        )
        cursor.execute(
            "INSERT INTO telephony_tenure (id, number, subject, began_at)"
            " VALUES (gen_random_uuid(), %s, %s, now() - interval '100 days')",
            [number, person],
        )


def _calls_of(place: int, count: int) -> None:
    """Take calls in as from a spool, sealed, over the days that are kept."""
    from ringfence.kernel.actor import Actor
    from ringfence.telephony.actions import calls
    from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine

    at, apart = _now(), timedelta(days=DAYS) / count
    for start in range(0, count, 5_000):
        lines = []
        for one in range(start, min(count, start + 5_000)):
            began = at - timedelta(minutes=5) - apart * one
            call = SpooledCall(
                call_id=f"{place}-{one}",
                caller=f"+442079{one % 1_000_000:06d}",
                called=_e164(place),
                started_at=began,
                answered_at=began,
                ended_at=began + timedelta(minutes=1),
                outcome=Outcome.ANSWERED,
                node="edge-1",
            )
            lines.append(SpooledLine(f"spool-{place}", one + 1, call))
        calls.take_in(lines=lines, by=Actor.system("benchmark"), at=at)


def messages_of(place: int, count: int) -> None:
    """Take messages in as a carrier brings them."""
    from ringfence.kernel.actor import Actor
    from ringfence.telephony.actions import messages
    from ringfence.telephony.message_ports import Arrived

    at = _now()
    for one in range(count):
        arrived = Arrived(
            f"{place}-{one}", _e164(place), "+447700900123", f"message {one} says this and that", sent_at=at
        )
        messages.take_in(carrier="rehearsal", arrived=arrived, by=Actor.carrier("rehearsal"), at=at)


def _settle() -> None:
    """Do the pending upkeep of the database, so that it falls on neither side."""
    from django.db import connection

    from ringfence.privacy.ledger import append

    while append.sequence():
        pass
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("VACUUM ANALYZE")


def _delete(subject: UUID) -> None:
    """Delete what a customer has of calls and messages, with bare statements."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("callrecord", "message", "messagedelivery", "tenure"):
            cursor.execute(f"DELETE FROM telephony_{table} WHERE subject = %s", [subject])


def _begin(people: list[UUID]) -> list[UUID]:
    """Set the tombstones of some customers."""
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.erasure import actions
    from ringfence.privacy.erasure.models import Erasure

    for subject in people:
        actions.begin(subject=subject, request=None, by=Actor.system("benchmark"), at=_now())
    return list(Erasure.objects.filter(subject__in=people).values_list("pk", flat=True))


def _erase(subject: UUID) -> None:
    """Erase a customer, from the tombstone on."""
    _proceed(_begin([subject]))


def _proceed(begun: list[UUID]) -> None:
    """Erase some customers."""
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.erasure import actions
    from ringfence.privacy.erasure.models import Receipt

    actions.proceed_all(erasures=begun, by=Actor.system("benchmark"), at=_now())
    if Receipt.objects.filter(erasure__in=begun, proof__isnull=False).count() != len(begun):
        raise RuntimeError("a customer was not erased")


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the statements that both databases are sent."""
    from django.db import connections

    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        sent.append(str(sql)[:120])
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield sent
