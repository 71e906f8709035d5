"""What stands around an exit, and is about nobody: hand-overs, what is passed on, and what the door refused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy.disclosure.rules import Cause
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds


class HandOver(Guarded):
    """What a company of the group was given at once (clause 0.1); whose it was, the entries of this case say."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.CharField(max_length=200)
    purpose = models.CharField(max_length=300)
    fields = ArrayField(models.CharField(max_length=100))
    people = models.PositiveIntegerField()
    decided_by = models.CharField(max_length=120)
    at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "company", "purpose", "fields", "people", "decided_by", "at")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(people__gt=0), name="a_hand_over_is_of_somebody"),
            models.CheckConstraint(condition=~Q(purpose=""), name="a_hand_over_says_what_for"),
        )
        indexes = (models.Index(fields=["-at", "id"], name="hand_overs_newest_first"),)

    @property
    def public_id(self) -> str:
        """Return the id that pages and packages use."""
        return public_id("hnd", self.id)


class PassedOn(Guarded):
    """A change or a deletion that somebody who got data has to hear of (GDPR art. 19), until they have answered.

    It names no person. `disclosure` is the id under which the recipient got the data, which outlives the entry; it is
    all that a letter about a deletion has to say.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    disclosure = models.UUIDField()
    recipient = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    cause = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Cause])
    fields = ArrayField(models.CharField(max_length=100))
    caused_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, default="")

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "disclosure",
        "recipient",
        "name",
        "cause",
        "fields",
        "caused_at",
        "due_at",
        "answered_at",
        "answered_by",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["disclosure", "cause"],
                condition=Q(answered_at=None),
                name="a_recipient_is_told_once_of_what_waits",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("caused_at")), name="a_recipient_has_time_to_answer"
            ),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], condition=Q(answered_at=None), name="unanswered_by_due"),
            models.Index(fields=["disclosure"], name="passed_on_of_an_entry"),
            models.Index(
                fields=["-answered_at"], condition=Q(answered_at__isnull=False), name="answered_newest_first"
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages use."""
        return public_id("onw", self.id)

    @property
    def reference(self) -> str:
        """Return the id under which the recipient got the data."""
        return public_id("dsc", self.disclosure)


class RefusedExit(Guarded):
    """How often the door refused a field at an exit on a day, which its recipient may not get: a defect of ours."""

    exit = models.CharField(max_length=40)
    field = models.CharField(max_length=100)
    day = models.DateField()
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "exit", "field", "day", "count", "last_at")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["exit", "field", "day"], name="a_day_of_refusals_is_one_row"),
        )
