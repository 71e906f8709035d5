"""Saying no: under an article, with a reason, by a notice that was sent and names the right to complain.

Nothing is refused before the notice is on its way: until the post has taken the letter the request stays open. One that
cannot be delivered is sent again, or staff tell the customer in another way and say so.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import actions, fees
from ringfence.privacy.requests.confirming import stays_facts
from ringfence.privacy.requests.intake_models import RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import Said, people
from ringfence.privacy.rules import GROUNDS, OPEN_STATES, Ground, RequestKind, RequestState, Way

UNCONFIRMED: Final = (RequestState.RECEIVED, RequestState.CONFIRMING)

NOBODY_CONFIRMED: Final = gettext_noop(
    "We asked by letter, to the address we have, whether it was you, and nobody has confirmed it. So that nobody else"
    " can ask in your name, we do nothing. You can ask again at any time."
)
NOBODY_ACCEPTED: Final = gettext_noop(
    "A further copy costs a fee, and it was not accepted in time. You owe nothing. You can ask again at any time."
)
"""The reasons given when software itself refuses."""


@action("privacy.refuse_request")
def refuse(*, request: UUID, ground: Ground, reason: str, by: Actor, at: datetime) -> None:
    """Write the notice that refuses a request. It is refused when the notice has been sent, and open until then.

    Raises Refusal without a reason, for an article that does not fit, for somebody who may not refuse, and once a
    deletion has begun.
    """
    found = actions.locked(request)
    _require(found, ground, reason, by)
    actions.call_off_notice(found, by=by, at=at)
    found.refusal_article, found.refusal_reason = ground, reason.strip()[: actions.LONGEST]
    _write_notice(found, reason.strip(), by, at)
    about(*_whom(found), request=public_id("req", found.pk), ground=ground.name.lower())


def _require(found: SubjectRequest, ground: Ground, reason: str, by: Actor) -> None:
    _require_open(found, by)
    if Erasure.objects.filter(request=found).exists():
        raise Refusal("being_erased", gettext_noop("This account is being deleted."))
    does_fit = RequestKind(found.kind) in GROUNDS[ground]
    if not does_fit or (ground is Ground.FEE_NOT_ACCEPTED and not fees.waits_for_a_yes(found.pk)):
        raise Refusal(
            "ground_does_not_fit",
            gettext_noop("This article does not speak of such a request. Choose the one that does."),
        )
    if not reason.strip():
        raise Refusal(
            "reason_missing", gettext_noop("Write the reason in plain words: the customer reads it.")
        )


def _require_open(found: SubjectRequest, by: Actor) -> None:
    if not (by.has(Role.PRIVACY) or by.kind is Kind.SYSTEM):
        raise Refusal("not_yours_to_refuse", gettext_noop("Only the privacy role may refuse a request."))
    if found.state not in OPEN_STATES or found.subject is None:
        raise Refusal("request_ended", gettext_noop("This request has ended."))


def _whom(found: SubjectRequest) -> list[UUID]:
    return [found.subject] if found.subject is not None else []


def _write_notice(found: SubjectRequest, reason: str, by: Actor, at: datetime) -> None:
    """Queue the notice to the address on file, and note it. Raises Refusal when there is no account to write to."""
    facts: dict[str, Said] = {
        "what": found.kind,
        "article": found.refusal_article,
        "reason": reason,
        "received_at": found.received_at.isoformat(),
        "authority": str(settings.SUPERVISORY_AUTHORITY),
        **stays_facts(found, at),
    }
    for person in _whom(found):
        found.notice = people().write(person=person, kind="request-refused", facts=facts, by=by, at=at)
    if found.notice is None:
        raise Refusal(
            "nobody_to_tell",
            gettext_noop(
                "There is no account to write to any more, and nothing is refused without a notice."
            ),
        )
    found.save(update_fields=["refusal_article", "refusal_reason", "notice"])


@action("privacy.send_notice_again")
def send_again(*, request: UUID, by: Actor, at: datetime) -> None:
    """Send a notice that could not be delivered once more, to the address that is on file now. Raises Refusal."""
    found = actions.locked(request)
    _require_undelivered(found, by)
    _write_notice(found, reason_of(found), by, at)
    about(*_whom(found), request=public_id("req", found.pk))


@action("privacy.told_in_another_way")
def told_in_another_way(*, request: UUID, way: Way, by: Actor, at: datetime) -> None:
    """Refuse a request whose notice could not be delivered, now that staff have told the customer in another way.

    The moment of saying so counts, and no earlier one. Raises Refusal.
    """
    found = actions.locked(request)
    _require_undelivered(found, by)
    found.notice_sent_at = max(at, found.received_at)
    about(way=Way(way).name.lower())
    actions.end_undone(found, RequestState.REFUSED, by=by, at=at)


def _require_undelivered(found: SubjectRequest, by: Actor) -> None:
    _require_open(found, by)
    if found.notice is None or not people().given_up(found.notice):
        raise Refusal(
            "notice_under_way", gettext_noop("There is no notice here that could not be delivered.")
        )


def reason_of(found: SubjectRequest) -> str:
    """Return the reason for which a request is refused, opened; empty when there is none."""
    return str(found.refusal_reason.open() or "") if found.refusal_reason is not None else ""


@action("privacy.request_notice_sent")
def notice_sent(*, request: UUID, sent_at: datetime, by: Actor, at: datetime) -> bool:
    """Refuse the request whose notice the post has taken; tell whether it was refused now."""
    found = actions.locked(request)
    if found.state not in OPEN_STATES or found.notice is None or found.refusal_reason is None:
        nothing_happened()
        return False
    found.notice_sent_at = max(sent_at, found.received_at)
    actions.end_undone(found, RequestState.REFUSED, by=by, at=at)
    return True


def follow_notices(*, by: Actor, at: datetime) -> int:
    """Refuse what has been told; return how many."""
    refused = 0
    for request, notice in _told():
        sent_at = people().sent_at(notice)
        if sent_at is not None:
            refused += notice_sent(request=request, sent_at=sent_at, by=by, at=at)
    return refused


def _told() -> list[tuple[UUID, UUID]]:
    rows = SubjectRequest.objects.filter(closed_at=None, notice__isnull=False).order_by("received_at", "pk")
    return [(pk, notice) for pk, notice in rows.values_list("pk", "notice") if notice is not None]


def refuse_unconfirmed(*, by: Actor, at: datetime) -> int:
    """Refuse what nobody has confirmed, or accepted the fee of, shortly before its time limit; return how many.

    As long as a link is alive that somebody may still follow, it is waited for, up to the last moment for a notice.
    """
    alive = RequestLink.objects.filter(request=OuterRef("pk"), expires_at__gt=at)
    waiting = SubjectRequest.objects.filter(
        Q(due_at__lte=at + rules.NOTICE_TAKES) | ~Exists(alive),
        state__in=UNCONFIRMED,
        notice=None,
        received_at__lte=at - timedelta(days=rules.UNCONFIRMED_DAYS),
    ).exclude(subject=None)
    requests = list(waiting.order_by("received_at", "pk").values_list("pk", flat=True))
    for request in requests:
        ground, reason = Ground.UNKNOWN_PERSON, NOBODY_CONFIRMED
        if fees.waits_for_a_yes(request):
            ground, reason = Ground.FEE_NOT_ACCEPTED, NOBODY_ACCEPTED
        with suppress(Refusal):
            refuse(request=request, ground=ground, reason=reason, by=by, at=at)
    return len(requests)


def is_about_to_end(subject: UUID, kind: str) -> bool:
    """Tell whether somebody's request is being refused that nobody has confirmed: by a notice that may still go out."""
    rows = SubjectRequest.objects.filter(subject=subject, kind=kind, state__in=UNCONFIRMED)
    notice = rows.exclude(notice=None).values_list("notice", flat=True).first()
    return notice is not None and not people().given_up(notice)


def is_undeliverable(request: UUID) -> bool:
    """Tell whether the notice of an open request will never go out: the post refuses it, or it is gone."""
    rows = SubjectRequest.objects.filter(pk=request, state__in=OPEN_STATES)
    notice = rows.values_list("notice", flat=True).first()
    return notice is not None and people().given_up(notice)
