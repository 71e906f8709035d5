"""Text messages come in: each is stored once, for whoever held the number when it arrived, or not at all."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F

from ringfence.accounts.actions.letters import withdraw_letters
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.payment_watch.removing import Channel, without
from ringfence.privacy.ports import key_store
from ringfence.privacy.retention.setting_aside import set_aside
from ringfence.privacy.sealed import RawBytes
from ringfence.telephony.actions import message_deliveries
from ringfence.telephony.message_models import MessageCount, MessageSeen, drop_days, make_day
from ringfence.telephony.message_ports import Arrived
from ringfence.telephony.message_rules import (
    DAYS_AHEAD,
    KEPT,
    LET_GO_BEFORE,
    PARTS_WAIT,
    PARTS_WITHIN,
    SEEN_KEPT,
    UNTIMED_MARGIN,
    Taken,
    as_number,
    as_sender,
    as_text,
    joined,
)
from ringfence.telephony.models import Message, MessageDelivery, Number, Tenure
from ringfence.telephony.rules import NumberState

LETTERS_AT_ONCE: Final = 5000


@action("messages.take_in")
def take_in(*, carrier: str, arrived: Arrived, by: Actor, at: datetime) -> Taken:
    """Store what a carrier brought, when it is somebody's; tell what became of it.

    What was judged once stays judged: a repeat changes nothing, even when its message was deleted, or refused
    because nobody had the number then.
    """
    arrived = replace(arrived, number=as_number(arrived.number), sender=as_sender(arrived.sender))
    number = Number.objects.select_for_update().filter(e164=arrived.number).first()
    part = str(arrived.part) if arrived.parts > 1 else ""
    digest = _mac("message", carrier, arrived.id, part)
    _row, is_new = MessageSeen.objects.get_or_create(digest=digest, defaults={"seen_at": at})
    taken = _judged(number, arrived, at) if is_new else Taken.REPEATED
    _count(carrier, taken, at)
    if taken is not Taken.STORED or number is None or number.holder is None:
        nothing_happened()
        return taken
    message = _part_of(arrived, carrier, number.holder, number, by, at) if arrived.parts > 1 else None
    if message is None:
        message = _create(arrived, carrier, digest, number.holder, number, by, at)
    begins = at if message.pieces is None else message.received_at + PARTS_WAIT
    message_deliveries.send_on(message=message, at=begins, now=at)
    about(carrier=carrier, stored=1)
    return taken


def _judged(number: Number | None, arrived: Arrived, at: datetime) -> Taken:
    """Tell whether a message is somebody's: of whoever holds the number now, if they held it when it was sent."""
    if number is None:
        return Taken.UNKNOWN
    if number.state == NumberState.SUSPENDED:
        return Taken.SUSPENDED
    tenure = Tenure.objects.filter(number=number.pk, ended_at=None).first()
    if number.state != NumberState.IN_SERVICE or tenure is None or tenure.subject != number.holder:
        return Taken.NOBODY
    if (arrived.sent_at or at - UNTIMED_MARGIN) < tenure.began_at:
        return Taken.BEFORE
    return Taken.TOO_OLD if arrived.sent_at and arrived.sent_at <= at - KEPT else Taken.STORED


def _create(
    arrived: Arrived, carrier: str, digest: bytes, subject: UUID, number: Number, by: Actor, at: datetime
) -> Message:
    text = _clean(arrived.text, by, at)
    message = Message(
        subject=subject,
        number=number.pk,
        received_at=at,
        sent_at=min(arrived.sent_at, at) if arrived.sent_at else None,
        carrier=carrier,
        digest=digest,
        parts=arrived.parts,
        media=arrived.media,
        sender=without(arrived.sender, channel=Channel.SMS, by=by, at=at),
    )
    if arrived.parts > 1:
        pieces = {str(arrived.part): text}
        message.whole = _whole(arrived, carrier, number)
        message.pieces = pieces
        text = joined(pieces, arrived.parts)
    message.text = RawBytes(text.encode())
    message.save(force_insert=True)
    return message


def _part_of(
    arrived: Arrived, carrier: str, subject: UUID, number: Number, by: Actor, at: datetime
) -> Message | None:
    """Add a part to the message that waits for it; None when there is none, so that it begins one."""
    waiting = Message.objects.select_for_update().filter(
        whole=_whole(arrived, carrier, number),
        subject=subject,
        pieces__isnull=False,
        received_at__gt=at - PARTS_WITHIN,
    )
    row = waiting.order_by("-received_at", "-id").first()
    pieces = row.pieces.open() if row else None
    if row is None or not isinstance(pieces, dict) or str(arrived.part) in pieces:
        return None
    pieces[str(arrived.part)] = _clean(arrived.text, by, at)
    is_complete = len(pieces) == row.parts
    row.pieces = None if is_complete else pieces
    row.text = RawBytes(_clean(joined(pieces, row.parts), by, at).encode())
    row.media, row.read_at = row.media + arrived.media, None
    row.save(update_fields=["pieces", "text", "media", "read_at"])
    return row


def _clean(text: str, by: Actor, at: datetime) -> str:
    return without(as_text(text), channel=Channel.SMS, by=by, at=at)


def _whole(arrived: Arrived, carrier: str, number: Number) -> bytes:
    return _mac(
        "message-whole",
        carrier,
        str(number.holder),
        number.e164,
        arrived.sender,
        arrived.reference,
        str(arrived.parts),
    )


def _mac(purpose: str, *parts: str) -> bytes:
    return key_store().mac(purpose, "\0".join(parts).encode())


@action("messages.count")
def count(*, carrier: str, what: Taken, by: Actor, at: datetime) -> None:
    """Count what was not even looked at: forged, unreadable or too large. It leaves no ledger line."""
    nothing_happened()
    _count(carrier, what, at)


def _count(carrier: str, what: Taken, at: datetime) -> None:
    row = {"carrier": carrier, "what": str(what)}
    MessageCount.objects.get_or_create(**row, defaults={"last_at": at})
    MessageCount.objects.filter(**row).update(count=F("count") + 1, last_at=at)


@action("messages.read")
def mark(*, subject: UUID, messages: Collection[UUID], read: bool, by: Actor, at: datetime) -> None:
    """Mark messages as read, or as new. It leaves no ledger line: a mark says nothing that the messages do not."""
    nothing_happened()
    Message.objects.filter(subject=subject, pk__in=messages, read_at__isnull=read).update(
        read_at=at if read else None
    )


@action("messages.mark_all_read")
def mark_all_read(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Mark all messages of a customer as read."""
    nothing_happened()
    Message.objects.filter(subject=subject, read_at=None).update(read_at=at)


@action("messages.delete")
def delete(*, subject: UUID, messages: Collection[UUID] | None, by: Actor, at: datetime) -> int:
    """Delete messages of a customer now, all of them when none are named; return how many.

    What is on its way is called back, and letters that hold them go too. A repeat of the carrier's brings none back.
    """
    rows = Message.objects.filter(subject=subject)
    ways = MessageDelivery.objects.filter(subject=subject)
    if messages is not None:
        rows, ways = rows.filter(pk__in=messages), ways.filter(message__in=messages)
    letters = [one for one in ways.values_list("letter", flat=True) if one]
    withdraw_letters(letters=letters, by=by, at=at)
    ways.delete()
    count, _by_model = rows.delete()
    if not count:
        nothing_happened()
    about(subject, count=count)
    return count


@action("messages.make_days")
def make_days(*, by: Actor, at: datetime) -> None:
    """Make the places of the messages of the next days."""
    nothing_happened()
    for ahead in range(DAYS_AHEAD):
        make_day((at + timedelta(days=ahead)).astimezone(UTC).date())


@action("messages.drop_old")
def drop_old(*, by: Actor, at: datetime) -> int:
    """Let go of the messages whose time is up: whole days first, then what is older of the last one; return how many.

    Days that are dropped whole are counted before, which costs little beside it. Letters that hold the messages go
    with them, however late they were sent.
    """
    until = at - KEPT + LET_GO_BEFORE
    told = MessageDelivery.objects.filter(received_at__lte=until, letter__isnull=False)
    letters = [one for one in told.values_list("letter", flat=True) if one]
    for start in range(0, len(letters), LETTERS_AT_ONCE):
        withdraw_letters(letters=letters[start : start + LETTERS_AT_ONCE], by=by, at=at)
    for rows in (Message.objects, MessageDelivery.objects):
        set_aside(rows=rows.filter(received_at__lte=until), by=by, at=at)
    day = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    count = Message.objects.filter(received_at__lt=day).count()
    days = drop_days(day.date())
    count += Message.objects.filter(received_at__lte=until).delete()[0]
    MessageDelivery.objects.filter(received_at__lte=until).delete()
    MessageSeen.objects.filter(seen_at__lte=at - SEEN_KEPT).delete()
    if not days and not count:
        nothing_happened()
    about(days=days, count=count)
    return count
