"""The life of a request: received, identity confirmed, approved, carried out, closed; or refused, or withdrawn."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.guarded import require_action
from ringfence.privacy.requests import carrying, fees
from ringfence.privacy.requests.intake_models import RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import people
from ringfence.privacy.rules import Channel, RequestKind, RequestState

SHOWN_TO_STAFF: Final = frozenset({"code", "callback"})
"""How a caller shows who they are: reading a code out, or answering when we call the number on file."""

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
    rows = SubjectRequest.objects.filter(subject=subject, kind=kind, state__in=rules.OPEN_STATES)
    return rows.select_for_update().first()


def _joined(found: SubjectRequest, asked: str, by: Actor) -> SubjectRequest:
    """Count a repeat, and keep what it says. A link that was sent before is for other words, and works no more."""
    nothing_happened()
    before = written(found)
    words = _words_together(found, before, asked.strip()[:LONGEST], by)
    found.repeats += 1
    if words != before:
        found.asked = words or None
        RequestLink.objects.filter(request=found).delete()
    found.save(update_fields=["repeats", "asked"])
    return found


def _words_together(found: SubjectRequest, before: str, said: str, by: Actor) -> str:
    """Return what a request says after a repeat.

    Whoever fills in a form is anybody. So the words of the person, signed in, take the place of what came before they
    confirmed anything, and to what was confirmed only they can add.
    """
    is_own = by.kind is Kind.CUSTOMER and by.person == found.subject
    is_confirmed = found.state == RequestState.APPROVED
    if is_own and not is_confirmed:
        return said
    if said in before or (is_confirmed and not is_own):
        return before
    return f"{before}\n\n{said}".strip()[-LONGEST:]


def written(found: SubjectRequest) -> str:
    """Return what the person wrote with a request."""
    return str(found.asked.open() or "") if found.asked is not None else ""


@action("privacy.approve_request")
def approve(*, request: UUID, by: Actor, at: datetime, means: str = "account") -> SubjectRequest:
    """Take the person's identity as confirmed: they are signed in afresh, or followed a link sent to them (`means`).

    Nobody of our staff can say it in their place, but for a caller who was shown to be the person (`SHOWN_TO_STAFF`).
    Raises Refusal, also for a copy whose fee was not accepted.
    """
    if by.kind is Kind.STAFF and means not in SHOWN_TO_STAFF:
        raise Refusal(
            "request_not_confirmed",
            gettext_noop(
                "Only the person can confirm it: signed in, or by the link in the letter. Send it again."
            ),
        )
    found = locked(request)
    call_off_notice(found, by=by, at=at)
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
    call_off_notice(found, by=by, at=at)
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
    call_off_notice(found, by=by, at=at)
    return end_undone(found, RequestState.WITHDRAWN, by=by, at=at)


def call_off_notice(found: SubjectRequest, *, by: Actor, at: datetime) -> None:
    """Take back a notice that was to refuse a request of which something else becomes; whoever calls it saves.

    Raises Refusal when the post has taken the notice: then it is refused.
    """
    require_action("a request")
    if found.notice is None or found.state not in rules.OPEN_STATES:
        return
    if not people().take_back(letter=found.notice, by=by, at=at):
        raise Refusal(
            "request_refused",
            gettext_noop(
                "It was refused by a letter to the customer a moment ago. It can be asked for anew."
            ),
        )
    found.notice, found.refusal_article, found.refusal_reason = None, "", None


def end_undone(found: SubjectRequest, to: RequestState, *, by: Actor, at: datetime) -> SubjectRequest:
    """End a request that is not carried out, with its link and whatever was begun for it; in the running action."""
    found.closed_at, found.waiting_since = max(at, found.notice_sent_at or found.received_at), None
    RequestLink.objects.filter(request=found).delete()
    carrying.give_up(found.kind, request=found.pk, by=by, at=at)
    return move(found, to)


def locked(request: UUID) -> SubjectRequest:
    """Return a request, held by the running action."""
    return SubjectRequest.objects.select_for_update().get(pk=request)


def move(found: SubjectRequest, to: RequestState) -> SubjectRequest:
    """The one place where a request changes its state."""
    found.state = rules.moved(found.state, to)
    found.save()
    about(*([found.subject] if found.subject else []), request=public_id("req", found.pk), state=str(to))
    return found
