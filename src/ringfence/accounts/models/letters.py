"""Letters the house sends: each waits here, sealed, until the post has taken it."""

from django.db import models
from django.db.models import Q

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
from ringfence.privacy.sealed import SealedJSON, SealedText

WAITING, SENT, GIVEN_UP, RETURNED = "waiting", "sent", "given-up", "returned"
STATES = (WAITING, SENT, GIVEN_UP, RETURNED)
"""It waits for the post, the post has it, the post never took it, or it came back after the post had taken it."""
TRIED = 3
"""Tries after which a letter counts as not taken."""


SECRETS = frozenset({"token"})
"""The parts of a letter's facts that open a link."""


def _message(
    category: Category, label: str, plain: str = "", common: str = "", secrets: frozenset[str] = frozenset()
) -> Personal:
    return Personal(
        category,
        Source.USE,
        Purpose.COMMUNICATION,
        Basis.CONTRACT,
        RetentionClass.MESSAGES,
        plain=plain,
        label=label,
        common=common,
        secrets=secrets,
    )


class OutgoingLetter(Guarded):
    """A letter: whom to, what kind, and the facts its template needs. Kept 30 days.

    One that `can_wait` goes out once nothing else does. `taken_at` is since when it is in the hands of the post, whose
    answer is not known. `unwanted_at` is when its reader's mail provider reported that they do not want such letters.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=8, default=WAITING)
    can_wait = models.BooleanField(default=False, db_default=False)
    attempts = models.IntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    unwanted_at = models.DateTimeField(null=True)
    email = SealedText()
    facts = SealedJSON()
    time_zone = SealedText()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "language",
        "state",
        "can_wait",
        "attempts",
        "taken_at",
        "next_at",
        "sent_at",
        unwanted_at=_message(
            Category.CHOICE, gettext_noop("Reported as unwanted"), plain="a moment without anything else"
        ),
        subject=link("whom it is for; a random id", RetentionClass.MESSAGES),
        kind=_message(Category.CONTENT, gettext_noop("The letter"), plain="its template is chosen by it"),
        made_at=_message(Category.CONTENT, gettext_noop("Written"), plain="letters are deleted by age"),
        email=_message(Category.CONTACT, gettext_noop("E-mail address")),
        facts=_message(
            Category.CONTENT,
            gettext_noop("What the letter says"),
            common="amounts, moments and random ids that orders and the record have too",
            secrets=SECRETS,
        ),
        time_zone=_message(Category.CHOICE, gettext_noop("Time zone"), common="shared by all in the zone"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["can_wait", "next_at"], condition=Q(state=WAITING), name="letters_waiting"),
            models.Index(
                fields=["made_at"],
                condition=Q(state=WAITING, attempts__gte=TRIED),
                name="letters_not_taken",
            ),
            models.Index(fields=["kind"], condition=Q(unwanted_at__isnull=False), name="letters_unwanted"),
            models.Index(fields=["made_at"], name="letters_by_age"),
            models.Index(fields=["state", "kind"], name="letters_by_state"),
        )
