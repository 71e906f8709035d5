"""Versions of the policy, and who was shown which."""

from django.db import models
from django.db.models.functions import Now  # noqa: TID251 - the database dates a publication itself

from ringfence.kernel.public_ids import new_id
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


class PolicyVersion(Guarded):
    """One version of the policy and terms, never changed once published (clause 5.2).

    `published_at` is written by the database. A constraint refuses an effect before the version has been public
    for its notice. The first version of an installation may count at once: there is nobody yet whose terms it
    changes. `text` holds both languages, section by section; `digest` is over its compact JSON.
    """

    number = models.IntegerField(primary_key=True)
    published_at = models.DateTimeField(db_default=Now())
    effective_at = models.DateTimeField()
    notice_days = models.IntegerField()
    digest = models.BinaryField(max_length=32)
    text = models.JSONField()

    holds = Holds(NOT_PERSONAL, "number", "published_at", "effective_at", "notice_days", "digest", "text")


def _choice(label: str, plain: str) -> Personal:
    return Personal(
        Category.CHOICE,
        Source.USE,
        Purpose.SERVICE,
        Basis.LEGITIMATE_INTEREST,
        RetentionClass.CONSENT,
        plain=plain,
        label=label,
    )


class Acknowledgement(Guarded):
    """A person was shown the version in force at some moment. It is that and nothing more: never a consent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    moment = models.CharField(max_length=16)
    acknowledged_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        subject=link("whom it concerns; a random id", RetentionClass.CONSENT),
        version=_choice(gettext_noop("Version of the terms"), "the number of a public document"),
        moment=_choice(gettext_noop("Occasion"), "one of a few fixed words"),
        acknowledged_at=_choice(gettext_noop("Seen"), "a moment without anything else"),
    )

    class Meta:
        indexes = (models.Index(fields=["acknowledged_at"], name="acknowledgements_by_age"),)
