"""Every step of every message on its way to where it is sent on to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.accounts.actions.letters import queue_letter, withdraw_letters
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.telephony import message_signing
from ringfence.telephony.message_models import read_text
from ringfence.telephony.message_ports import Reply
from ringfence.telephony.message_rules import (
    FAILED_FOR,
    MOST_TRIES_KEPT,
    SENDING_TAKES,
    TRIED_FOR,
    DeliveryEvent,
    DeliveryState,
    Way,
    move,
    pause_after,
)
from ringfence.telephony.models import Message, MessageDelivery, MessageForwarding, Number


@dataclass(frozen=True, slots=True, repr=False)
class ToSend:
    """What is to be sent to a customer's address now."""

    url: str
    headers: dict[str, str]
    body: bytes


@action("messages.send_again")
def send_again(*, delivery: UUID, by: Actor, at: datetime) -> None:
    """Send a message on once more, by the settings of now."""
    row = MessageDelivery.objects.select_for_update().filter(pk=delivery).first()
    if row is None or row.subject != by.person:
        raise Refusal("delivery.gone", gettext_noop("This message is not here any more."))
    setting = MessageForwarding.objects.filter(number=row.number, subject=row.subject).first()
    if setting is None or not _is_on(setting, row.way):
        raise Refusal(
            "forwarding.off",
            gettext_noop("Nothing is sent on to that address now. Switch it on, then try again."),
        )
    _move(row, DeliveryEvent.SEND_AGAIN, at, next_at=at)
    _queue(row.pk, row.way, row.number)
    about(row.subject, way=row.way)


def send_on(*, message: Message, at: datetime, now: datetime) -> None:
    """Put a message on its ways, to begin at a moment; one that waits there already begins then. Needs an action."""
    require_action("a message on its way")
    setting = MessageForwarding.objects.filter(number=message.number, subject=message.subject).first()
    if setting is None:
        return
    ways = [Way.LETTER] * setting.by_letter + [Way.WEBHOOK] * (setting.url is not None)
    waiting = MessageDelivery.objects.filter(message=message.pk, state=DeliveryState.WAITING, tries=[])
    begun = dict(waiting.values_list("way", "pk"))
    MessageDelivery.objects.filter(pk__in=begun.values()).update(next_at=at)
    for way in ways:
        if way not in begun:
            is_paused = way == Way.WEBHOOK and setting.paused_at is not None
            state = DeliveryState.CANCELLED if is_paused else DeliveryState.WAITING
            create(message.subject, message.number, message, at, way, now, state)
        elif at <= now:
            _queue(begun[way], way, message.number)


def create(
    subject: UUID,
    number: UUID,
    message: Message | None,
    begins: datetime,
    way: Way,
    now: datetime,
    state: DeliveryState = DeliveryState.WAITING,
) -> None:
    """Write a message's way, and begin it when its moment has come. Needs an action."""
    row = MessageDelivery(
        subject=subject,
        number=number,
        message=message.pk if message else None,
        received_at=message.received_at if message else now,
        way=way,
        state=state,
        state_since=now,
        next_at=begins if state is DeliveryState.WAITING else None,
    )
    row.save(force_insert=True)
    if state is DeliveryState.WAITING and begins <= now:
        _queue(row.pk, row.way, row.number)


def _queue(delivery: UUID, way: str, number: UUID) -> None:
    from ringfence.telephony import message_tasks

    message_tasks.begin(delivery, way, number)


def _move(row: MessageDelivery, event: DeliveryEvent, at: datetime, next_at: datetime | None = None) -> None:
    state = move(row.state, event)
    if state != row.state:
        row.state, row.state_since = state, at
    row.next_at = next_at
    row.save(update_fields=["state", "state_since", "next_at", "tries", "letter"])


def cancel(number: UUID, at: datetime) -> None:
    """Call back what waits to be sent to the address of a number."""
    waiting = MessageDelivery.objects.select_for_update().filter(
        number=number, way=Way.WEBHOOK, state=DeliveryState.WAITING
    )
    for row in waiting.order_by("id"):
        _move(row, DeliveryEvent.CANCEL, at)


@action("messages.begin_delivery")
def begin(*, delivery: UUID, by: Actor, at: datetime) -> ToSend | None:
    """Take a message that is due for sending; None when nothing is left to send, or it is in other hands.

    A letter needs nobody else: it is queued here, and the post sends it.
    """
    nothing_happened()
    due = MessageDelivery.objects.filter(pk=delivery, state=DeliveryState.WAITING, next_at__lte=at)
    row = due.select_for_update(skip_locked=True).first()
    if row is None:
        return None
    setting = MessageForwarding.objects.filter(number=row.number, subject=row.subject).first()
    number = Number.objects.get(pk=row.number)
    message = (
        Message.objects.filter(pk=row.message, received_at=row.received_at).first() if row.message else None
    )
    if setting is None or not _is_on(setting, row.way) or (row.message and message is None):
        _move(row, DeliveryEvent.CANCEL, at)
        return None
    if row.way == Way.LETTER and message is not None:
        withdraw_letters(letters=[row.letter] if row.letter else [], by=by, at=at)
        row.letter = _letter(message, number, by, at)
        row.tries = [*row.tries, [at.isoformat(), "", 0, 0]][-MOST_TRIES_KEPT:]
        _move(row, DeliveryEvent.TAKEN, at)
        return None
    MessageDelivery.objects.filter(pk=row.pk).update(next_at=at + SENDING_TAKES)
    content = _said(message, number) if message else message_signing.body("test", number=number.e164)
    headers = message_signing.signed_headers(
        str(setting.secret.open()), public_id("msg", row.message or row.pk), content, at
    )
    return ToSend(str(setting.url.open()), headers, content)


def _is_on(setting: MessageForwarding, way: str) -> bool:
    return setting.by_letter if way == Way.LETTER else setting.url is not None and setting.paused_at is None


def _letter(message: Message, number: Number, by: Actor, at: datetime) -> UUID | None:
    facts: dict[str, str | int | bool | list[str] | None] = {
        "number": number.e164,
        "sender": str(message.sender.open()),
        "text": read_text(message.text.open()),
        "received": message.received_at.isoformat(),
        "media": message.media,
    }
    try:
        return queue_letter(kind="message-received", person=message.subject, facts=facts, by=by, at=at)
    except LookupError:
        return None


def _said(message: Message, number: Number) -> bytes:
    return message_signing.body(
        "message.received",
        id=message.public_id,
        number=number.e164,
        **{"from": str(message.sender.open())},
        text=read_text(message.text.open()),
        received_at=message.received_at,
        sent_at=message.sent_at,
        media=message.media,
    )


@action("messages.note_delivery")
def note(*, delivery: UUID, reply: Reply, by: Actor, at: datetime) -> None:
    """Take note of how an attempt went: done, tried again later, or given up after a day; then the address is paused.

    While an address fails, what else waits for it waits as long, so that it is asked seldom.
    """
    nothing_happened()
    row = MessageDelivery.objects.select_for_update().filter(pk=delivery, state=DeliveryState.WAITING).first()
    if row is None:
        return
    row.tries = [
        *row.tries,
        [at.isoformat(), str(reply.trouble or ""), reply.status, reply.milliseconds],
    ][-MOST_TRIES_KEPT:]
    setting = MessageForwarding.objects.filter(number=row.number, subject=row.subject)
    if reply.trouble is None:
        _move(row, DeliveryEvent.TAKEN, at)
        setting.update(failing_since=None)
        return
    if row.message is None:
        _move(row, DeliveryEvent.GIVE_UP, at)
        return
    setting.filter(failing_since=None).update(failing_since=at)
    if at - row.state_since >= TRIED_FOR:
        _move(row, DeliveryEvent.GIVE_UP, at)
        _pause(row, at)
        return
    since = row.state_since.isoformat()
    pause = pause_after(sum(one[0] >= since for one in row.tries))
    next_at = min(at + pause, row.state_since + TRIED_FOR)
    _move(row, DeliveryEvent.NOT_TAKEN, at, next_at=next_at)
    others = MessageDelivery.objects.filter(number=row.number, way=Way.WEBHOOK, state=DeliveryState.WAITING)
    others.filter(next_at__lt=next_at).update(next_at=next_at)


def _pause(row: MessageDelivery, at: datetime) -> None:
    """Send nothing more to an address that has failed for a day, and write to its owner; what waits is called back."""
    failing = MessageForwarding.objects.select_for_update().filter(
        number=row.number, subject=row.subject, paused_at=None, failing_since__lte=at - FAILED_FOR
    )
    setting = failing.first()
    if setting is None:
        return
    setting.paused_at = at
    setting.save(update_fields=["paused_at"])
    cancel(row.number, at)
    number = Number.objects.get(pk=row.number)
    queue_letter(
        kind="message-forwarding-paused",
        person=row.subject,
        facts={"number": number.e164, "number_id": number.public_id},
        by=Actor.system("messages"),
        at=at,
    )
