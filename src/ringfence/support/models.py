"""Letters that came in."""

from django.db import models

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
from ringfence.privacy.sealed import SealedBytes, SealedJSON


def _message(category: Category, label: str) -> Personal:
    return Personal(
        category, Source.SUPPORT, Purpose.COMMUNICATION, Basis.CONTRACT, RetentionClass.MESSAGES, label=label
    )


class Letter(Guarded):
    """A letter as it came in by mail, whole. `digest` is keyed and tells a repeat from a new letter."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    received_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, unique=True)
    envelope = SealedJSON()
    content = SealedBytes()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "received_at",
        subject=link("whom it concerns; a random id", RetentionClass.MESSAGES),
        digest=Personal(
            Category.CONTENT,
            Source.SUPPORT,
            Purpose.SERVICE,
            Basis.LEGITIMATE_INTEREST,
            RetentionClass.MESSAGES,
            plain="a keyed digest by which a repeat is found; it cannot be read back",
            label=gettext_noop("Digest of the letter"),
        ),
        envelope=_message(Category.CONTACT, gettext_noop("Sender and recipient")),
        content=_message(Category.CONTENT, gettext_noop("The letter")),
    )

    class Meta:
        indexes = (models.Index(fields=["-received_at", "id"], name="letters_newest_first"),)
