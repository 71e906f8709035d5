"""Asking the store's own addresses, a few at a time, the longest not asked first (clause 2.7).

Which addresses there are the interfaces know: they enter who lists them, and who says whether an answer is as it should
be. The list is read anew each time, so that a new page is asked by itself and one that is gone is forgotten. Nothing is
asked inside a transaction.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.secrecy import words
from ringfence.privacy.secrecy.models import OwnAnswer
from ringfence.privacy.secrecy.ports import Said, stranger

AT_ONCE: Final = 25
"""Addresses asked again in one run, of which there is one every five minutes: all of them within an hour."""

NEW_AT_ONCE: Final = 120
"""Addresses asked for the first time in one run."""

Listing = Callable[[], Collection[str]]
Expected = Callable[[str, int], bool]
_listings: list[Listing] = []
_expected: list[Expected] = []


def enter_questions(listing: Listing, expected: Expected) -> None:
    """Enter who lists questions: each a method and a path, such as "GET /en/help/".

    `expected` tells whether a question is answered with a status as it should be: any other answer read no page.
    """
    _listings[:], _expected[:] = [listing], [expected]


def questions() -> list[str]:
    """Return every question there is."""
    return sorted({question for listing in _listings for question in listing()})


def ask_on(*, by: Actor, at: datetime) -> int:
    """Ask the next few questions and store what was answered; return how many."""
    note_questions(there=questions(), by=by, at=at)
    known = OwnAnswer.objects.order_by("looked_at", "id").values_list("question", flat=True)
    chosen = list(known.filter(looked_at=None)[:NEW_AT_ONCE])
    chosen += known.exclude(looked_at=None)[: max(AT_ONCE - len(chosen), 0)]
    asker = stranger()
    for question in chosen:
        method, _space, path = question.partition(" ")
        said = asker.ask(method, path)
        is_read = bool(said.status) and all(expected(question, said.status) for expected in _expected)
        keep(question=question, said=said, is_read=is_read, by=by, at=at)
    return len(chosen)


@action("privacy.note_own_addresses")
def note_questions(*, there: Sequence[str], by: Actor, at: datetime) -> None:
    """Note addresses that are new, and forget those that are gone."""
    nothing_happened()
    known = set(OwnAnswer.objects.values_list("question", flat=True))
    OwnAnswer.objects.bulk_create(
        [OwnAnswer(question=one, noted_at=at) for one in there if one not in known], ignore_conflicts=True
    )
    gone = known - set(there)
    if gone:
        OwnAnswer.objects.filter(question__in=gone).delete()


@action("privacy.keep_own_answer")
def keep(*, question: str, said: Said, is_read: bool, by: Actor, at: datetime) -> None:
    """Store what an answer named, and whether the page was read. A finding that is new is a line in the ledger."""
    row = OwnAnswer.objects.select_for_update().filter(question=question).first()
    if row is None:
        nothing_happened()
        return
    row.looked_at, row.status = at, said.status
    before = list(row.named)
    if said.status:
        row.named = words.named(said.headers, said.body)
    if is_read:
        row.answered_at = at
    row.save()
    if set(row.named) <= set(before):
        nothing_happened()
        return
    about(words=len(row.named))
