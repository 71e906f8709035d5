"""What the interfaces may read of text messages; sealed texts open when they are shown."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q

from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.telephony.message_codes import Codes, codes_in
from ringfence.telephony.message_models import MessageCount
from ringfence.telephony.message_rules import KEPT, DeliveryState, Way
from ringfence.telephony.models import Message, MessageDelivery, MessageForwarding, Number

WINDOW: Final = 200
"""Messages that are opened at most to fill one page, when words are looked for in them."""
NEW_UP_TO: Final = 99
LOG_LENGTH: Final = 50


@dataclass(frozen=True, slots=True, repr=False)
class MessageShown:
    """A message as its receiver sees it, opened."""

    id: UUID
    public_id: str
    number_id: UUID
    number: str
    sender: str
    text: str
    codes: Codes
    received_at: datetime
    sent_at: datetime | None
    is_new: bool
    is_whole: bool
    media: int
    deleted_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Inbox:
    """One page of messages, the newest first. `older` is where the next page begins, if there is one.

    `looked_at` messages were opened to find those shown.
    """

    messages: Sequence[MessageShown]
    older: str
    looked_at: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of sending a message on; no trouble means that it was taken."""

    at: datetime
    trouble: str
    status: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """A message on its way, as its receiver sees it."""

    id: UUID
    message: str
    way: Way
    state: DeliveryState
    received_at: datetime
    next_at: datetime | None
    attempts: tuple[Attempt, ...]

    @property
    def can_be_sent_again(self) -> bool:
        """Whether it is not on its way now, and no test."""
        return self.state is not DeliveryState.WAITING and bool(self.message)


@dataclass(frozen=True, slots=True, repr=False)
class Forwarding:
    """Where the messages of a number are sent on to; the secret is not shown."""

    by_letter: bool = False
    url: str = ""
    failing_since: datetime | None = None
    paused_at: datetime | None = None
    changed_at: datetime | None = None


def inbox(
    subject: UUID,
    *,
    number: UUID | None = None,
    new_only: bool = False,
    words: str = "",
    after: str = "",
    limit: int = 30,
) -> Inbox:
    """Return a page of a customer's messages. Words are looked for in a window of what is opened, not beyond it."""
    rows = Message.objects.filter(subject=subject)
    rows = rows.filter(number=number) if number else rows
    rows = rows.filter(read_at=None) if new_only else rows
    place = _place(after)
    if place:
        at, key = place
        rows = rows.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=key), received_at__lte=at)
    window = WINDOW if words else limit
    found = list(rows.order_by("-received_at", "-id")[: window + 1])
    wanted = _wanted(words)
    shown: list[MessageShown] = []
    last: Message | None = None
    looked_at = 0
    for one in _opened(subject, found[:window]):
        last = found[looked_at]
        looked_at += 1
        if all(word in f"{one.sender} {one.text}".casefold() for word in wanted):
            shown.append(one)
        if len(shown) == limit:
            break
    older = f"{last.received_at.isoformat()}_{last.id.hex}" if last and looked_at < len(found) else ""
    return Inbox(shown, older, looked_at)


def _wanted(words: str) -> list[str]:
    """Return what is looked for: each word, or a telephone number however it is written."""
    digits = re.sub(r"[\s()+-]", "", words)
    return [digits.removeprefix("00")] if digits.isdecimal() else words.casefold().split()


def _place(text: str) -> tuple[datetime, UUID] | None:
    moment, _line, key = text.replace(" ", "+").rpartition("_")
    try:
        at, found = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return None
    return (at, found) if at.tzinfo else None


def message(subject: UUID, wanted: str) -> MessageShown | None:
    """Return one of a customer's messages by its public id; None when it is not theirs, or gone."""
    try:
        key = parse(wanted, "msg")
    except NotAPublicId:
        return None
    return next(_opened(subject, list(Message.objects.filter(subject=subject, pk=key))), None)


def all_messages(subject: UUID) -> Iterator[MessageShown]:
    """Yield all of a customer's messages, the newest first, for a file to take away."""
    after = ""
    while True:
        page = inbox(subject, after=after, limit=WINDOW)
        yield from page.messages
        after = page.older
        if not after:
            return


def _opened(subject: UUID, rows: Sequence[Message]) -> Iterator[MessageShown]:
    keyring.prefetch([subject], RetentionClass.MESSAGES)
    numbers = dict(Number.objects.filter(pk__in={row.number for row in rows}).values_list("pk", "e164"))
    for row in rows:
        content = row.text.open()
        text = content.decode() if isinstance(content, bytes) else str(content)
        yield MessageShown(
            id=row.id,
            public_id=row.public_id,
            number_id=row.number,
            number=numbers.get(row.number, ""),
            sender=str(row.sender.open()),
            text=text,
            codes=codes_in(text),
            received_at=row.received_at,
            sent_at=row.sent_at,
            is_new=row.read_at is None,
            is_whole=row.pieces is None,
            media=row.media,
            deleted_at=row.received_at + KEPT,
        )


def count_new(subject: UUID) -> int:
    """Return how many messages a customer has not read, counted up to `NEW_UP_TO` and one."""
    rows = Message.objects.filter(subject=subject, read_at=None)
    return len(rows.values_list("id")[: NEW_UP_TO + 1])


def count_all(subject: UUID) -> int:
    """Return how many messages a customer has."""
    return Message.objects.filter(subject=subject).count()


def numbers_with_messages(subject: UUID) -> list[tuple[UUID, str]]:
    """Return the numbers a customer has messages of, numbers of before among them, with their digits."""
    ids = Message.objects.filter(subject=subject).values_list("number", flat=True).distinct()
    return list(Number.objects.filter(pk__in=ids).order_by("e164").values_list("pk", "e164"))


def forwarding_of(subject: UUID, number: UUID) -> Forwarding:
    """Return where the messages of a customer's number are sent on to."""
    row = MessageForwarding.objects.filter(number=number, subject=subject).first()
    if row is None:
        return Forwarding()
    url = str(row.url.open()) if row.url is not None else ""
    return Forwarding(row.by_letter, url, row.failing_since, row.paused_at, row.changed_at)


def deliveries_of(subject: UUID, number: UUID, limit: int = LOG_LENGTH) -> list[DeliveryShown]:
    """Return what was sent on of a customer's number, the newest first."""
    rows = MessageDelivery.objects.filter(subject=subject, number=number)
    return [_shown(row) for row in rows.order_by("-received_at", "-id")[:limit]]


def delivery(subject: UUID, wanted: UUID) -> DeliveryShown | None:
    """Return one of a customer's deliveries."""
    row = MessageDelivery.objects.filter(subject=subject, pk=wanted).first()
    return _shown(row) if row else None


def _shown(row: MessageDelivery) -> DeliveryShown:
    tries: list[list[Any]] = row.tries
    return DeliveryShown(
        id=row.id,
        message=public_id("msg", row.message) if row.message else "",
        way=Way(row.way),
        state=DeliveryState(row.state),
        received_at=row.received_at,
        next_at=row.next_at,
        attempts=tuple(Attempt(datetime.fromisoformat(one[0]), *one[1:]) for one in reversed(tries)),
    )


def due_deliveries(at: datetime, limit: int = 500) -> list[tuple[UUID, str, UUID]]:
    """Return what is to be sent on now: its id, its way and its number."""
    due = MessageDelivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=at)
    return list(due.order_by("next_at").values_list("id", "way", "number")[:limit])


def counts() -> list[tuple[str, str, int, datetime]]:
    """Return what became of what carriers brought: carrier, what, how often, when last."""
    rows = MessageCount.objects.order_by("carrier", "what")
    return list(rows.values_list("carrier", "what", "count", "last_at"))


def overdue(at: datetime) -> int:
    """Return how many messages are older than they may be."""
    return Message.objects.filter(received_at__lte=at - KEPT).count()


def totals() -> Counter[str]:
    """Return what became of what carriers brought, over all carriers."""
    found: Counter[str] = Counter()
    for what, count in MessageCount.objects.values_list("what", F("count")):
        found[what] += count
    return found
