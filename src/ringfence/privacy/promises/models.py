"""What the checks found, clause by clause, over time."""

from django.db import models

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds


class PromiseResult(Guarded):
    """One stretch of time in which a clause was in one state; a change of state begins a new row.

    `text` is a message id with places for the `figures` of the last check. `unchecked_seconds` is for how long within
    the stretch no check ran, so that nobody knows: it is shown beside the length. `told_at` is when the operator was
    written to about a break.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clause = models.CharField(max_length=8)
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()
    text = models.TextField()
    figures = models.JSONField()
    unchecked_seconds = models.BigIntegerField(default=0, db_default=0)
    told_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        *("id", "clause", "state", "since", "checked_at", "text", "figures"),
        *("unchecked_seconds", "told_at"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clause", "since"], name="a_clause_is_in_one_state_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(state__in=["kept", "due_soon", "broken"]),
                name="a_checked_promise_has_a_state",
            ),
        )
        indexes = (
            models.Index(
                fields=["since"], condition=models.Q(state="broken", told_at=None), name="breaks_not_told_of"
            ),
        )
