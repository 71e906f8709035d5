"""Tables of text messages: what came in, where it is sent on to, and how that went.

`Message` and `MessageDelivery` are kept in one part per day (UTC) of arrival, so that what has reached its age is let
go by dropping its day (clause 2.8). The parts are made and dropped by two functions of the database.
"""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

from django.db import connection, models

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded, require_action
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Category,
    Holds,
    Personal,
    RetentionClass,
    link,
)
from ringfence.privacy.sealed import SealedBytes, SealedJSON, SealedText
from ringfence.telephony.declarations import of_use
from ringfence.telephony.message_rules import DeliveryState

MOST_PARTS: Final = 255
"""Parts of one message at most: the header of a long message has one byte for them (3GPP TS 23.040, 9.2.3.24.1)."""


def read_text(content: bytes) -> str:
    """Return the text that bytes of a message are."""
    return content.decode()


_content = partial(of_use, Category.CONTENT, RetentionClass.MESSAGES)


def _setting(label: str, plain: str = "", category: Category = Category.CHOICE) -> Personal:
    return of_use(category, RetentionClass.ACCOUNT, label, plain)


def make_day(day: date) -> None:
    """Make the parts of the tables for a day, inside an action; a day that is there stays as it is."""
    require_action("a day of messages")
    with connection.cursor() as cursor:
        cursor.execute("SELECT telephony_make_message_day(%s)", [day])


def drop_days(before: date) -> int:
    """Drop the parts of the tables for the days before one, inside an action; return how many."""
    require_action("a day of messages")
    with connection.cursor() as cursor:
        cursor.execute("SELECT telephony_drop_message_days(%s)", [before])
        return int(cursor.fetchone()[0])


class KeptByDay(Guarded):
    """A row that is kept in the part of its day, which is made when it is the first."""

    received_at: "models.DateTimeField[datetime, datetime]"

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with a place to save it in."""
        if self._state.adding:
            make_day(self.received_at.astimezone(UTC).date())
        super().save(*args, **kwargs)


class Message(KeptByDay):
    """A text message to a number in service, of whoever held the number when it arrived.

    `sent_at` is the carrier's word. `pieces` holds the parts that have come of a long message while others are
    missing; `whole` is what its parts have in common.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    subject = models.UUIDField()
    number = models.UUIDField()
    sender = SealedText()
    text = SealedBytes()
    pieces = SealedJSON(null=True)
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    carrier = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=32)
    whole = models.BinaryField(max_length=32, null=True)
    parts = models.PositiveSmallIntegerField(default=1)
    media = models.PositiveSmallIntegerField(default=0)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "carrier",
        "digest",
        "whole",
        "parts",
        subject=link("finds the messages of a customer", RetentionClass.MESSAGES),
        number=link("finds the messages of a number", RetentionClass.MESSAGES),
        sender=_content(gettext_noop("Sender"), common="who writes to one writes to many"),
        text=_content(gettext_noop("Text"), read=read_text),
        pieces=_content(gettext_noop("Parts that have come"), common="the same text in pieces"),
        received_at=_content(gettext_noop("Received"), plain="messages are listed and deleted by time"),
        sent_at=_content(
            gettext_noop("Sent"), plain="what was sent before a customer had the number is refused"
        ),
        read_at=_content(gettext_noop("Read"), plain="new messages are counted on every page"),
        media=_content(gettext_noop("Pictures"), plain="how many were left out is said beside the text"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["subject", "-received_at", "-id"], name="messages_by_time"),
            models.Index(
                fields=["subject"], condition=models.Q(read_at__isnull=True), name="messages_not_read"
            ),
            models.Index(fields=["whole"], condition=models.Q(whole__isnull=False), name="messages_in_parts"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("msg", self.id)


class MessageSeen(Guarded):
    """A carrier's message that was stored once, as a keyed digest: a repeat is known, even of one that was deleted."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField(db_index=True)

    holds = Holds(NOT_PERSONAL, "digest", "seen_at")


class MessageCount(Guarded):
    """How often a carrier brought something that was, or was not, taken in, and why."""

    carrier = models.CharField(max_length=16)
    what = models.CharField(max_length=16)
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "carrier", "what", "count", "last_at")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("carrier", "what"), name="a_count_of_messages_is_there_once"),
        )


class MessageForwarding(Guarded):
    """Where the messages of a number are sent on to. `failing_since` is of the webhook, `paused_at` when it stopped."""

    number = models.OneToOneField(
        "telephony.Number", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    subject = models.UUIDField(db_index=True)
    by_letter = models.BooleanField(default=False)
    url = SealedText(null=True)
    secret = SealedText(null=True)
    failing_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "failing_since",
        "paused_at",
        number=link("one setting per number"),
        subject=link("finds the settings of a customer"),
        by_letter=_setting(gettext_noop("Sent on by e-mail"), plain="it is asked for with every message"),
        url=_setting(gettext_noop("Sent on to this address"), category=Category.CONTACT),
        secret=_setting(gettext_noop("Secret that signs what is sent on"), category=Category.CREDENTIAL),
        changed_at=_setting(gettext_noop("Changed"), plain="shown beside the setting"),
        says_what_is=True,
    )


class MessageDelivery(KeptByDay):
    """One message on its way to where it is sent on to, and every attempt; `message` is empty for a test.

    `tries` is a list of `[moment, how it went, status, milliseconds]`; what the other side answered is not kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    subject = models.UUIDField()
    number = models.UUIDField()
    message = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    way = models.CharField(max_length=8)
    state = models.CharField(max_length=12, default=DeliveryState.WAITING)
    state_since = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    letter = models.UUIDField(null=True)
    tries = models.JSONField(default=list)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "next_at",
        "letter",
        subject=link("finds what was sent on for a customer", RetentionClass.MESSAGES),
        number=link("finds what was sent on of a number", RetentionClass.MESSAGES),
        message=link("finds how a message was sent on", RetentionClass.MESSAGES),
        received_at=_content(
            gettext_noop("Received"), plain="deliveries are deleted with their messages, by time"
        ),
        way=_content(gettext_noop("Way"), plain="the worker chooses by it what to do"),
        state=_content(gettext_noop("State"), plain="the worker finds by it what is still to do"),
        state_since=_content(gettext_noop("Since"), plain="shown beside the state"),
        tries=_content(gettext_noop("Attempts"), plain="moments and status codes, no content"),
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["next_at"], condition=models.Q(state=DeliveryState.WAITING), name="deliveries_waiting"
            ),
            models.Index(fields=["number", "-received_at", "-id"], name="deliveries_of_a_number"),
            models.Index(fields=["message"], name="deliveries_of_a_message"),
        )
