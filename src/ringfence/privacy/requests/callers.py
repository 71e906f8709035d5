"""A caller whom staff have shown to be the customer: what they ask is filed for them, as confirmed (clause 6.2).

Staff still confirm nothing by their word: the room that checks callers says by which means it was shown, and to whom.
"""

from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.requests import actions, confirming
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import Said, people
from ringfence.privacy.rules import Channel, RequestKind, RequestState

UNCONFIRMED: Final = (RequestState.RECEIVED, RequestState.CONFIRMING)


class Shown(Protocol):
    """Says by which means a member of staff has been shown that a caller is a person, a moment ago."""

    def __call__(self, *, subject: UUID, staff: UUID, at: datetime) -> str:
        """Return one of `SHOWN_TO_STAFF`, or nothing."""


_shown: list[Shown] = []


def install(shown: Shown) -> None:
    """Say who checks callers."""
    _shown[:] = [shown]


@action("privacy.file_for_caller")
def file_for_caller(
    *, subject: UUID, kind: RequestKind, asked: str, by: Actor, at: datetime
) -> SubjectRequest:
    """Open or join what a caller asks, as confirmed; a letter asks again where something cannot be undone.

    That is a deletion, and whatever joins words that the caller has not heard. Raises Refusal when nobody has been
    shown to be calling.
    """
    shown = [one(subject=subject, staff=by.person, at=at) for one in _shown] if by.person else []
    means = next((one for one in shown if one in actions.SHOWN_TO_STAFF), "")
    if not means or not by.has(Role.SUPPORT):
        raise Refusal(
            "caller.not_confirmed",
            gettext_noop(
                "Confirm first who is calling: by a code that they read out, or by calling them back."
            ),
        )
    made = actions.open_request(subject=subject, kind=kind, channel=Channel.STAFF, asked=asked, by=by, at=at)
    about(subject, request=public_id("req", made.pk), means=means)
    if made.state in UNCONFIRMED and (kind is RequestKind.DELETE or made.repeats):
        confirming.send_link(request=made.pk, by=by, at=at)
    elif made.state in UNCONFIRMED:
        confirming.confirm_shown(request=made.pk, means=means, by=by, at=at)
        _tell(made, subject, means, by, at)
    return SubjectRequest.objects.get(pk=made.pk)


def _tell(made: SubjectRequest, subject: UUID, means: str, by: Actor, at: datetime) -> None:
    """Write to the customer what was filed in their name, so that nothing on the phone goes past them."""
    facts: dict[str, Said] = {
        "what": made.kind,
        "means": means,
        "received_at": made.received_at.isoformat(),
        "due_at": rules.due_at(made.received_at).isoformat(),
    }
    people().write(person=subject, kind="request-filed", facts=facts, by=by, at=at)
