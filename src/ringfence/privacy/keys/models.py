"""Tables of the `keys` database: epochs, data keys, blind indexes. Never in the data database."""

from django.db import models
from django.db.models import Q

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, RetentionClass, link


class KeyEpoch(Guarded):
    """A week whose key wraps the data keys made or re-wrapped in it."""

    name = models.CharField(primary_key=True, max_length=16)
    began_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    holds = Holds(NOT_PERSONAL, "name", "began_at", "superseded_at", "destroyed_at")


class DataKey(Guarded):
    """The key of one person and one retention class, wrapped; without `wrapped` it is destroyed."""

    id = models.BigIntegerField(primary_key=True)
    subject = models.UUIDField()
    retention_class = models.CharField(max_length=16)
    epoch = models.ForeignKey(KeyEpoch, on_delete=models.PROTECT, related_name="+")
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "retention_class",
        "epoch",
        "wrapped",
        "created_at",
        "destroyed_at",
        subject=link("finds the person's key; says nothing once the key is destroyed"),
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["-destroyed_at"],
                condition=Q(destroyed_at__isnull=False, retention_class=RetentionClass.ACCOUNT),
                name="people_erased_lately",
            ),
            models.Index(fields=["subject", "retention_class"], name="keys_of_a_person"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["subject", "retention_class"],
                condition=Q(destroyed_at=None),
                name="one_living_key_per_person_and_class",
            ),
            models.CheckConstraint(
                condition=Q(wrapped=None) ^ Q(destroyed_at=None), name="a_destroyed_key_holds_nothing"
            ),
        )


class BlindIndex(Guarded):
    """A keyed digest of a value, so that it can be found exactly and never read."""

    kind = models.CharField(max_length=32)
    digest = models.BinaryField(max_length=32)
    subject = models.UUIDField(db_index=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "kind",
        "digest",
        subject=link("whom the value belongs to; removed with the person's key"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "digest"], name="a_value_belongs_to_one_person"),
        )
