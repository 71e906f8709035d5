"""How much payment data was removed on the way in, and how far what is stored has been read through (clause 2.4)."""

from django.db import models

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds


class RemovedPaymentData(Guarded):
    """How many numbers of one kind were removed from what came in by one channel; nothing of the numbers."""

    channel = models.CharField(max_length=16)
    kind = models.CharField(max_length=24)
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "channel", "kind", "count", "last_at")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "kind"], name="removals_are_counted_by_channel_and_kind"
            ),
        )


class ReadThrough(Guarded):
    """How far one table, or the files, have been read through for payment data.

    `place` is the page of a table, or the name of a file, from which the round goes on; `end` how many pages the table
    had, so that new ones are read first. `whole_at` is the beginning of the last round that came to its end: all
    that is older has been read. `found` are counts by column of the round under way, `found_before` of the last one.
    """

    database = models.CharField(max_length=16)
    name = models.CharField(max_length=100)
    place = models.TextField(default="")
    end = models.BigIntegerField(default=0)
    round_began_at = models.DateTimeField()
    whole_at = models.DateTimeField(null=True)
    values = models.BigIntegerField(default=0)
    values_before = models.BigIntegerField(default=0)
    found = models.JSONField(default=dict)
    found_before = models.JSONField(default=dict)

    holds = Holds(
        NOT_PERSONAL,
        *("id", "database", "name", "place", "end", "round_began_at", "whole_at"),
        *("values", "values_before", "found", "found_before"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["database", "name"], name="a_table_is_read_through_at_one_place"),
        )
