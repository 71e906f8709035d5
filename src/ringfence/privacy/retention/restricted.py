"""What a restriction keeps: while somebody restricts the use of their data, what reaches its end is set aside for them.

GDPR art. 18(2): what is restricted is stored, and nothing else is done with it without the person, so it does not go
either. A restriction is therefore a hold, of all classes that have an end, which the person places and lifts. What
they delete themselves goes, and so does everything with a deletion.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.requests.effect_models import StoppedUse
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import CLASSES_OF_A_PERSON, LONGEST_HOLD, HoldArticle, HoldState
from ringfence.privacy.rules import RequestKind

BECAUSE: Final = gettext_noop(
    "You have restricted how your data is used. So what reaches its end is not deleted, but set aside and locked. It"
    " goes when you lift the restriction."
)
RENEWED_BEFORE: Final = timedelta(days=30)
"""How long before its year is over the hold of a restriction in force is renewed."""


def keep(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Hold what a person has restricted, in the running action; a repeat, and a deletion under way, change nothing."""
    if _of(subject).exists() or Erasure.objects.filter(subject=subject).exists():
        return
    LegalHold(
        subject=subject,
        covers=holds.covered_by(subject, None),
        target={"person": subject.hex},
        classes=sorted(CLASSES_OF_A_PERSON),
        article=HoldArticle.RESTRICTED,
        reason=BECAUSE,
        state=HoldState.ACTIVE,
        asked_at=at,
        asked_by=holds.of_staff(subject),
        confirmed_at=at,
        confirmed_by=holds.of_nobody(),
        begins_at=at,
        until=at + LONGEST_HOLD,
    ).save(force_insert=True)


def let_go(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Let go of what a restriction kept, with its key, in the running action: it was lifted, or a deletion begins."""
    count = _of(subject).delete()[0]
    if count and not LegalHold.objects.filter(subject=subject, ended_at=None).exists():
        keys.destroy(subject=subject, classes=[RetentionClass.HELD], by=by, at=at)
    return count


@action("holds.renew")
def renew(*, by: Actor, at: datetime) -> int:
    """Let the holds of restrictions in force last another year; return how many were near their end.

    A restriction from before there were such holds gets one.
    """
    nothing_happened()
    held = LegalHold.objects.filter(article=HoldArticle.RESTRICTED)
    for subject in in_force().exclude(subject__in=held.values("subject")).values_list("subject", flat=True):
        keep(subject=subject, by=by, at=at)
    return held.filter(until__lte=at + RENEWED_BEFORE).update(begins_at=at, until=at + LONGEST_HOLD)


def in_force() -> QuerySet[StoppedUse]:
    """Return the restrictions in force. Somebody who has one stays a customer: their account does not end by itself."""
    return StoppedUse.objects.filter(kind=RequestKind.RESTRICT, lifted_at=None)


def left_by_a_deletion(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return those rows of holds that stay after a deletion: what a law asks for, and not what a restriction keeps."""
    path = "hold__article" if rows.model is HeldRow else "article"
    return rows.exclude(**{path: HoldArticle.RESTRICTED})


def _of(subject: UUID) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(subject=subject, article=HoldArticle.RESTRICTED)
