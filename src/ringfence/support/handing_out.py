"""Handing what came with a letter to staff: each time with a purpose, and told to the customer who sent it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.queries import is_customer
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Role
from ringfence.support import attachments
from ringfence.support.attachments import Attachment, OpenedAttachment
from ringfence.support.models import Letter

READERS: Final = (Role.SUPPORT, Role.PRIVACY)
"""Staff who may open what came with a letter."""

MOST_LETTERS: Final = 20


@dataclass(frozen=True, slots=True, repr=False)
class CameWith:
    """What came with one letter, and what our mail server found of its sender, in its words."""

    letter: UUID
    received_at: datetime
    verdicts: str
    attachments: list[Attachment]


def came_with(letters: list[UUID]) -> list[CameWith]:
    """Return what came with some letters of persons to us; nothing of those whose time is over."""
    rows = {row.pk: row for row in attachments.beside(letters[:MOST_LETTERS])}
    return [
        CameWith(pk, rows[pk].received_at, rows[pk].verdicts, attachments.listed(rows[pk]))
        for pk in letters[:MOST_LETTERS]
        if pk in rows
    ]


@action("support.hand_out_attachment")
def hand_out(*, letter: UUID, index: int, by: Actor, at: datetime) -> OpenedAttachment:
    """Return an attachment of a letter to us, for staff. Raises Refusal where it may not be handed out."""
    subject = Letter.objects.filter(pk=letter, to_us=True).values_list("subject", flat=True).first()
    found = attachments.open_attachment(letter if subject is not None else UUID(int=0), index)
    if subject is not None and is_customer(subject):
        about(subject)
    about(index=index)
    return found
