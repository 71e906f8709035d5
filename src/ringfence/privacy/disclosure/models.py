"""What was handed to somebody, person by person (clauses 0.1, 2.5, 3.3)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

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
    choice,
    link,
)
from ringfence.privacy.sealed import SealedText


class Disclosure(Guarded):
    """What one person's recipient got at a moment, by which clause and on which basis, and who decided it.

    `recipient` is a key of `privacy.recipients`, `name` who it was, `fields` are declared ones as "app.Model.field".
    `case` is the public id of what caused it, if anything. Until `quiet_until` is lifted nothing tells them of it,
    because a law forbids that; who lifts it tells them (`privacy.disclosure.quiet`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField()
    recipient = models.CharField(max_length=32)
    name = SealedText()
    clause = models.CharField(max_length=8)
    basis = models.CharField(max_length=200)
    fields = ArrayField(models.CharField(max_length=100))
    decided_by = models.CharField(max_length=120)
    case = models.CharField(max_length=40, default="")
    quiet_until = models.DateField(null=True)
    at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "case",
        "quiet_until",
        subject=link("whose data it was", RetentionClass.CONSENT),
        recipient=choice(gettext_noop("Kind of recipient"), "one of a few fixed words"),
        name=Personal(
            Category.CHOICE,
            Source.USE,
            Purpose.LEGAL_DUTY,
            Basis.LEGAL_OBLIGATION,
            RetentionClass.CONSENT,
            label=gettext_noop("Who got it"),
            common=gettext_noop("the name of a company or an authority, which many share"),
        ),
        clause=choice(gettext_noop("By which clause"), "the number of a public text"),
        basis=choice(gettext_noop("Legal basis"), "an article of a law"),
        fields=choice(gettext_noop("Which data"), "names out of the inventory"),
        decided_by=choice(gettext_noop("Decided by"), "a role, and nobody's name"),
        at=choice(gettext_noop("Handed over"), "a moment without anything else"),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(fields__len__gt=0), name="something_is_in_what_was_handed_over"
            ),
            models.CheckConstraint(
                condition=Q(quiet_until=None) | Q(quiet_until__gte=F("at__date")),
                name="a_silence_ends_after_it_began",
            ),
        )
        indexes = (
            models.Index(fields=["subject", "-at", "id"], name="disclosures_of_a_person"),
            models.Index(fields=["at"], name="disclosures_by_age"),
            models.Index(fields=["case"], name="disclosures_of_a_case"),
            models.Index(
                fields=["quiet_until"], condition=Q(quiet_until__isnull=False), name="disclosures_not_told"
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages, packages and letters to recipients use."""
        return public_id("dsc", self.id)

    @staticmethod
    def seen_by_its_person(rows: "models.QuerySet[Disclosure]") -> "models.QuerySet[Disclosure]":
        """Return of some rows those that their person may know of."""
        return rows.filter(quiet_until=None)
