"""What the store's own addresses answered when it last looked at them from outside (clause 2.7)."""

from django.db import models

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds


class OwnAnswer(Guarded):
    """One way of asking one address of ours, and what the answer named; `status` is 0 where nothing answered.

    `question` is the method and the path, both the store's own; `named` the words that should not be there;
    `noted_at` is since when it is asked, and `answered_at` when it last answered as it should.
    """

    question = models.CharField(max_length=200, unique=True)
    status = models.IntegerField(default=0)
    named = models.JSONField(default=list)
    noted_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, db_index=True)
    answered_at = models.DateTimeField(null=True)

    holds = Holds(NOT_PERSONAL, "id", "question", "status", "named", "noted_at", "looked_at", "answered_at")
