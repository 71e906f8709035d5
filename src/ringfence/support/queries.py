"""What the interfaces may ask of the support room."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.support.models import Letter


@dataclass(frozen=True, slots=True, repr=False)
class LetterKept:
    """A letter as it came in, opened."""

    id: UUID
    sender: str
    recipients: list[str]
    content: bytes
    received_at: datetime


def newest_letters(limit: int) -> list[LetterKept]:
    """Return the newest letters, opened; those of erased people are left out."""
    rows = list(Letter.objects.order_by("-received_at", "id")[:limit])
    keyring.prefetch([row.subject for row in rows], RetentionClass.MESSAGES)
    found = []
    for row in rows:
        envelope, content = row.envelope.open(), row.content.open()
        if envelope and content:
            found.append(LetterKept(row.pk, envelope["from"], envelope["to"], content, row.received_at))
    return found
