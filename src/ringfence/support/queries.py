"""What the interfaces may ask of the support room."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from ringfence.accounts.queries import has_account, is_customer
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.support.models import Letter
from ringfence.support.rules import READ


@dataclass(frozen=True, slots=True, repr=False)
class LetterKept:
    """A letter as it came in, opened."""

    id: UUID
    sender: str
    recipients: list[str]
    content: bytes
    received_at: datetime


def newest_letters(limit: int) -> list[LetterKept]:
    """Return the newest of our letters that ended here, opened; those of erased people are left out.

    What people wrote to us is in no mailbox of theirs, and is left out too.
    """
    rows = list(Letter.objects.filter(to_us=False).order_by("-received_at", "id")[:limit])
    keyring.prefetch([row.subject for row in rows], RetentionClass.MESSAGES)
    found = []
    for row in rows:
        envelope, content = row.envelope.open(), row.content.open()
        if envelope and content:
            found.append(LetterKept(row.pk, envelope["from"], envelope["to"], content, row.received_at))
    return found


def senders_of(letters: Collection[UUID]) -> dict[UUID, str]:
    """Return from which addresses some letters came, as long as those are kept."""
    rows = Letter.objects.filter(pk__in=letters).defer("content")
    return {row.pk: str((row.envelope.open() or {}).get("from", "")) for row in rows}


def writers_of(letters: Collection[UUID]) -> list[UUID]:
    """Return who wrote some letters, as far as they have an account; nothing is opened."""
    subjects = Letter.objects.filter(pk__in=letters).order_by("subject").values_list("subject", flat=True)
    return [one for one in subjects.distinct() if has_account(one)]


@dataclass(frozen=True, slots=True)
class LetterAsking:
    """A letter to us in a list: what it asks for and what was corrected, and nothing of who wrote it or what."""

    id: UUID
    received_at: datetime
    kind: str
    demands: tuple[str, ...]
    unheeded: tuple[str, ...]
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    person: UUID | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """How letters to us were understood, as far as people have read them; of the time for which letters are kept."""

    letters: int
    asking: int
    missed: int
    wrong: int
    waiting: int
    automatic: int
    unheeded: int


def letters_to_us(which: str, start: int, limit: int) -> list[LetterAsking]:
    """Return letters that people wrote to us, the newest first: `asking`, `silent` or `corrected` ones, or `all`.

    `automatic` are the others: automatic answers, and what came back of our own letters.
    """
    rows = Letter.objects.filter(to_us=True, sorted_at__isnull=False)
    rows = rows.exclude(kind__in=READ) if which == "automatic" else rows.filter(kind__in=READ)
    if which == "asking":
        rows = rows.exclude(demands="", unheeded="")
    elif which == "silent":
        rows = rows.filter(demands="", unheeded="", wrong="")
    elif which == "corrected":
        rows = rows.exclude(missed="", wrong="")
    found = rows.defer("content", "envelope", "attached").order_by("-received_at", "id")[
        start : start + limit
    ]
    return [_asking(row) for row in found]


def letter_to_us(letter: UUID) -> LetterAsking | None:
    """Return one letter that somebody wrote to us, without its words; None when it is not there any more."""
    rows = Letter.objects.filter(pk=letter, to_us=True, sorted_at__isnull=False)
    row = rows.defer("content", "envelope", "attached").first()
    return _asking(row) if row else None


def _asking(row: Letter) -> LetterAsking:
    demands, unheeded, missed, wrong = (
        tuple(word for word in text.split(",") if word)
        for text in (row.demands, row.unheeded, row.missed, row.wrong)
    )
    person = row.subject if is_customer(row.subject) else None
    return LetterAsking(row.pk, row.received_at, row.kind, demands, unheeded, missed, wrong, person)


COUNTED: Final = """
SELECT count(*) FILTER (WHERE sorted_at IS NOT NULL), count(*) FILTER (WHERE demands <> ''),
    coalesce(sum(cardinality(string_to_array(missed, ','))), 0),
    coalesce(sum(cardinality(string_to_array(wrong, ','))), 0),
    count(*) FILTER (WHERE sorted_at IS NULL AND received_at < %s),
    count(*) FILTER (WHERE sorted_at IS NOT NULL AND kind IN ('program', 'bounce')),
    count(*) FILTER (WHERE unheeded <> '')
FROM support_letter WHERE to_us
"""


def corrections(before: datetime) -> Corrections:
    """Return how letters to us were understood; `waiting` are those of before a moment that nobody has looked at.

    `automatic` are those that no conversation holds: automatic answers, and what came back of our own letters.
    `unheeded` are those that seem to ask for something and wait for a person to begin it.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [before])
        return Corrections(*map(int, cursor.fetchone()))
