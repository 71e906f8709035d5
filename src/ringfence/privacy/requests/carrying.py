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


_beginnings: dict[RequestKind, Begin] = {}


def enter(kind: RequestKind, begin: Begin) -> None:
    """Enter how a kind of request is carried out; entering it again replaces it."""
    _beginnings[kind] = begin


def runs_by_itself(kind: str) -> bool:
    """Tell whether an approved request of a kind is carried out without anybody's help."""
    return kind in _beginnings


def begin(kind: str, *, request: UUID, subject: UUID, by: Actor, at: datetime) -> str:
    """Begin to carry out an approved request; return the word to follow it by, nothing when people do it."""
    found = _beginnings.get(RequestKind(kind))
    return found(request=request, subject=subject, by=by, at=at) if found else ""
