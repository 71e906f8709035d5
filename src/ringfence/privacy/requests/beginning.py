"""Enters how each kind of request is carried out that this room can carry out by itself."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.requests import carrying, effects
from ringfence.privacy.rules import RequestKind


def erase(*, request: UUID, subject: UUID, by: Actor, at: datetime) -> str:
    """Begin the deletion; return the word of the address where it can be followed."""
    return erasure.begin(subject=subject, request=request, by=by, at=at)


def enter() -> None:
    """Enter them."""
    carrying.enter(RequestKind.DELETE, erase)
    carrying.enter(RequestKind.RESTRICT, effects.begin)
    carrying.enter(RequestKind.OBJECT, effects.begin)
