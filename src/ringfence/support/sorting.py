"""What becomes of a letter to us, once it is safely stored. Each is looked at once; doing it again does nothing."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import forms
from ringfence.privacy.rules import Channel
from ringfence.support import bounces, reading
from ringfence.support.actions import address_digest
from ringfence.support.demands import demands_in
from ringfence.support.models import Letter
from ringfence.support.rules import READ, LetterKind
from ringfence.support.tickets import taking_in

A_DAY: Final = timedelta(days=1)
HEEDED_A_DAY: Final = 5
"""Letters of one sender in a day that may become requests."""

LOST_AFTER: Final = timedelta(minutes=1)
"""How long a letter may wait for its job before the sweep looks at it."""


@action("support.sort_letter")
def sort(*, letter: UUID, by: Actor, at: datetime) -> None:
    """Look at a letter: open what it plainly asks for (clause 4.2), put it into its ticket, or book what came back.

    A report about no letter of ours is for people to read. Only what calls itself an automatic answer, and what was
    booked, is in no ticket.
    """
    row = Letter.objects.select_for_update(skip_locked=True).filter(pk=letter, sorted_at=None).first()
    if row is None:
        nothing_happened()
        return
    content, envelope = row.content.open(), row.envelope.open()
    if content and row.kind == LetterKind.BOUNCE and not bounces.book(content=content, by=by, at=at):
        row.kind = LetterKind.QUIET
    if content and envelope and row.kind == LetterKind.PERSON:
        row.demands = _requested(row, content, envelope["from"], by)
    if content and envelope and row.kind in READ:
        taking_in.take_letter(letter=row, by=by, at=at)
    row.sorted_at = at
    row.save(update_fields=["kind", "demands", "sorted_at"])
    about(kind=row.kind, demands=row.demands)


def waiting(at: datetime, limit: int) -> list[UUID]:
    """Return letters whose job was lost, the oldest first."""
    found = Letter.objects.filter(sorted_at=None, received_at__lt=at - LOST_AFTER)
    return list(found.order_by("received_at", "pk").values_list("pk", flat=True)[:limit])


def _requested(row: Letter, content: bytes, sender: str, by: Actor) -> str:
    """Open what a letter plainly asks for, as the form on the contact page does; return the kinds.

    The clock begins with the letter. Of the same sender no more than a few letters a day are heeded: whoever gets an
    answer may be a program too.
    """
    before = Letter.objects.filter(
        addresses__contains=[address_digest(sender)],
        received_at__gt=row.received_at - A_DAY,
        received_at__lte=row.received_at,
    )
    said = reading.said_in(content)
    if not said or before.exclude(demands="").count() >= HEEDED_A_DAY:
        return ""
    found = demands_in(said)
    try:
        if found.kinds:
            forms.take_in(
                kinds=found.kinds,
                address=sender,
                asked=said,
                language=found.language,
                channel=Channel.MAIL,
                by=by,
                at=row.received_at,
            )
    except Refusal:
        return ""
    return ",".join(found.kinds)
