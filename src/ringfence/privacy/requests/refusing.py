"""Saying no: under an article, with a reason, by a notice that was sent and names the right to complain.

Nothing is refused before the notice is on its way: until the post has taken the letter the request stays open.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import actions
from ringfence.privacy.requests.confirming import stays_facts
from ringfence.privacy.requests.intake_models import RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import Said, people
from ringfence.privacy.rules import GROUNDS, OPEN_STATES, Ground, RequestKind, RequestState

NOBODY_CONFIRMED: Final = gettext_noop(
    "We asked by letter, to the address we have, whether it was you, and nobody has confirmed it. So that nobody else"
    " can ask in your name, we do nothing. You can ask again at any time."
)
"""The reason given when software itself refuses."""


@action("privacy.refuse_request")
def refuse(*, request: UUID, ground: Ground, reason: str, by: Actor, at: datetime) -> None:
    """Write the notice that refuses a request. It is refused when the notice has been sent, and open until then.

    Raises Refusal without a reason, for an article that does not fit, for somebody who may not refuse, and once a
    deletion has begun.
    """
    found = actions.locked(request)
    _require(found, ground, reason, by)
    if found.subject is None:
        raise Refusal("request_ended", gettext_noop("This request has ended."))
    found.refusal_article, found.refusal_reason = ground, reason.strip()[: actions.LONGEST]
    found.notice = _notice(found, ground, reason.strip(), by, at)
    if found.notice is None:
        raise Refusal(
            "nobody_to_tell",
            gettext_noop(
                "There is no account to write to any more, and nothing is refused without a notice."
            ),
        )
    found.save(update_fields=["refusal_article", "refusal_reason", "notice"])
    about(found.subject, request=public_id("req", found.pk), ground=ground.name.lower())


def _require(found: SubjectRequest, ground: Ground, reason: str, by: Actor) -> None:
    if not (by.has(Role.PRIVACY) or by.kind is Kind.SYSTEM):
        raise Refusal("not_yours_to_refuse", gettext_noop("Only the privacy role may refuse a request."))
    if found.state not in OPEN_STATES:
        raise Refusal("request_ended", gettext_noop("This request has ended."))
    if Erasure.objects.filter(request=found).exists():
        raise Refusal("being_erased", gettext_noop("This account is being deleted."))
    if RequestKind(found.kind) not in GROUNDS[ground]:
        raise Refusal(
            "ground_does_not_fit",
            gettext_noop("This article does not speak of such a request. Choose the one that does."),
        )
    if not reason.strip():
        raise Refusal(
            "reason_missing", gettext_noop("Write the reason in plain words: the customer reads it.")
        )


def _notice(found: SubjectRequest, ground: Ground, reason: str, by: Actor, at: datetime) -> UUID | None:
    assert found.subject is not None
    facts: dict[str, Said] = {
        "what": found.kind,
        "article": str(ground),
        "reason": reason,
        "received_at": found.received_at.isoformat(),
        "authority": str(settings.SUPERVISORY_AUTHORITY),
        **stays_facts(found, at),
    }
    return people().write(person=found.subject, kind="request-refused", facts=facts, by=by, at=at)


@action("privacy.request_notice_sent")
def notice_sent(*, request: UUID, sent_at: datetime, by: Actor, at: datetime) -> bool:
    """Refuse the request whose notice the post has taken; tell whether it was refused now."""
    found = actions.locked(request)
    if found.state not in OPEN_STATES or found.notice is None or found.refusal_reason is None:
        nothing_happened()
        return False
    found.notice_sent_at = max(sent_at, found.received_at)
    found.closed_at, found.waiting_since = max(at, found.notice_sent_at), None
    RequestLink.objects.filter(request=found).delete()
    actions.move(found, RequestState.REFUSED)
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
    """Refuse, under GDPR art. 12(2), what nobody has confirmed shortly before its time limit; return how many."""
    waiting = SubjectRequest.objects.filter(
        state__in=[RequestState.RECEIVED, RequestState.CONFIRMING],
        notice=None,
        received_at__lte=at - timedelta(days=rules.UNCONFIRMED_DAYS),
    ).exclude(subject=None)
    requests = list(waiting.order_by("received_at", "pk").values_list("pk", flat=True))
    for request in requests:
        with suppress(Refusal):
            refuse(request=request, ground=Ground.UNKNOWN_PERSON, reason=NOBODY_CONFIRMED, by=by, at=at)
    return len(requests)


def is_undeliverable(request: UUID) -> bool:
    """Tell whether the notice of a request will never go out: the post refuses it, or it is gone."""
    notice = SubjectRequest.objects.filter(pk=request).values_list("notice", flat=True).first()
    return notice is not None and people().given_up(notice)
