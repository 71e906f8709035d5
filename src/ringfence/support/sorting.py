"""What becomes of a letter to us, once it is safely stored. Each is looked at once; doing it again does nothing."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import forms
from ringfence.privacy.rules import Channel
from ringfence.support import bounces, reading
from ringfence.support.abuse import by_letter
from ringfence.support.actions import address_digest
from ringfence.support.demands import demands_in
from ringfence.support.models import Letter
from ringfence.support.rules import READ, LetterKind, is_for_the_desk
from ringfence.support.tickets import taking_in
from ringfence.support.verdicts import is_suspicious

A_DAY: Final = timedelta(days=1)
HEEDED_A_DAY: Final = 5
"""Letters of one sender in a day that may become requests."""

LOST_AFTER: Final = timedelta(minutes=1)
"""How long a letter may wait for its job before the sweep looks at it."""


@action("support.sort_letter")
def sort(*, letter: UUID, by: Actor, at: datetime) -> None:
    """Look at a letter: open what it plainly asks for (clause 4.2), put it into its ticket, or book what came back.

    Automatic answers and reports of mail servers are in no ticket, or a flood of them would bury what people write;
    staff find them in the list of what stayed out.
    """
    row = Letter.objects.select_for_update(skip_locked=True).filter(pk=letter, sorted_at=None).first()
    if row is None:
        nothing_happened()
        return
    content, envelope = row.content.open(), row.envelope.open()
    if content and row.kind == LetterKind.BOUNCE:
        bounces.book(content=content, by=by, at=at)
    if content and envelope and row.kind in READ and not _is_only_a_report(row, content, envelope, by, at):
        _see_to_demands(row, content, envelope["from"], by)
        taking_in.take_letter(letter=row, by=by, at=at)
    row.sorted_at = at
    row.save(update_fields=["demands", "unheeded", "sorted_at"])
    about(kind=row.kind, demands=row.demands)


def _is_only_a_report(row: Letter, content: bytes, envelope: dict[str, Any], by: Actor, at: datetime) -> bool:
    """Take a letter to the address for abuse in as a report; tell whether nothing else is to be done with it."""
    to = envelope["to"]
    if not by_letter.is_report(to):
        return False
    is_taken = by_letter.take_letter(letter=row, content=content, sender=envelope["from"], by=by, at=at)
    return is_taken and not any(map(is_for_the_desk, to))


def waiting(at: datetime, limit: int) -> list[UUID]:
    """Return letters whose job was lost, the oldest first."""
    found = Letter.objects.filter(sorted_at=None, received_at__lt=at - LOST_AFTER)
    return list(found.order_by("received_at", "pk").values_list("pk", flat=True)[:limit])


def _see_to_demands(row: Letter, content: bytes, sender: str, by: Actor) -> None:
    """Open what a letter plainly asks for, as the form on the contact page does; what it may not open waits for people.

    The clock begins with the letter. Of the same sender no more than a few letters a day are heeded: whoever gets an
    answer may be a program too. Nor is one whose sender wants no automatic answer.
    """
    said = reading.as_text(content)
    found = demands_in(said)
    if not found.kinds or not sender:
        return
    kinds = ",".join(found.kinds)
    if row.kind != LetterKind.PERSON or _heeded_lately(row, sender) >= HEEDED_A_DAY:
        row.unheeded = kinds
        return
    try:
        forms.take_in(
            kinds=found.kinds,
            address=sender,
            asked=said,
            language=found.language,
            channel=Channel.MAIL,
            message_id=reading.answerable_id(content),
            by=by,
            at=row.received_at,
        )
    except Refusal:
        row.unheeded = kinds
    else:
        row.demands = kinds


def _heeded_lately(row: Letter, sender: str) -> int:
    """Return how many letters of a sender were heeded within a day before one; forged ones are counted by themselves.

    So whoever writes under the address of another uses up nothing of theirs.
    """
    before = Letter.objects.filter(
        addresses__contains=[address_digest(sender)],
        received_at__gt=row.received_at - A_DAY,
        received_at__lte=row.received_at,
    )
    heeded = before.exclude(demands="").values_list("verdicts", flat=True)
    is_forged = is_suspicious(row.verdicts)
    return sum(is_suspicious(verdicts) == is_forged for verdicts in heeded)
