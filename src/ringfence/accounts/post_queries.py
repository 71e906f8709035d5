"""What staff may see of letters that went out: kinds, states and moments, and nobody's address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.accounts.models.letters import GIVEN_UP, RETURNED, SENT, STATES, TRIED, WAITING
from ringfence.accounts.rules import PersonKind, PersonState
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id

PAGE: Final = 50
UNWANTED: Final = "unwanted"
"""What the outbox can be narrowed to beside the states: letters whose reader did not want them."""


@dataclass(frozen=True, slots=True)
class LetterOut:
    """A letter in the outbox."""

    id: UUID
    kind: str
    language: str
    state: str
    attempts: int
    made_at: datetime
    next_at: datetime
    sent_at: datetime | None
    unwanted_at: datetime | None

    @property
    def public_id(self) -> str:
        """Its id outside, which its Message-ID has too."""
        return public_id("let", self.id)

    @property
    def can_be_tried(self) -> bool:
        """Whether it is not out yet."""
        return self.state in {WAITING, GIVEN_UP}


@dataclass(frozen=True, slots=True)
class Outbox:
    """Some letters, the newest first, and the id after which the next ones come; empty at the end."""

    rows: list[LetterOut]
    cursor: str


def counts() -> dict[str, int]:
    """Return how many letters of the last 30 days are in each state, and how many were not wanted."""
    found = dict(OutgoingLetter.objects.values_list("state").annotate(Count("pk")))
    unwanted = OutgoingLetter.objects.filter(unwanted_at__isnull=False).count()
    return {**{state: found.get(state, 0) for state in STATES}, UNWANTED: unwanted}


def kinds(state: str) -> list[tuple[str, int]]:
    """Return the kinds of letters in a state, or in any when it is empty, the most frequent first."""
    found = OutgoingLetter.objects.filter(_of(state)).values_list("kind").annotate(many=Count("pk"))
    return list(found.order_by("-many", "kind"))


def outbox(state: str = "", kind: str = "", after: str = "") -> Outbox:
    """Return letters of a state and a kind, or of any."""
    found = OutgoingLetter.objects.filter(_of(state))
    if kind:
        found = found.filter(kind=kind)
    start = _start(after)
    if start is not None:
        earlier = Q(made_at__lt=start.made_at) | Q(made_at=start.made_at, pk__lt=start.pk)
        found = found.filter(earlier)
    rows = list(found.order_by("-made_at", "-pk")[: PAGE + 1])
    shown = [_shown(row) for row in rows[:PAGE]]
    return Outbox(shown, shown[-1].public_id if len(rows) > PAGE else "")


def _shown(row: OutgoingLetter) -> LetterOut:
    return LetterOut(
        *(row.pk, row.kind, row.language, row.state, row.attempts),
        *(row.made_at, row.next_at, row.sent_at, row.unwanted_at),
    )


def not_taken(limit: int) -> tuple[list[LetterOut], int]:
    """Return letters that the post did not take three times and that wait, the oldest first, and how many there are."""
    found = OutgoingLetter.objects.filter(state=WAITING, attempts__gte=TRIED).order_by("made_at", "pk")
    return [_shown(row) for row in found[:limit]], found.count()


def _of(state: str) -> Q:
    if state == UNWANTED:
        return Q(unwanted_at__isnull=False)
    return Q(state=state) if state in STATES else Q()


def _start(after: str) -> OutgoingLetter | None:
    try:
        return OutgoingLetter.objects.filter(pk=parse(after, "let")).first() if after else None
    except NotAPublicId:
        return None


def troubled() -> dict[str, int]:
    """Return how many letters were given up, or came back; those of other states are not read for it."""
    states = (GIVEN_UP, RETURNED)
    found = OutgoingLetter.objects.filter(state__in=states).values_list("state").annotate(Count("pk"))
    return dict.fromkeys(states, 0) | dict(found)


def unreachable_since(person: UUID) -> datetime | None:
    """Return since when letters to a person's address come back; None when they do not."""
    return Person.objects.filter(pk=person).values_list("unreachable_at", flat=True).first()


def count_unreachable() -> int:
    """Return how many customers have an address that takes no letters."""
    return Person.objects.filter(
        kind=PersonKind.CUSTOMER, state=PersonState.ACTIVE, unreachable_at__isnull=False
    ).count()


def is_out(letter: UUID) -> bool:
    """Tell whether a letter of ours is on its way or arrived, and nothing has come back of it yet."""
    out = Q(state=SENT, unwanted_at=None) | Q(state=WAITING, attempts__gt=0)
    return OutgoingLetter.objects.filter(out, pk=letter).exists()
