"""The ledger's tables. Lines, leaves, nodes and checkpoints are only ever added; the database refuses the rest."""

from typing import Any

from django.db import models

from ringfence.kernel.action import WriteOutsideAction
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, Personal, link


class AppendOnly(Guarded):
    """A table whose rows are never changed and never removed."""

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise WriteOutsideAction(f"{type(self).__name__} is never deleted")


def _token(why: str) -> Personal:
    return link(why)


class LedgerLine(AppendOnly):
    """One action: what, who, whom, when, and facts without personal data. `nonce` blinds the published hash."""

    id = models.BigAutoField(primary_key=True)
    nonce = models.BinaryField(max_length=16)
    at = models.DateTimeField()
    action = models.CharField(max_length=80)
    actor = models.CharField(max_length=80)
    actor_token = models.BinaryField(max_length=16, null=True)
    subject_token = models.BinaryField(max_length=16, null=True)
    purpose = models.CharField(max_length=120)
    facts = models.JSONField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "nonce",
        "at",
        "action",
        "actor",
        "purpose",
        "facts",
        actor_token=_token("a keyed digest that means nothing once the person's key is destroyed"),
        subject_token=_token("a keyed digest that means nothing once the person's key is destroyed"),
        subject_path="",
    )

    class Meta:
        indexes = (
            models.Index(fields=["subject_token", "-id"], name="lines_of_a_person"),
            models.Index(
                fields=["-id"], condition=models.Q(action="backups.restored"), name="restores_newest_first"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(action="privacy.publish_policy"),
                name="lines_of_published_versions",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(action__in=["statistics.release", "statistics.take_in_again"]),
                name="lines_of_releases",
            ),
        )


class PendingLine(Guarded):
    """A line that is committed and not yet in the tree; put there by a trigger, taken out by the sequencer."""

    line = models.OneToOneField(
        LedgerLine, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False
    )

    holds = Holds(NOT_PERSONAL, "line")


class LedgerLeaf(AppendOnly):
    """The place of a line in the tree, counted from 0 without gaps."""

    position = models.BigIntegerField(primary_key=True)
    line = models.OneToOneField(LedgerLine, on_delete=models.DO_NOTHING, db_constraint=False)

    holds = Holds(NOT_PERSONAL, "position", "line")


class LedgerNode(AppendOnly):
    """The hash of a complete subtree; level 0 are the leaves. `place` is level * 2**56 + index."""

    place = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)

    holds = Holds(NOT_PERSONAL, "place", "hash")


class Checkpoint(AppendOnly):
    """A signed statement of the tree's size and root (signed-note format)."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()
    at = models.DateTimeField()
    note = models.TextField()

    holds = Holds(NOT_PERSONAL, "id", "size", "at", "note")


APPEND_ONLY_TABLES = ("ledgerline", "ledgerleaf", "ledgernode", "checkpoint")
