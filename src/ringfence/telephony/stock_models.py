"""Tables about the stock as a whole: how many numbers of each kind there are."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds


class NumberCount(Guarded):
    """How many numbers are alike, as changes to be added up; the database itself writes a row for each change.

    Rows are only ever added, so that nobody waits for another who takes a number of the same area; once a
    minute they are folded into one row a group.
    """

    country = models.CharField(max_length=2)
    area = models.CharField(max_length=80, blank=True)
    type = models.CharField(max_length=16)
    capabilities = ArrayField(models.CharField(max_length=8))
    ready_at_once = models.BooleanField()
    state = models.CharField(max_length=12)
    change = models.BigIntegerField()

    holds = Holds(
        NOT_PERSONAL, "id", "country", "area", "type", "capabilities", "ready_at_once", "state", "change"
    )
