"""Papers that a number needs: pictures, sealed piece by piece, with how they stand and what was decided.

They lie under a retention class of their own, whose key is destroyed with them.
"""

from django.contrib.postgres.fields import ArrayField
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
from ringfence.privacy.sealed import SealedBytes, SealedText
from ringfence.shop.models.orders import Order
from ringfence.shop.paper_rules import OPEN, TO_BE_SENT, PaperState

_TO_BE_SENT = sorted(state.value for state in TO_BE_SENT)
_OPEN = sorted(state.value for state in OPEN)


def _of_papers(
    category: Category,
    label: str,
    plain: str = "",
    common: str = "",
    retention: RetentionClass = RetentionClass.PAPERS,
) -> Personal:
    return Personal(
        category,
        Source.USE,
        Purpose.LEGAL_DUTY,
        Basis.LEGAL_OBLIGATION,
        retention,
        plain=plain,
        label=label,
        common=common,
    )


def _standing(label: str, plain: str) -> Personal:
    """How papers stand is a part of the order, and stays with it when the papers are gone."""
    return _of_papers(Category.ORDER, label, plain, retention=RetentionClass.ACCOUNT)


class Papers(Guarded):
    """The papers of one order: which kinds are needed, how they stand, until when they are to come."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="papers")
    subject = models.UUIDField(db_index=True)
    kinds = ArrayField(models.CharField(max_length=8))
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in PaperState])
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True)
    explanation = SealedText(null=True)
    destroyed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "order",
        "kinds",
        "asked_at",
        "due_at",
        subject=link("the papers of a person are found by it"),
        state=_standing(gettext_noop("State of the documents"), "papers that wait are found by it"),
        sent_at=_standing(gettext_noop("Documents sent"), "the oldest are looked at first"),
        decided_at=_standing(gettext_noop("Decided"), "papers are destroyed by it"),
        reason=_standing(gettext_noop("Reason of the refusal"), "one of a few; the order shows it"),
        explanation=_of_papers(Category.CONTENT, gettext_noop("What we wrote about the refusal")),
        destroyed_at=_standing(gettext_noop("Destroyed"), "the promise is checked by it"),
        of_number="order__number",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=_TO_BE_SENT, due_at__isnull=False)
                | (~Q(state__in=_TO_BE_SENT) & Q(due_at=None)),
                name="papers_to_be_sent_have_a_time_limit",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OPEN, decided_at=None)
                | (~Q(state__in=_OPEN) & Q(decided_at__isnull=False)),
                name="papers_are_decided_once",
            ),
        )
        indexes = (
            models.Index(fields=["state", "sent_at"], name="papers_that_wait"),
            models.Index(
                fields=["decided_at"], condition=Q(destroyed_at=None), name="papers_to_be_destroyed"
            ),
        )


class Paper(Guarded):
    """One picture of a paper. The name of its file was dropped; `size` is that of the picture we drew."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    papers = models.ForeignKey(Papers, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    sent_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "papers",
        "size",
        "sent_at",
        kind=_of_papers(
            Category.IDENTITY, gettext_noop("Kind of document"), "one of three; it is asked for by it"
        ),
        subject_path="papers__subject",
        of_number="papers__order__number",
    )


class PaperPiece(Guarded):
    """A piece of a picture, sealed."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField()
    place = models.PositiveSmallIntegerField()
    content = SealedBytes()

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "paper",
        "place",
        subject=link("whose picture it is", RetentionClass.PAPERS),
        content=_of_papers(
            Category.IDENTITY,
            gettext_noop("Picture of a document"),
            common="pixels, which no search can know",
        ),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["paper", "place"], name="a_picture_has_each_piece_once"),
        )
