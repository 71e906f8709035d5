"""A request that nobody made: software took a letter for one, and a person who read it says that it is none."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.requests import actions
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import people
from ringfence.privacy.rules import OPEN_STATES, Channel, RequestKind, RequestState

UNCONFIRMED: Final = (RequestState.RECEIVED, RequestState.CONFIRMING)


@action("privacy.take_back_misread")
def take_back(*, subject: UUID, kind: RequestKind, received_at: datetime, by: Actor, at: datetime) -> bool:
    """End the request that a letter of that moment began, which asked for nothing; tell whether there was one.

    The person is told by letter, and can ask at once. Nothing happens to a request that was open before the letter.
    Raises Refusal for one that the person has confirmed or asked for again: then it was meant.
    """
    if not by.has(Role.PRIVACY, Role.SUPPORT):
        raise Refusal("request_not_yours", gettext_noop("Only the person who asked can take a request back."))
    rows = SubjectRequest.objects.filter(subject=subject, kind=kind, state__in=OPEN_STATES)
    found = rows.filter(channel=Channel.MAIL, received_at=received_at).select_for_update().first()
    if found is None:
        nothing_happened()
        return False
    if found.state not in UNCONFIRMED or found.repeats:
        raise Refusal(
            "request_meant",
            gettext_noop("The customer has confirmed it or asked for it again meanwhile. So it was meant."),
        )
    actions.call_off_notice(found, by=by, at=at)
    about(subject, request=public_id("req", found.pk))
    facts = {"what": str(kind), "received_at": received_at.isoformat()}
    people().write(person=subject, kind="request-misread", facts=facts, by=by, at=at)
    actions.end_undone(found, RequestState.WITHDRAWN, by=by, at=at)
    return True
