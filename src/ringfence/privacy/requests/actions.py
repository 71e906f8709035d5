"""The life of a request: received, identity confirmed, approved, carried out, closed; or refused, or withdrawn."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import fees
from ringfence.privacy.requests.intake_models import RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState

LONGEST: int = 4000
"""Characters of what somebody writes with a request; further text is cut off."""


@action("privacy.open_request")
def open_request(
    *,
    subject: UUID,
    kind: RequestKind,
    channel: Channel,
    by: Actor,
    at: datetime,
    received_at: datetime | None = None,
    asked: str = "",
) -> SubjectRequest:
    """Open a request, or join the one of that kind which is open already; its clock goes on from its own receipt.

    `received_at` is the moment it reached us when that was before `at`, as with a mail; `asked` is what the person
    wrote. Raises Refusal for a person who is being erased.
    """
    if Erasure.objects.filter(subject=subject).exists():
        raise Refusal("being_erased", gettext_noop("This account is being deleted."))
    found = _open_one(subject, kind)
    if found is None:
        made = SubjectRequest(
            subject=subject,
            kind=kind,
            channel=channel,
            state=RequestState.RECEIVED,
            received_at=min(received_at or at, at),
            asked=asked.strip()[:LONGEST] or None,
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            found = _open_one(subject, kind)
            if found is None:
                raise
        else:
            about(subject, request=public_id("req", made.pk), kind=str(kind), channel=str(channel))
            return made
    return _joined(found, asked, by)


def _open_one(subject: UUID, kind: RequestKind) -> SubjectRequest | None:
    return SubjectRequest.objects.filter(subject=subject, kind=kind, state__in=rules.OPEN_STATES).first()


def _joined(found: SubjectRequest, asked: str, by: Actor) -> SubjectRequest:
    """Count a repeat, and keep what it adds in words.

    To what was confirmed already only the person can add, signed in: whoever fills in a form is anybody.
    """
    nothing_happened()
    SubjectRequest.objects.filter(pk=found.pk).update(repeats=F("repeats") + 1)
    said, before = asked.strip()[:LONGEST], written(found)
    if said and said not in before and takes_words(found, by):
        found.asked = f"{before}\n\n{said}".strip()[-LONGEST:]
        found.save(update_fields=["asked"])
    return found


def takes_words(found: SubjectRequest, by: Actor) -> bool:
    """Tell whether somebody may add words to a request: before it is confirmed everybody, afterwards the person."""
    is_own = by.kind is Kind.CUSTOMER and by.person == found.subject
    return is_own or found.state != RequestState.APPROVED


def written(found: SubjectRequest) -> str:
    """Return what the person wrote with a request."""
    return str(found.asked.open() or "") if found.asked is not None else ""


@action("privacy.approve_request")
def approve(*, request: UUID, by: Actor, at: datetime, means: str = "account") -> SubjectRequest:
    """Take the person's identity as confirmed: they are signed in afresh, or followed a link sent to them (`means`).

    Nobody of our staff can say it in their place. Raises Refusal, also for a copy whose fee was not accepted.
    """
    if by.kind is Kind.STAFF:
        raise Refusal(
            "request_not_confirmed",
            gettext_noop(
                "Only the person can confirm it: signed in, or by the link in the letter. Send it again."
            ),
        )
    found = locked(request)
    if found.kind == RequestKind.COPY:
        fees.require_accepted(found, by=by, at=at)
    found.waiting_since, found.confirmed_by = None, means
    RequestLink.objects.filter(request=found).delete()
    return move(found, RequestState.APPROVED)


@action("privacy.carry_out_request")
def carry_out(*, request: UUID, by: Actor, at: datetime) -> SubjectRequest:
    """Say that what was asked is done, which stops the clock; a repeat changes nothing."""
    found = locked(request)
    if found.carried_out_at is not None:
        nothing_happened()
        return found
    found.carried_out_at = max(at, found.received_at)
    fees.owe(found, by=by, at=at)
    return move(found, RequestState.CARRIED_OUT)


@action("privacy.close_request")
def close(*, request: UUID, by: Actor, at: datetime) -> SubjectRequest:
    """End a request whose outcome the person has been given."""
    found = locked(request)
    found.closed_at = max(at, found.received_at)
    return move(found, RequestState.CLOSED)


@action("privacy.withdraw_request")
def withdraw(*, request: UUID, by: Actor, at: datetime) -> SubjectRequest:
    """Take a request back, at the person's wish. Raises Refusal once a deletion has begun, and for somebody else."""
    found = locked(request)
    if by.kind is not Kind.CUSTOMER or by.person != found.subject:
        raise Refusal("request_not_yours", gettext_noop("Only the person who asked can take a request back."))
    if Erasure.objects.filter(request=found).exists():
        raise Refusal("being_erased", gettext_noop("This account is being deleted."))
    found.closed_at, found.waiting_since = max(at, found.received_at), None
    RequestLink.objects.filter(request=found).delete()
    return move(found, RequestState.WITHDRAWN)


def locked(request: UUID) -> SubjectRequest:
    """Return a request, held by the running action."""
    return SubjectRequest.objects.select_for_update().get(pk=request)


def move(found: SubjectRequest, to: RequestState) -> SubjectRequest:
    """The one place where a request changes its state."""
    found.state = rules.moved(found.state, to)
    found.save()
    about(*([found.subject] if found.subject else []), request=public_id("req", found.pk), state=str(to))
    return found
