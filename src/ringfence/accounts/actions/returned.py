"""Letters that came back, reports that one was not wanted, and addresses that take none."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.accounts import letter_ends
from ringfence.accounts.letter_ends import LetterEnd
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.accounts.models.letters import GIVEN_UP, RETURNED, SENT, WAITING
from ringfence.accounts.work import defer
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop

IN_HANDS: Final = timedelta(minutes=5)
"""How long a letter may be in the hands of the post without an answer; after that its worker has died."""


@action("accounts.letter_returned")
def letter_returned(*, letter: UUID, for_good: bool, by: Actor, at: datetime) -> bool:
    """Book that a letter came back; return whether it was one that the post had. A repeat changes nothing.

    It may come back before it is noted that the post has taken it. `for_good` says that the address takes no letters
    at all: then it is marked, as long as it is the account's.
    """
    out = Q(state=SENT) | Q(state=WAITING, attempts__gt=0)
    row = OutgoingLetter.objects.select_for_update().filter(out, pk=letter).first()
    if row is None:
        nothing_happened()
        return False
    OutgoingLetter.objects.filter(pk=letter).update(state=RETURNED)
    letter_ends.tell(LetterEnd.RETURNED, row, by=by, at=at)
    marked = for_good and letter_ends.mark_unreachable(row, at)
    _about(row, unreachable=marked)
    return True


@action("accounts.letter_unwanted")
def letter_unwanted(*, letter: UUID, by: Actor, at: datetime) -> bool:
    """Book that its reader reported a letter as unwanted; return whether there is such a letter that went out."""
    row = OutgoingLetter.objects.select_for_update().filter(pk=letter, state=SENT, unwanted_at=None).first()
    if row is None:
        nothing_happened()
        return False
    OutgoingLetter.objects.filter(pk=letter).update(unwanted_at=at)
    letter_ends.tell(LetterEnd.UNWANTED, row, by=by, at=at)
    _about(row)
    return True


def _about(row: OutgoingLetter, **facts: bool) -> None:
    known = Person.objects.filter(pk=row.subject).values_list("pk", flat=True)
    about(*known, kind=row.kind, **facts)


@action("accounts.trust_address")
def trust_address(*, person: UUID, by: Actor, at: datetime) -> None:
    """Write to an address again that letters came back from: its owner says that it is right."""
    if not Person.objects.filter(pk=person, unreachable_at__isnull=False).update(unreachable_at=None):
        nothing_happened()
        return
    about(person)


@action("accounts.retry_letter")
def retry_letter(*, letter: UUID, by: Actor, at: datetime) -> None:
    """Have a letter tried at once that waits, or that was given up.

    Raises Refusal for one that is out already, and for one that is being handed over: it would go out twice.
    """
    row = OutgoingLetter.objects.select_for_update().filter(pk=letter, state__in=[WAITING, GIVEN_UP]).first()
    if row is None:
        raise Refusal(
            "letter_is_out", gettext_noop("This letter is out already, or gone. Reload the page to see it.")
        )
    if row.taken_at is not None and row.taken_at > at - IN_HANDS:
        raise Refusal(
            "letter_in_hands",
            gettext_noop("This letter is being handed over just now. Reload the page in some minutes."),
        )
    attempts = 0 if row.state == GIVEN_UP else row.attempts
    OutgoingLetter.objects.filter(pk=letter).update(state=WAITING, attempts=attempts, next_at=at)
    defer("accounts.send_letter", letter=str(letter))
    about(letter=public_id("let", letter))
