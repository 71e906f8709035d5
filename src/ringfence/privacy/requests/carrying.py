"""Who carries out what: whoever can do a kind of request enters it, and an approved one begins at once.

What nobody entered waits for people: staff see it, with its clock.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.rules import RequestKind


class Begin(Protocol):
    """Begins to carry out an approved request, in the running action; may be repeated."""

    def __call__(self, *, request: UUID, subject: UUID, by: Actor, at: datetime) -> str:
        """Return the word of the address where the person can follow it, or nothing."""


class GiveUp(Protocol):
    """Lets go of what was begun for a request that is taken back or refused, in the running action."""

    def __call__(self, *, request: UUID, by: Actor, at: datetime) -> None:
        """Let go of it."""


_beginnings: dict[RequestKind, Begin] = {}
_ends: dict[RequestKind, GiveUp] = {}


def enter(kind: RequestKind, begin: Begin, give_up: GiveUp | None = None) -> None:
    """Enter how a kind of request is carried out, and what becomes of it half done; entering it again replaces it."""
    _beginnings[kind] = begin
    if give_up is not None:
        _ends[kind] = give_up


def runs_by_itself(kind: str) -> bool:
    """Tell whether an approved request of a kind is carried out without anybody's help."""
    return kind in _beginnings


def begin(kind: str, *, request: UUID, subject: UUID, by: Actor, at: datetime) -> str:
    """Begin to carry out an approved request; return the word to follow it by, nothing when people do it."""
    found = _beginnings.get(RequestKind(kind))
    return found(request=request, subject=subject, by=by, at=at) if found else ""


def give_up(kind: str, *, request: UUID, by: Actor, at: datetime) -> None:
    """Let go of what was begun for a request that is not carried out after all."""
    found = _ends.get(RequestKind(kind))
    if found is not None:
        found(request=request, by=by, at=at)
