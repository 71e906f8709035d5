"""Tables about telling the switch: what changed, and how far each node of the edge has followed."""

from typing import NamedTuple

from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds

CHANNEL = "route_changes"
"""What PostgreSQL notifies after the commit of a change; the database itself does, whoever writes."""


class Place(NamedTuple):
    """How far a node has followed: a transaction and a change, in the order in which changes are read."""

    transaction: int
    change: int


class Changed(models.TextChoices):
    """What a change is about."""

    NUMBER = "number"
    PHONE = "phone"


class RouteChange(Guarded):
    """A number or a phone whose state at the switch changed. It says which one, never what: that is read when told.

    `transaction` is the id of the transaction that wrote the row. Rows are followed in the order of transaction and
    id, below the oldest transaction that is still open, so that one that commits late is not passed over.
    """

    transaction = models.BigIntegerField(
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()
        ),
        editable=False,
    )
    what = models.CharField(max_length=8, choices=Changed.choices)
    key = models.CharField(max_length=64)
    written_at = models.DateTimeField(db_default=Func(function="clock_timestamp"), editable=False)

    holds = Holds(NOT_PERSONAL, "id", "transaction", "what", "key", "written_at")

    class Meta:
        indexes = (
            models.Index(fields=["transaction", "id"], name="changes_in_order"),
            models.Index(fields=["what", "key"], name="changes_by_key"),
        )


class EdgeNode(Guarded):
    """A node of the edge, as its own publisher reports it.

    It has followed every change up to `followed_transaction` and `followed_change`; while they are null it has to load
    everything anew. `held_*` are counts of what is in its memory, `digest` stands for all of it, and `differences` is
    how many entries were wrong when it was last compared, all of which were mended; `unreadable` is how many routes
    could not be read, so that the node kept what it had. `made_with` stands for the settings that its routes were made
    with. At `watched_at` the oldest record in its spool had been waiting since `waiting_since`, and `logs_found` of its
    log files showed what none may. `reporter` tells its publisher from that of another machine with the same name.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=40, unique=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    answers = models.BooleanField(default=False)
    format = models.CharField(max_length=8, blank=True, default="")
    followed_transaction = models.BigIntegerField(null=True)
    followed_change = models.BigIntegerField(null=True)
    loaded_at = models.DateTimeField(null=True)
    made_with = models.CharField(max_length=32, blank=True, default="")
    held_numbers = models.BigIntegerField(default=0)
    held_phones = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")
    compared_at = models.DateTimeField(null=True)
    differences = models.BigIntegerField(default=0)
    differed_at = models.DateTimeField(null=True)
    mended = models.BigIntegerField(default=0)
    unreadable = models.BigIntegerField(default=0)
    counters = models.JSONField(default=dict)
    anew_asked_at = models.DateTimeField(null=True)
    anew_done = models.BigIntegerField(default=0)
    anew_of = models.BigIntegerField(default=0)
    watched_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)
    logs_found = models.IntegerField(default=0)
    reporter = models.CharField(max_length=32, blank=True, default="")

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "name",
        "first_seen",
        "last_seen",
        "answers",
        "format",
        "followed_transaction",
        "followed_change",
        "loaded_at",
        "made_with",
        "held_numbers",
        "held_phones",
        "digest",
        "compared_at",
        "differences",
        "differed_at",
        "mended",
        "unreadable",
        "counters",
        "anew_asked_at",
        "anew_done",
        "anew_of",
        "watched_at",
        "waiting_since",
        "logs_found",
        "reporter",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(followed_transaction=None, followed_change=None)
                | models.Q(followed_transaction__isnull=False, followed_change__isnull=False),
                name="a_node_has_followed_to_a_place_or_nowhere",
            ),
        )

    @property
    def place(self) -> Place | None:
        """How far it has followed; None when it has to load everything."""
        if self.followed_transaction is None or self.followed_change is None:
            return None
        return Place(self.followed_transaction, self.followed_change)

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("node", self.id)
