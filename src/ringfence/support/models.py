"""Letters that came in."""

from collections.abc import Callable
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ringfence.kernel.public_ids import new_id
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
from ringfence.privacy.sealed import SealedBytes, SealedJSON
from ringfence.support import (
    abuse_models,  # noqa: F401 - tables of the room
    reading,
)
from ringfence.support.notice_models import Notice, NoticeRecord
from ringfence.support.rules import LetterKind
from ringfence.support.ticket_models import AnswerTemplate, Ticket, TicketEntry

__all__ = ("AnswerTemplate", "Letter", "Notice", "NoticeRecord", "Ticket", "TicketEntry")


def _message(category: Category, label: str, read: Callable[[bytes], str] | None = None) -> Personal:
    return Personal(
        category,
        Source.SUPPORT,
        Purpose.COMMUNICATION,
        Basis.CONTRACT,
        RetentionClass.MESSAGES,
        label=label,
        read=read,
    )


def _found_by(category: Category, label: str, plain: str) -> Personal:
    return Personal(
        category,
        Source.SUPPORT,
        Purpose.SERVICE,
        Basis.LEGITIMATE_INTEREST,
        RetentionClass.MESSAGES,
        plain=plain,
        label=label,
    )


class Letter(Guarded):
    """A letter as it came in by mail, whole. `digest` is keyed and tells a repeat from a new letter.

    `addresses` are keyed digests of the sender and the recipients, by which a deletion finds letters that came when
    the address was nobody's. `own` is a letter of ours, which ends here in a rehearsal store. `demands` are the kinds
    of request that a letter to us plainly states, between commas. `names_itself` and `answers` are keyed digests of
    the message ids by which letters of one conversation are found. `missed` and `wrong` are the kinds that staff who
    read it added, and took away; `unheeded` are those that were seen, and left to people. `sorted_at` is empty until
    it has been looked at once. `verdicts` are what our own mail server found of its sender, in its words; `scan` is
    what is known of viruses in what is `attached`, whose names, kinds and sizes stand beside the letter.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    received_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, unique=True)
    addresses = ArrayField(models.BinaryField(max_length=32), default=list)
    own = models.BooleanField(default=False)
    to_us = models.BooleanField(default=False, db_default=False)
    demands = models.CharField(max_length=60, default="", db_default="")
    missed = models.CharField(max_length=60, default="", db_default="")
    wrong = models.CharField(max_length=60, default="", db_default="")
    unheeded = models.CharField(max_length=60, default="", db_default="")
    kind = models.CharField(max_length=8, default=LetterKind.PERSON, db_default=LetterKind.PERSON)
    names_itself = models.BinaryField(max_length=32, default=b"", db_default=b"")
    answers = ArrayField(models.BinaryField(max_length=32), default=list, db_default=[])
    sorted_at = models.DateTimeField(null=True)
    verdicts = models.CharField(max_length=60, default="", db_default="")
    scan = models.CharField(max_length=10, default="", db_default="")
    envelope = SealedJSON()
    content = SealedBytes()
    attached = SealedJSON(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "received_at",
        "to_us",
        "kind",
        "sorted_at",
        "scan",
        subject=link("whom it concerns; a random id", RetentionClass.MESSAGES),
        digest=_found_by(
            Category.LINK,
            gettext_noop("Digest of the letter"),
            "a keyed digest by which a repeat is found; it cannot be read back",
        ),
        addresses=_found_by(
            Category.LINK,
            gettext_noop("Digests of the addresses"),
            "keyed digests by which a deletion finds the letter; they cannot be read back",
        ),
        own=_found_by(
            Category.CONTENT, gettext_noop("A letter of ours to you"), "our own letters are not shown again"
        ),
        demands=_found_by(
            Category.CONTENT, gettext_noop("What it plainly asks for"), "one or more of six fixed words"
        ),
        missed=_found_by(
            Category.CONTENT,
            gettext_noop("What we first did not see in it"),
            "one or more of six fixed words",
        ),
        wrong=_found_by(
            Category.CONTENT,
            gettext_noop("What we first took it to ask for"),
            "one or more of six fixed words",
        ),
        unheeded=_found_by(
            Category.CONTENT,
            gettext_noop("What it may ask for, which people see to"),
            "one or more of six fixed words",
        ),
        names_itself=_found_by(
            Category.LINK,
            gettext_noop("Digest of the letter's own id"),
            "a keyed digest by which an answer is found; it cannot be read back",
        ),
        answers=_found_by(
            Category.LINK,
            gettext_noop("Digests of the letters it answers"),
            "keyed digests by which a conversation is found; they cannot be read back",
        ),
        verdicts=_found_by(
            Category.CONTENT,
            gettext_noop("What our mail server found of its sender"),
            "a few fixed words of our own mail server",
        ),
        attached=_message(Category.CONTENT, gettext_noop("Names of what was attached")),
        envelope=_message(Category.CONTACT, gettext_noop("Sender and recipient")),
        content=_message(Category.CONTENT, gettext_noop("The letter"), read=reading.as_text),
    )

    class Meta:
        indexes = (
            models.Index(fields=["-received_at", "id"], name="letters_newest_first"),
            GinIndex(fields=["addresses"], name="letters_by_address"),
            models.Index(fields=["received_at"], condition=models.Q(to_us=True), name="letters_to_us"),
            models.Index(
                fields=["received_at"], condition=models.Q(sorted_at=None), name="letters_not_sorted"
            ),
            models.Index(
                fields=["received_at"], condition=models.Q(scan="waiting"), name="letters_not_scanned"
            ),
        )

    withheld_because: ClassVar = gettext_noop(
        "What we wrote to you stands among the letters we sent you; the links in it open doors."
    )

    @property
    def withheld(self) -> frozenset[str]:
        """The fields a copy leaves out: what we wrote stands among the letters we sent, and its links open doors."""
        return frozenset({"content"}) if self.own else frozenset()
