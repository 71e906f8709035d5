"""Call records: from the switch's spool, sealed on the way in, into the customer's log."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.payment_watch.removing import Channel, without
from ringfence.privacy.ports import key_store
from ringfence.telephony import call_days
from ringfence.telephony.models import CallRecord, Number, SpoolOffset
from ringfence.telephony.ports import SpooledCall, SpooledLine


@action("calls.take_in")
def take_in(*, lines: Sequence[SpooledLine], by: Actor, at: datetime) -> int:
    """Store what lines of the spool say, with how far each file was read; return how many calls were stored.

    A repeat of a line changes nothing. A call to a number nobody holds is counted and not stored.
    """
    newest = _newest([line.call for line in lines if line.call])
    holders = _holders(call.called for call in newest.values())
    keyring.prefetch({subject for subject, _number in holders.values()}, RetentionClass.TRAFFIC)
    known = {
        bytes(row.call_digest): row
        for row in CallRecord.objects.select_for_update().filter(call_digest__in=list(newest)).order_by("id")
    }
    call_days.make({call_days.day_of(call.started_at) for call in newest.values()})
    stored = 0
    for digest, call in newest.items():
        if digest in known:
            _complete(known[digest], call)
        elif call.called in holders:
            _create(
                digest, call, without(call.caller, channel=Channel.CALL, by=by, at=at), *holders[call.called]
            )
            stored += 1
    for file, end in {line.file: line.end for line in lines}.items():
        SpoolOffset.objects.update_or_create(file=file, defaults={"offset": end})
    unreadable = sum(line.call is None for line in lines)
    about(stored=stored, nobody=len(newest) - stored - len(known), unreadable=unreadable)
    return stored


def _newest(calls: Iterable[SpooledCall]) -> dict[bytes, SpooledCall]:
    """Return one record per call: the one that knows its end, where both came."""
    newest: dict[bytes, SpooledCall] = {}
    for call in calls:
        digest = key_store().mac("call", f"{call.node}\0{call.call_id}".encode())
        if digest not in newest or call.ended_at:
            newest[digest] = call
    return newest


def _holders(numbers: Iterable[str]) -> dict[str, tuple[UUID, UUID]]:
    """Return who holds which number, locked: nobody may leave while a call of theirs is being stored."""
    rows = (
        Number.objects.filter(e164__in=set(numbers), holder__isnull=False).select_for_update().order_by("id")
    )
    return {e164: (holder, pk) for e164, holder, pk in rows.values_list("e164", "holder", "pk") if holder}


def _create(digest: bytes, call: SpooledCall, caller: str, subject: UUID, number: UUID) -> None:
    CallRecord.objects.create(
        call_digest=digest,
        subject=subject,
        number=number,
        caller=caller or None,
        called=call.called,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        outcome=call.outcome,
        node=call.node,
    )


def _complete(row: CallRecord, call: SpooledCall) -> None:
    if call.ended_at is None or row.ended_at is not None:
        return
    row.ended_at, row.answered_at, row.outcome = call.ended_at, call.answered_at, call.outcome
    row.save(update_fields=["ended_at", "answered_at", "outcome"])


@action("calls.forget_files")
def forget_files(*, files: frozenset[str], by: Actor, at: datetime) -> None:
    """Forget how far files were read that are gone."""
    nothing_happened()
    SpoolOffset.objects.filter(file__in=files).delete()


@action("calls.delete")
def delete_calls(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Delete a customer's call records now, as the customer may at any time; return how many."""
    count, _by_model = CallRecord.objects.filter(subject=subject).delete()
    about(subject, count=count)
    return count
