"""Where staff opened somebody's data without a line about it, which is a defect of ours; nothing of whose it was."""

from django.db import models

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds


class UntoldLook(Guarded):
    """How often a page, by the name of its route, opened people's data for staff on a day and told nobody."""

    place = models.CharField(max_length=120)
    day = models.DateField()
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "place", "day", "count", "last_at")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["place", "day"], name="untold_looks_are_counted_by_place_and_day"
            ),
        )
