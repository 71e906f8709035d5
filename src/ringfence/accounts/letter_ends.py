"""What becomes of letters, who wants to know, and whether one is wanted still: rooms enter it by the kind of letter."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.kernel.actor import Actor


class LetterEnd(StrEnum):
    """What became of a letter."""

    TAKEN = "taken"
    """The post has taken it."""
    GIVEN_UP = "given-up"
    """The post never took it, and it is not tried any more."""
    RETURNED = "returned"
    """The post had taken it, and it came back."""
    UNWANTED = "unwanted"
    """It arrived, and its reader reported that they do not want such letters."""
    WITHDRAWN = "withdrawn"
    """It is not sent: it is not wanted any more."""


class OnEnd(Protocol):
    """What else is to be done; runs in the action that books it."""

    def __call__(self, *, person: UUID, facts: Mapping[str, Any], by: Actor, at: datetime) -> None:
        """Do it. `facts` are those of the letter."""


class IsWanted(Protocol):
    """Whether a letter that was queued may still be sent; asked in the action that takes it for sending."""

    def __call__(self, *, person: UUID, facts: Mapping[str, Any], at: datetime) -> bool:
        """Tell it. `facts` are those of the letter."""


_wanted: dict[str, IsWanted] = {}
_entered: dict[tuple[str, LetterEnd], OnEnd] = {}


def on_end(kind: str, act: OnEnd, *ends: LetterEnd) -> None:
    """Enter what is done once a letter of a kind has come to one of some ends."""
    for end in ends:
        _entered[kind, end] = act


def only_while(kind: str, is_wanted: IsWanted) -> None:
    """Enter what is asked before each attempt to send a letter of a kind; one that is not wanted is withdrawn."""
    _wanted[kind] = is_wanted


def is_wanted(letter: OutgoingLetter, at: datetime) -> bool:
    """Tell whether a letter may still be sent."""
    ask = _wanted.get(letter.kind)
    return ask is None or ask(person=letter.subject, facts=letter.facts.open() or {}, at=at)


def tell(end: LetterEnd, letter: OutgoingLetter, *, by: Actor, at: datetime) -> None:
    """Do what was entered; runs in an action."""
    act = _entered.get((letter.kind, end))
    if act is not None:
        act(person=letter.subject, facts=letter.facts.open() or {}, by=by, at=at)


def mark_unreachable(letter: OutgoingLetter, at: datetime) -> bool:
    """Mark the address of an account as one that takes no letters, when it is the one that a letter went to.

    Runs in an action; tells whether it was marked.
    """
    person = Person.objects.select_for_update().filter(pk=letter.subject, unreachable_at=None).first()
    if person is None or str(person.email.open()) != letter.email.open():
        return False
    person.unreachable_at = at
    person.save(update_fields=["unreachable_at"])
    return True
