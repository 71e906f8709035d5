"""Call records on their way into the table: whose they are, sealed, copied in; ends beside their beginnings.

Only inside the action `calls.take_in`, which holds the node's lock: nobody else stores calls of that node meanwhile, so
what is not there yet can be copied straight in, and the unique index is only the last line of defence.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.db import connection

from ringfence.privacy.card_ranges import SHORTEST
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.keyring import Key
from ringfence.privacy.payment_data import PaymentData, cleaned
from ringfence.privacy.ports import key_store
from ringfence.privacy.sealed import SealedField
from ringfence.telephony.models import CallRecord
from ringfence.telephony.ports import Outcome, SpooledCall

SLACK: Final = timedelta(seconds=1)
"""How much a node's clock and ours may differ at a customer's first moment; the quarantine before it is far longer."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIXED: Final = struct.Struct("!hi16si32si16si16s")
_MOMENT: Final = struct.Struct("!iq")
_SMALL: Final = struct.Struct("!ih")
_LENGTH: Final = struct.Struct("!i")
_NONE: Final = _LENGTH.pack(-1)
_COPY: Final = """
COPY telephony_callrecord (id, call_digest, subject, number, caller, caller_digest, called, started_at, answered_at,
    ended_at, outcome, node, step, code) FROM STDIN (FORMAT binary)
"""
_OPENING: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_CLOSING: Final = b"\xff\xff"
_AT_ONCE: Final = 256
"""Rows that are handed to the database together, so that it works while the next ones are sealed."""

_TENURES: Final = """
SELECT n.e164, t.number, t.subject, t.began_at, t.ended_at FROM telephony_tenure t
JOIN telephony_number n ON n.id = t.number WHERE n.e164 = ANY(%s) ORDER BY t.id FOR SHARE OF t
"""
BEGUN_ANEW: Final = timedelta(minutes=2)
"""How much later a call may begin anew under its id: its caller repeats it when the node died (RFC 3261, timer B)."""

_KNOWN: Final = """
SELECT call_digest, ended_at IS NULL, answered_at IS NOT NULL, started_at FROM telephony_callrecord
WHERE started_at BETWEEN %s AND %s AND call_digest = ANY(%s::bytea[])
UNION ALL SELECT call_digest, false, true, NULL FROM telephony_deletedcall WHERE call_digest = ANY(%s::bytea[])
"""
"""In one statement, so that a record that is being deleted meanwhile is seen in one of the two tables."""

_COMPLETE: Final = """
UPDATE telephony_callrecord AS stored
SET answered_at = came.answered_at, ended_at = came.ended_at, outcome = came.outcome, step = came.step, code = came.code
FROM unnest(%s::bytea[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::varchar[], %s::smallint[],
    %s::smallint[]) AS came (call_digest, started_at, answered_at, ended_at, outcome, step, code)
WHERE stored.call_digest = came.call_digest AND stored.started_at = came.started_at
"""
"""Nothing more is said of the rows: the planner would take it for a few, and compare each with each."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """From when to when somebody had a number."""

    number: UUID
    subject: UUID
    began_at: datetime
    ended_at: datetime | None


@dataclass(slots=True)
class TakenIn:
    """What became of some calls: stored, their end added, nobody's, seen before; and those a letter is due for."""

    stored: int = 0
    ended: int = 0
    nobody: int = 0
    to_write: dict[UUID, list[UUID]] = field(default_factory=dict)
    removed: Counter[PaymentData] = field(default_factory=Counter)


def newest(calls: Iterable[SpooledCall]) -> dict[bytes, SpooledCall]:
    """Return one record per call, by its digest: one that was answered before one that was not, then one that ended.

    A call that its caller repeats to a node which was started again fails there, when its first try came up after all.
    """
    merged: dict[tuple[str, str], SpooledCall] = {}
    for call in calls:
        name = call.node, call.call_id
        before = merged.get(name)
        if before is None or (bool(call.answered_at), bool(call.ended_at)) > (
            bool(before.answered_at),
            bool(before.ended_at),
        ):
            merged[name] = call
    digests = key_store().mac_many("call", [f"{node}\0{call}".encode() for node, call in merged])
    return dict(zip(digests, merged.values(), strict=True))


def id_of(digest: bytes) -> UUID:
    """Return the key of a call: the same whenever it comes, and nobody outside can make it or read anything in it."""
    return UUID(bytes=digest[:16], version=4)


def caller_digest(key: Key, caller: str) -> bytes:
    """Return by what the calls of one caller are found among those of a customer, whose key it is."""
    return keyring.digest(key, "caller", caller)


def store(calls: Mapping[bytes, SpooledCall]) -> TakenIn:
    """Store calls that are not there yet, and the ends of those that are."""
    done = TakenIn()
    if not calls:
        return done
    moments = [call.started_at for call in calls.values()]
    first, last = min(moments), max(moments)
    with connection.cursor() as cursor:
        digests = _array(f'"\\\\x{digest.hex()}"' for digest in calls)
        cursor.execute(_KNOWN, [first - BEGUN_ANEW, last + BEGUN_ANEW, digests, digests])
        known = {bytes(digest): state for digest, *state in cursor.fetchall()}
        ends = [
            (digest, began, calls[digest])
            for digest, (is_open, is_answered, began) in known.items()
            if _says_more(calls[digest], is_open=is_open, is_answered=is_answered)
        ]
        if ends:
            # Each end is looked up by the index, however large the table is thought to be.
            cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
            cursor.execute(_COMPLETE, _columns_of(ends))
            done.ended = cursor.rowcount
    _copy([(digest, call) for digest, call in calls.items() if digest not in known], done)
    return done


def _says_more(call: SpooledCall, *, is_open: bool, is_answered: bool) -> bool:
    """Tell whether a call that came says more than the record that is there: it ended, or it was answered after all."""
    if call.answered_at is None:
        return is_open and not is_answered
    return not is_answered or (is_open and call.ended_at is not None)


def _columns_of(ends: Sequence[tuple[bytes, datetime, SpooledCall]]) -> list[str]:
    """Return the columns of the ends as arrays in PostgreSQL's own writing, which is made fastest by hand."""
    calls = [call for _digest, _began, call in ends]
    return [
        _array(f'"\\\\x{digest.hex()}"' for digest, _began, _call in ends),
        _array(f'"{began.isoformat()}"' for _digest, began, _call in ends),
        _array(f'"{call.answered_at.isoformat()}"' if call.answered_at else "NULL" for call in calls),
        _array(f'"{call.ended_at.isoformat()}"' if call.ended_at else "NULL" for call in calls),
        _array(str(call.outcome) for call in calls),
        _array("NULL" if call.step is None else str(call.step) for call in calls),
        _array("NULL" if call.code is None else str(call.code) for call in calls),
    ]


def _array(values: Iterable[str]) -> str:
    return f"{{{','.join(values)}}}"


def _copy(calls: Sequence[tuple[bytes, SpooledCall]], done: TakenIn) -> None:
    tenures = _tenures({call.called for _digest, call in calls})
    theirs: list[tuple[bytes, SpooledCall, Tenure]] = []
    for digest, call in calls:
        whose = _whose(tenures.get(call.called, ()), call.started_at)
        if whose is None:
            done.nobody += 1
        else:
            theirs.append((digest, call, whose))
    with (
        connection.cursor() as cursor,
        cursor.copy(_COPY) as copy,
    ):
        copy.write(_OPENING)
        for start in range(0, len(theirs), _AT_ONCE):
            copy.write(b"".join(_rows(theirs[start : start + _AT_ONCE], done)))
        copy.write(_CLOSING)
    done.stored = len(theirs)


def _tenures(numbers: Iterable[str]) -> dict[str, list[Tenure]]:
    """Return who had which number when, locked: nobody may leave while a call of theirs is being stored."""
    with connection.cursor() as cursor:
        cursor.execute(_TENURES, [[*numbers]])
        rows = [(e164, Tenure(*rest)) for e164, *rest in cursor.fetchall()]
    keyring.prefetch({one.subject for _e164, one in rows}, RetentionClass.TRAFFIC)
    here = {subject for subject in {one.subject for _e164, one in rows} if _can_be_sealed_for(subject)}
    found: dict[str, list[Tenure]] = {}
    for e164, one in rows:
        if one.subject in here:
            found.setdefault(e164, []).append(one)
    return found


def _can_be_sealed_for(subject: UUID) -> bool:
    """Tell whether somebody has a key for calls, made now if need be; who was erased has none."""
    try:
        keyring.key_for(subject, RetentionClass.TRAFFIC)
    except KeyError:
        return False
    return True


def _whose(tenures: Iterable[Tenure], moment: datetime) -> Tenure | None:
    """Return who had the number at a moment."""
    for one in tenures:
        if one.began_at - SLACK <= moment and (one.ended_at is None or moment < one.ended_at):
            return one
    return None


def _rows(calls: Iterable[tuple[bytes, SpooledCall, Tenure]], done: TakenIn) -> Iterator[bytes]:
    """Yield calls as rows of a binary COPY, their numbers sealed."""
    callers, called = (
        cast("SealedField", CallRecord._meta.get_field(name)).sealer() for name in ("caller", "called")
    )
    for digest, call, whose in calls:
        row, subject = id_of(digest), whose.subject
        key = keyring.key_for(subject, RetentionClass.TRAFFIC)
        at, of = str(row).encode(), subject.hex.encode()
        caller = _without_payment_data(call.caller, done)
        yield b"".join(
            (
                _FIXED.pack(14, 16, row.bytes, 32, digest, 16, subject.bytes, 16, whose.number.bytes),
                _bytes(callers.seal(caller.encode(), at, of, key)) if caller else _NONE,
                _bytes(caller_digest(key, caller)) if caller else _NONE,
                _bytes(called.seal(call.called.encode(), at, of, key)),
                _moment(call.started_at),
                _moment(call.answered_at),
                _moment(call.ended_at),
                _bytes(call.outcome.encode()),
                _bytes(call.node.encode()),
                _small(call.step),
                _small(call.code),
            )
        )
        if call.outcome is Outcome.MISSED_BY_MAIL:
            done.to_write.setdefault(subject, []).append(row)


def _without_payment_data(caller: str, done: TakenIn) -> str:
    """Return a caller; digits that could be a card's are looked at, and no telephone number is that long."""
    if len(caller) < SHORTEST:
        return caller
    found = cleaned(caller, phones=True)
    done.removed.update(found.removed)
    return found.text


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _moment(value: datetime | None) -> bytes:
    return _NONE if value is None else _MOMENT.pack(8, (value - _EPOCH) // _MICROSECOND)


def _small(value: int | None) -> bytes:
    return _NONE if value is None else _SMALL.pack(2, value)
