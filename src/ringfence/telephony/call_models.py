"""Tables of calls: the records, who had a number when, and how far the spool was read.

The records are partitioned by the UTC day on which a call began (ADR 0018). PostgreSQL wants the day in every unique
index, so that `id` alone is no constraint there; it is made from the call's digest, and so is unique all the same.
"""

from functools import partial

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Category,
    Holds,
    RetentionClass,
    link,
)
from ringfence.privacy.sealed import SealedText
from ringfence.telephony.declarations import of_use

_traffic = partial(of_use, Category.TRAFFIC, RetentionClass.TRAFFIC)


class CallRecord(Guarded):
    """A call to a number in service, kept for the class `traffic` (clause 2.8).

    `caller_digest` finds the calls of one caller among those of one customer; it is keyed, and says nothing without
    the customer's key.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    call_digest = models.BinaryField(max_length=32)
    subject = models.UUIDField()
    number = models.UUIDField()
    caller = SealedText(null=True)
    caller_digest = models.BinaryField(max_length=12, null=True)
    called = SealedText()
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12)
    node = models.CharField(max_length=40)
    step = models.SmallIntegerField(null=True)
    code = models.SmallIntegerField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "call_digest",
        "caller_digest",
        "node",
        subject=link("finds the calls of a customer", RetentionClass.TRAFFIC),
        number=link("finds the calls of a number", RetentionClass.TRAFFIC),
        caller=_traffic(gettext_noop("Caller")),
        called=_traffic(gettext_noop("Called number"), common="a number of the stock, where it stays"),
        started_at=_traffic(gettext_noop("Started"), plain="calls are listed and deleted by time"),
        answered_at=_traffic(gettext_noop("Answered"), plain="calls are counted by duration"),
        ended_at=_traffic(gettext_noop("Ended"), plain="calls are counted by duration"),
        outcome=_traffic(gettext_noop("Outcome"), plain="failed calls are counted by cause"),
        step=_traffic(gettext_noop("Place in the order"), plain="says which destination was tried last"),
        code=_traffic(gettext_noop("Answer of the destination"), plain="failed calls are counted by cause"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["call_digest", "started_at"], name="a_call_is_stored_once"),
        )
        indexes = (
            models.Index(fields=["subject", "-started_at", "id"], name="calls_of_a_customer_by_time"),
            models.Index(fields=["number", "-started_at"], name="calls_of_a_number_by_time"),
            models.Index(
                fields=["node", "started_at"], condition=Q(outcome="in_progress"), name="calls_in_progress"
            ),
            models.Index(
                fields=["id"],
                condition=Q(caller__isnull=False, caller_digest=None),
                name="calls_without_digest",
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("call", self.id)


class Tenure(Guarded):
    """From when to when a customer had a number: a call belongs to whoever had it then, however late it comes in."""

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.UUIDField()
    subject = models.UUIDField(db_index=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, db_index=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        number=link("finds whose a number was", RetentionClass.TRAFFIC),
        subject=link("says whose a number was", RetentionClass.TRAFFIC),
        began_at=_traffic(gettext_noop("Yours from"), plain="calls are given to their customer by time"),
        ended_at=_traffic(gettext_noop("Yours until"), plain="calls are given to their customer by time"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["number"], condition=Q(ended_at=None), name="a_number_has_one_customer_at_a_time"
            ),
        )
        indexes = (models.Index(fields=["number", "began_at"], name="tenures_of_a_number"),)


class MissedNotice(Guarded):
    """When a customer was last written to about missed calls, and how many have come since that no letter has named."""

    subject = models.UUIDField(primary_key=True)
    written_at = models.DateTimeField()
    waiting = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        subject=link("one row per customer", RetentionClass.TRAFFIC),
        written_at=_traffic(gettext_noop("Last letter"), plain="letters are spaced by it"),
        waiting=_traffic(gettext_noop("Missed calls since"), plain="letters are written by it"),
        waiting_since=_traffic(gettext_noop("The first of them"), plain="letters are written by it"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["written_at"], condition=Q(waiting__gt=0), name="missed_calls_to_write_of"),
            models.Index(fields=["written_at"], condition=Q(waiting=0), name="missed_notices_by_age"),
        )


class DeletedCall(Guarded):
    """A call whose record was deleted before its end had come, as a keyed digest: the end does not bring it back."""

    call_digest = models.BinaryField(max_length=32, primary_key=True)
    deleted_at = models.DateTimeField(db_index=True)

    holds = Holds(NOT_PERSONAL, "call_digest", "deleted_at")


class SpoolOffset(Guarded):
    """How far a file of a node's spool has been taken in, in bytes; kept with the rows it led to."""

    file = models.CharField(max_length=255, primary_key=True)
    offset = models.BigIntegerField()
    node = models.CharField(max_length=40, blank=True, default="")

    holds = Holds(NOT_PERSONAL, "file", "offset", "node")
