"""People who ask for things, and the post that takes the letters about it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.requests import actions, confirming
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind

SYSTEM = Actor.system("tests")
STRANGER = Actor.stranger()


def officer(*roles: Role, purpose: str = "request") -> Actor:
    """A member of staff who answers requests."""
    return Actor.staff(uuid4(), frozenset(roles or {Role.PRIVACY}), purpose)


def asked(person: UUID, kind: RequestKind, received_at: datetime, at: datetime, **more: Any) -> UUID:
    """Have somebody ask by the form."""
    made = actions.open_request(
        subject=person, kind=kind, channel=Channel.FORM, received_at=received_at, by=STRANGER, at=at, **more
    )
    return made.pk


def sent_link(request: UUID, at: datetime) -> str:
    """Send the letter that asks who it was; return the token in its link."""
    confirming.send_link(request=request, by=SYSTEM, at=at)
    return str(letters("request-confirm")[-1]["token"])


def letters(kind: str) -> list[dict[str, Any]]:
    """What the letters of a kind say, the oldest first."""
    rows = OutgoingLetter.objects.filter(kind=kind).order_by("made_at", "id")
    return [row.facts.open() for row in rows]


def post(at: datetime) -> None:
    """Let the post take every letter."""
    for letter in OutgoingLetter.objects.filter(state="waiting").values_list("pk", flat=True):
        accounts.letter_sent(letter=letter, by=SYSTEM, at=at)


def lose(at: datetime) -> None:
    """Let the post refuse every letter for good."""
    for letter in OutgoingLetter.objects.filter(state="waiting").values_list("pk", flat=True):
        accounts.letter_failed(letter=letter, for_good=True, by=SYSTEM, at=at)


def row(request: UUID) -> SubjectRequest:
    """A request as it stands."""
    return SubjectRequest.objects.get(pk=request)
