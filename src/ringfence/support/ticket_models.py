"""Tickets, what was said in them, and the texts that staff answer with again and again."""

from collections.abc import Callable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Basis,
    Category,
    Holds,
    Personal,
    Purpose,
    RetentionClass,
    Source,
    link,
)
from ringfence.privacy.sealed import SealedBytes, SealedText
from ringfence.support.ticket_rules import EntryKind, Origin, TicketState


def _of_a_case(
    category: Category,
    label: str,
    plain: str = "",
    common: str = "",
    read: Callable[[bytes], str] | None = None,
) -> Personal:
    return Personal(
        category,
        Source.SUPPORT,
        Purpose.COMMUNICATION,
        Basis.CONTRACT,
        RetentionClass.SUPPORT,
        plain=plain,
        label=label,
        common=common,
        read=read,
    )


_FOUND_BY_IT = "it is found and sorted by it"


class Ticket(Guarded):
    """A conversation with somebody. `subject` is the customer's, or an id of the ticket's own for anybody else.

    `who` is the keyed digest of the address that wrote, `address` the address of somebody without an account.
    `waits_since` is set while it waits for us. `version` counts what was written: whoever acts says which one they saw.
    `assigned` and `looked_by` are keyed digests of members of staff. One that was merged has nothing of its own left.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    state = models.CharField(max_length=8, default=TicketState.OPEN)
    origin = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Origin])
    language = models.CharField(max_length=2)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waits_since = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    is_new = models.BooleanField(default=True)
    version = models.IntegerField(default=0)
    tags = ArrayField(models.CharField(max_length=20), default=list)
    assigned = models.BinaryField(max_length=32, null=True)
    looked_by = models.BinaryField(max_length=32, null=True)
    looked_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    who = models.BinaryField(max_length=32, default=b"")
    address = SealedText(null=True)
    title = SealedText(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "language",
        "is_new",
        "version",
        "waits_since",
        "assigned",
        "looked_by",
        "looked_at",
        "merged_into",
        subject=link("whom it concerns; a random id", RetentionClass.SUPPORT),
        state=_of_a_case(Category.CONTENT, gettext_noop("Where it stands"), _FOUND_BY_IT),
        origin=_of_a_case(Category.CONTENT, gettext_noop("How it began"), _FOUND_BY_IT),
        opened_at=_of_a_case(Category.CONTENT, gettext_noop("Opened"), _FOUND_BY_IT),
        last_at=_of_a_case(Category.CONTENT, gettext_noop("Last written"), _FOUND_BY_IT),
        closed_at=_of_a_case(Category.CONTENT, gettext_noop("Closed"), _FOUND_BY_IT),
        tags=_of_a_case(Category.CONTENT, gettext_noop("What it is about"), "some of a few fixed words"),
        who=_of_a_case(
            Category.LINK,
            gettext_noop("Digest of the address"),
            "a keyed digest by which a deletion finds the ticket; it cannot be read back",
        ),
        address=_of_a_case(Category.CONTACT, gettext_noop("E-mail address")),
        title=_of_a_case(
            Category.CONTENT,
            gettext_noop("Subject of the message"),
            common="many write the same few words above a message",
        ),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state=TicketState.CLOSED, closed_at__isnull=False)
                | (~Q(state=TicketState.CLOSED) & Q(closed_at=None)),
                name="a_closed_ticket_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(state=TicketState.OPEN, waits_since__isnull=False)
                | (~Q(state=TicketState.OPEN) & Q(waits_since=None)),
                name="an_open_ticket_waits_since_a_moment",
            ),
        )
        indexes = (
            models.Index(fields=["state", "waits_since", "id"], name="tickets_by_waiting"),
            models.Index(fields=["state", "-last_at", "id"], name="tickets_by_last"),
            models.Index(fields=["closed_at"], condition=~Q(closed_at=None), name="tickets_closed"),
            models.Index(fields=["who"], name="tickets_by_address"),
            models.Index(fields=["assigned"], condition=~Q(assigned=None), name="tickets_assigned"),
            GinIndex(fields=["tags"], name="tickets_by_tag"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that people see."""
        return public_id("tkt", self.pk)


class TicketEntry(Guarded):
    """A piece of a conversation: a letter, a form, something written in the account, an answer of ours, a note.

    `message` is the keyed digest of its message id, by which an answer is found, and `message_id` that id. `letter` is
    the letter it came in, as long as that is kept; `sent` is our letter that took it out. `author` is the keyed digest
    of the member of staff. `is_from_elsewhere` marks a letter from another address than the conversation's, of which
    `who` is the keyed digest.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8, choices=[(one.value, one.value) for one in EntryKind])
    at = models.DateTimeField()
    author = models.BinaryField(max_length=32, null=True)
    is_from_elsewhere = models.BooleanField(default=False)
    who = models.BinaryField(max_length=32, default=b"", db_default=b"")
    is_undelivered = models.BooleanField(default=False)
    letter = models.UUIDField(null=True, unique=True)
    sent = models.UUIDField(null=True)
    message = models.BinaryField(max_length=32, default=b"")
    message_id = SealedText(null=True)
    text = SealedBytes()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "ticket",
        "author",
        "is_from_elsewhere",
        "is_undelivered",
        "letter",
        "sent",
        subject=link("whom it concerns; a random id", RetentionClass.SUPPORT),
        kind=_of_a_case(Category.CONTENT, gettext_noop("What it is"), "one of a few fixed words"),
        at=_of_a_case(Category.CONTENT, gettext_noop("Written"), _FOUND_BY_IT),
        who=_of_a_case(
            Category.LINK,
            gettext_noop("Digest of the address"),
            "a keyed digest by which a deletion finds what was written; it cannot be read back",
        ),
        message=_of_a_case(
            Category.LINK,
            gettext_noop("Digest of the letter's own id"),
            "a keyed digest by which an answer is found; it cannot be read back",
        ),
        message_id=_of_a_case(Category.LINK, gettext_noop("Id of the letter")),
        text=_of_a_case(Category.CONTENT, gettext_noop("What was written"), read=bytes.decode),
    )

    class Meta:
        indexes = (
            models.Index(fields=["ticket", "at", "id"], name="entries_in_order"),
            models.Index(fields=["message"], condition=~Q(message=b""), name="entries_by_message_id"),
            models.Index(fields=["who"], condition=~Q(who=b""), name="entries_from_elsewhere"),
        )


class AnswerTemplate(Guarded):
    """A text that staff answer with again and again, in both languages; about nobody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    text_nb = models.TextField()
    text_en = models.TextField()
    changed_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "name", "text_nb", "text_en", "changed_at")
