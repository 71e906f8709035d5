"""Copies of what is held about somebody, made to be taken away (clause 7.2)."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Basis,
    Category,
    Holds,
    Personal,
    Purpose,
    RetentionClass,
    Source,
    link,
)
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.sealed import SealedBytes, SealedJSON

PACKED: Final = gettext_noop("A copy is not put into a copy: it holds what stands in this one already.")


def _packed(label: str) -> Personal:
    return Personal(
        Category.CONTENT,
        Source.USE,
        Purpose.LEGAL_DUTY,
        Basis.LEGAL_OBLIGATION,
        RetentionClass.ACCOUNT,
        label=label,
        common="the same data packed, which is looked for where it comes from",
    )


class DataCopy(Guarded):
    """One copy: in the making, or ready to be fetched until `expires_at`.

    `progress` says which record comes next and what the files are so far; whoever goes on with it needs nothing else.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, null=True, related_name="+")
    begun_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    progress = SealedJSON(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "request",
        "begun_at",
        "ready_at",
        "expires_at",
        "fetched_at",
        "total",
        "done",
        "size",
        subject=link("finds a customer's copies"),
        progress=_packed(gettext_noop("How far a copy has come")),
    )
    withheld: ClassVar = frozenset({"progress"})
    withheld_because: ClassVar = PACKED

    class Meta:
        indexes = (
            models.Index(fields=["begun_at"], condition=Q(ready_at=None), name="copies_in_the_making"),
            models.Index(fields=["expires_at"], condition=Q(ready_at__isnull=False), name="copies_by_end"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ready_at=None) | Q(expires_at__isnull=False),
                name="a_copy_that_is_ready_has_an_end",
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("cpy", self.id)


class DataCopyPart(Guarded):
    """A piece of a file of a copy, packed and sealed; the files are put together when the copy is fetched."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    copy = models.ForeignKey(DataCopy, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    file = models.CharField(max_length=120)
    number = models.IntegerField()
    content = SealedBytes()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "copy",
        "file",
        "number",
        subject=link("finds a customer's copies"),
        content=_packed(gettext_noop("A piece of a copy")),
    )
    withheld: ClassVar = frozenset({"content"})
    withheld_because: ClassVar = PACKED

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["copy", "file", "number"], name="a_piece_of_a_copy_is_there_once"
            ),
        )
