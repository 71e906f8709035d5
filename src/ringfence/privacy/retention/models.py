"""Legal holds, what they keep past its end, and what retention has done day by day."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

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
from ringfence.privacy.retention_rules import LONGEST_HOLD, OVER, HoldArticle, HoldState
from ringfence.privacy.sealed import SealedJSON, SealedText

_UNCONFIRMED = sorted(state.value for state in (HoldState.ASKED, HoldState.WITHDRAWN))
_OVER = sorted(state.value for state in OVER)


def _of_a_hold(category: Category, label: str, plain: str = "") -> Personal:
    return Personal(
        category,
        Source.THIRD_PARTY,
        Purpose.LEGAL_DUTY,
        Basis.LEGAL_OBLIGATION,
        RetentionClass.HELD,
        plain=plain,
        label=label,
    )


class LegalHold(Guarded):
    """A person or a number whose data of some classes is kept past its end, for a reason in law and for a time.

    `subject` is the person of an open hold, so that they see it. For a secret hold, and for one on a number, it is an
    id of the hold's own: nothing leads from the person to it but `covers`, a keyed digest. The keys of `target`, of the
    reason and of what is kept are those of `subject`, and go when the hold ends. `asked_by` and `confirmed_by` are
    keyed digests by which two members of staff are told apart, and so are `end_asked_by` and `ended_by` of one that
    ended before its time. `case` is the demand of an authority that asked for it, if one did.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    covers = models.BinaryField(max_length=32)
    of_a_number = models.BooleanField(default=False)
    target = SealedJSON()
    classes = ArrayField(models.CharField(max_length=8))
    article = models.CharField(max_length=40, choices=[(one.value, one.value) for one in HoldArticle])
    reason = SealedText()
    reference = SealedText(null=True)
    case = models.CharField(max_length=40, blank=True, default="", db_default="")
    is_secret = models.BooleanField(default=False)
    state = models.CharField(max_length=24, choices=[(one.value, one.value) for one in HoldState])
    asked_at = models.DateTimeField()
    asked_by = models.BinaryField(max_length=32)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.BinaryField(max_length=32, null=True)
    begins_at = models.DateTimeField()
    until = models.DateTimeField()
    end_asked_at = models.DateTimeField(null=True)
    end_asked_by = models.BinaryField(max_length=32, null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BinaryField(max_length=32, null=True)
    told_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "covers",
        "case",
        "asked_by",
        "confirmed_by",
        "end_asked_by",
        "ended_by",
        "told_at",
        subject=link("an open hold is found by it", RetentionClass.HELD),
        of_a_number=_of_a_hold(Category.CHOICE, gettext_noop("Of one number"), "a yes or a no"),
        target=_of_a_hold(Category.LINK, gettext_noop("Whom or what it covers")),
        classes=_of_a_hold(Category.CHOICE, gettext_noop("Kinds of data"), "some of a few fixed words"),
        article=_of_a_hold(Category.CHOICE, gettext_noop("By which law"), "one of a few fixed words"),
        reason=_of_a_hold(Category.CONTENT, gettext_noop("Reason")),
        reference=_of_a_hold(Category.CONTENT, gettext_noop("Reference of the case")),
        is_secret=_of_a_hold(Category.CHOICE, gettext_noop("May not be told yet"), "a yes or a no"),
        state=_of_a_hold(Category.CHOICE, gettext_noop("Where it stands"), "holds in force are found by it"),
        asked_at=_of_a_hold(Category.CHOICE, gettext_noop("Asked for"), "a moment without anything else"),
        confirmed_at=_of_a_hold(Category.CHOICE, gettext_noop("Confirmed"), "a moment without anything else"),
        begins_at=_of_a_hold(Category.CHOICE, gettext_noop("From"), "holds in force are found by it"),
        until=_of_a_hold(Category.CHOICE, gettext_noop("Until"), "holds end by it"),
        end_asked_at=_of_a_hold(
            Category.CHOICE, gettext_noop("Asked to end early"), "a moment without anything else"
        ),
        ended_at=_of_a_hold(Category.CHOICE, gettext_noop("Ended"), "holds are forgotten by it"),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(until__gt=F("begins_at"), until__lte=F("begins_at") + LONGEST_HOLD),
                name="a_hold_ends_within_a_year",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_UNCONFIRMED)
                | (
                    Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("asked_by"))
                ),
                name="a_hold_in_force_was_confirmed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OVER, ended_at__isnull=False)
                | (~Q(state__in=_OVER) & Q(ended_at=None)),
                name="a_hold_that_is_over_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=HoldState.ENDED)
                | Q(article=HoldArticle.RESTRICTED)
                | Q(ended_at__gte=F("until"))
                | (Q(end_asked_by__isnull=False, ended_by__isnull=False) & ~Q(ended_by=F("end_asked_by"))),
                name="a_hold_ended_early_was_ended_by_two",
            ),
        )
        indexes = (
            models.Index(fields=["until"], condition=Q(ended_at=None), name="holds_by_their_end"),
            models.Index(fields=["-asked_at", "id"], name="holds_newest_first"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("hld", self.id)


class HeldRow(Guarded):
    """One record that a hold keeps past its end: copied aside, sealed with the hold's key, when it went from its place.

    `kind` is the model it was of, `row` a keyed digest of it and its key, so that it is kept once. `whose` is a keyed
    digest of the person a record of a number was about: a number has had several.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    hold = models.ForeignKey(LegalHold, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=80)
    row = models.BinaryField(max_length=32)
    whose = models.BinaryField(max_length=32, null=True)
    content = SealedJSON()
    set_aside_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "hold",
        "row",
        "whose",
        subject=link("what an open hold keeps is found by it", RetentionClass.HELD),
        kind=_of_a_hold(Category.CHOICE, gettext_noop("Kind of record"), "one of the kinds of the inventory"),
        content=_of_a_hold(Category.CONTENT, gettext_noop("The record, as it was")),
        set_aside_at=_of_a_hold(Category.CHOICE, gettext_noop("Kept back since"), "shown beside the kind"),
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["hold", "row"], name="a_row_is_held_once"),)
        indexes = (models.Index(fields=["hold", "kind"], name="held_rows_by_kind"),)


class RetentionRun(Guarded):
    """What was let go of on one day (UTC) of one thing that has an end, in all runs of that day."""

    name = models.CharField(max_length=60)
    day = models.DateField()
    retention_class = models.CharField(max_length=8)
    runs = models.IntegerField(default=0)
    gone = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    last_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "name",
        "day",
        "retention_class",
        "runs",
        "gone",
        "seconds",
        "last_at",
        "failed_at",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["name", "day"], name="a_day_of_retention_is_told_once"),
        )


KEPT_RUNS = timedelta(days=365)
"""How long it is known what retention did: figures, about nobody."""
