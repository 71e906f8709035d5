"""What people carry out themselves: a change that staff or the customer made, an order that was cancelled."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.requests import actions, carrying, refusing
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import people
from ringfence.privacy.rules import RequestState


@dataclass(frozen=True, slots=True, repr=False)
class Looked:
    """What the customer wrote with a request, and for which reason it is refused; each may be empty."""

    asked: str
    reason: str


@action("privacy.meet_request")
def meet(*, request: UUID, by: Actor, at: datetime) -> None:
    """Say that what was asked is done: by the customer themselves, or by staff, who then write to the customer.

    Raises Refusal when it was not confirmed, and for what runs by itself.
    """
    found = actions.locked(request)
    by_owner = by.kind is Kind.CUSTOMER and by.person == found.subject
    if found.subject is None or not (by_owner or by.has(Role.PRIVACY, Role.SUPPORT)):
        raise Refusal("request_not_yours", gettext_noop("Only the person who asked can confirm a request."))
    if carrying.runs_by_itself(found.kind):
        raise Refusal(
            "runs_by_itself", gettext_noop("This runs by itself and ends by itself. Nobody ends it by hand.")
        )
    if found.state != RequestState.APPROVED:
        raise Refusal(
            "request_not_confirmed",
            gettext_noop(
                "Only the person can confirm it: signed in, or by the link in the letter. Send it again."
            ),
        )
    about(found.subject, request=public_id("req", found.pk))
    actions.carry_out(request=request, by=by, at=at)
    actions.close(request=request, by=by, at=at)
    if not by_owner:
        facts = {"what": found.kind, "received_at": found.received_at.isoformat()}
        people().write(person=found.subject, kind="request-done", facts=facts, by=by, at=at)


@action("privacy.look_at_request")
def look(*, request: UUID, by: Actor, at: datetime) -> Looked:
    """Open what stands in words of a request, for staff with a purpose; the customer reads of it (clause 2.1)."""
    found = SubjectRequest.objects.get(pk=request)
    if found.subject is not None:
        about(found.subject, request=public_id("req", found.pk))
    return Looked(actions.written(found), refusing.reason_of(found))
