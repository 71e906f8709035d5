"""Backups that were made, trials of them, and the people who must not come back with one."""

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, RetentionClass, link


class Backup(Guarded):
    """One backup: a set of the data and a set of the keys, each with its size; `removed_at` once both are gone."""

    id = models.CharField(primary_key=True, max_length=40)
    made_at = models.DateTimeField()
    data_bytes = models.BigIntegerField(default=0)
    keys_bytes = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    removed_at = models.DateTimeField(null=True)

    holds = Holds(NOT_PERSONAL, "id", "made_at", "data_bytes", "keys_bytes", "seconds", "removed_at")

    class Meta:
        indexes = (
            models.Index(fields=["-made_at"], condition=Q(removed_at=None), name="backups_that_are_there"),
        )


class Drill(Guarded):
    """One trial of a backup: restored beside the store, deletions replayed, everything compared.

    `faults` are stable words for what did not hold; there are none when it passed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    backup = models.CharField(max_length=40)
    at = models.DateTimeField()
    seconds = models.FloatField()
    tables = models.IntegerField()
    rows = models.BigIntegerField()
    opened = models.IntegerField()
    replayed = models.IntegerField()
    faults = models.JSONField(default=list)

    holds = Holds(
        NOT_PERSONAL, "id", "backup", "at", "seconds", "tables", "rows", "opened", "replayed", "faults"
    )

    class Meta:
        indexes = (models.Index(fields=["-at"], name="drills_newest_first"),)


class Tombstone(Guarded):
    """Somebody whose deletion has begun, by a keyed digest of their id: the same line stands outside the database.

    It is found again only by whoever holds the key store and a copy in which the id still stands, which is what a
    restore needs (`ringfence.privacy.backups.tombstones`).
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "at",
        digest=link("finds somebody who was deleted in a backup of before", RetentionClass.CONSENT),
        subject_path="",
    )
