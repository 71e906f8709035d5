"""The life of a request: received, approved, carried out, closed."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState


@action("privacy.open_request")
def open_request(
    *,
    subject: UUID,
    kind: RequestKind,
    channel: Channel,
    by: Actor,
    at: datetime,
    received_at: datetime | None = None,
) -> SubjectRequest:
    """Open a request, or join the one of that kind which is open already; its clock goes on from its own receipt.

    `received_at` is the moment it reached us when that was before `at`, as with a mail. Raises Refusal for a person
    who is being erased.
    """
    if Erasure.objects.filter(subject=subject).exists():
        raise Refusal("being_erased", gettext_noop("This account is being deleted."))
    found = SubjectRequest.objects.filter(subject=subject, kind=kind, state__in=rules.OPEN_STATES).first()
    if found:
        nothing_happened()
        return found
    made = SubjectRequest.objects.create(
        subject=subject,
        kind=kind,
        channel=channel,
        state=RequestState.RECEIVED,
        received_at=min(received_at or at, at),
    )
    about(subject, request=public_id("req", made.pk), kind=str(kind), channel=str(channel))
    return made


@action("privacy.approve_request")
def approve(*, request: UUID, by: Actor, at: datetime) -> SubjectRequest:
    """Take the person's identity as confirmed: they are signed in afresh, or followed a link sent to them."""
    return _move(request, RequestState.APPROVED)


@action("privacy.carry_out_request")
def carry_out(*, request: UUID, by: Actor, at: datetime) -> SubjectRequest:
    """Say that what was asked is done, which stops the clock; a repeat changes nothing."""
    found = SubjectRequest.objects.select_for_update().get(pk=request)
    if found.carried_out_at is not None:
        nothing_happened()
        return found
    found.carried_out_at = max(at, found.received_at)
    return _move(request, RequestState.CARRIED_OUT, found)


@action("privacy.close_request")
def close(*, request: UUID, by: Actor, at: datetime) -> SubjectRequest:
    """End a request whose outcome the person has been given."""
    found = SubjectRequest.objects.select_for_update().get(pk=request)
    found.closed_at = max(at, found.received_at)
    return _move(request, RequestState.CLOSED, found)


def _move(request: UUID, to: RequestState, found: SubjectRequest | None = None) -> SubjectRequest:
    """The one place where a request changes its state."""
    found = found or SubjectRequest.objects.select_for_update().get(pk=request)
    found.state = rules.moved(found.state, to)
    found.save()
    about(*([found.subject] if found.subject else []), request=public_id("req", found.pk), state=str(to))
    return found
