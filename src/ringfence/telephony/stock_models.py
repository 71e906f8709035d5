"""Tables about the stock as a whole: how many numbers of each kind there are, and the files they came in by."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds
from ringfence.telephony.rules import ImportState


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


class Import(Guarded):
    """A file of numbers: looked through first, taken in when confirmed. It names numbers and no people.

    `handled` numbers of those found are in stock, `new` of them by this import; it is written with them, so that a
    worker that was killed goes on where the last rows that were kept ended.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    state = models.CharField(max_length=12, default=ImportState.CHECKING)
    made_at = models.DateTimeField()
    state_since = models.DateTimeField()
    size = models.BigIntegerField()
    looked_through = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    found = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)
    groups = models.JSONField(default=list)
    handled = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "state",
        "made_at",
        "state_since",
        "size",
        "looked_through",
        "lines",
        "rejected",
        "found",
        "known",
        "groups",
        "handled",
        "new",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(handled__lte=models.F("found"), new__lte=models.F("handled")),
                name="an_import_takes_in_what_was_found",
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("imp", self.id)


class ImportPart(Guarded):
    """A piece of an import's file, until the import is over."""

    upload = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    holds = Holds(NOT_PERSONAL, "id", "upload", "position", "content")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("upload", "position"), name="a_part_of_a_file_is_there_once"),
        )


class ImportRejection(Guarded):
    """A line of an import's file that is not taken in, and why; not the line, which may be of a wrong file."""

    upload = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    line = models.BigIntegerField()
    code = models.CharField(max_length=40)
    values = models.JSONField()

    holds = Holds(NOT_PERSONAL, "id", "upload", "line", "code", "values")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("upload", "line"), name="a_line_is_rejected_once"),)
