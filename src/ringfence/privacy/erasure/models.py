"""Erasures under way, and the receipts of those that are done."""

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, RetentionClass, link
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import ErasureStep


class Erasure(Guarded):
    """One deletion of a person: the tombstone, and how far it has come.

    From the moment the row exists nothing new may be done for the person. `step` is the step to do next. `subject`
    is emptied by the last one; what remains afterwards are counts. `watch_digest` is the digest of the unguessable
    part of the address where the person follows it, which answers until `watch_until`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(null=True, unique=True)
    request = models.OneToOneField(SubjectRequest, on_delete=models.PROTECT, null=True)
    step = models.CharField(max_length=16, default=ErasureStep.HOLDS)
    begun_at = models.DateTimeField()
    keys_destroyed_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    watch_digest = models.BinaryField(max_length=32, null=True, unique=True)
    watch_until = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "request",
        "step",
        "begun_at",
        "keys_destroyed_at",
        "verified_at",
        "finished_at",
        "counts",
        "watch_digest",
        "watch_until",
        subject=link("finds what is still to be erased; emptied when it is done", RetentionClass.CONSENT),
    )

    class Meta:
        indexes = (
            models.Index(fields=["begun_at"], condition=Q(finished_at=None), name="erasures_under_way"),
            models.Index(
                fields=["keys_destroyed_at"],
                condition=Q(keys_destroyed_at__isnull=False),
                name="erasures_by_their_keys",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(subject=None, verified_at__isnull=False),
                name="a_finished_erasure_is_verified_and_names_nobody",
            ),
        )


class Receipt(Guarded):
    """The receipt of an erasure, without anything about the person. `proof` ties it to the ledger once published."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    erasure = models.OneToOneField(Erasure, on_delete=models.PROTECT)
    given_at = models.DateTimeField()
    final_at = models.DateTimeField()
    body = models.JSONField()
    digest = models.BinaryField(max_length=32, unique=True)
    proof = models.JSONField(null=True)

    holds = Holds(NOT_PERSONAL, "id", "erasure", "given_at", "final_at", "body", "digest", "proof")
