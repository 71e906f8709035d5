"""What the privacy room itself keeps for a time: holds, versions that were seen, requests that were met."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver, PassedOn, RefusedExit
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.policy.models import Acknowledgement, PolicyNotice, PolicyVersion
from ringfence.privacy.policy_rules import ChangeKind
from ringfence.privacy.register import add_on_tombstone
from ringfence.privacy.requests import effects
from ringfence.privacy.requests.effect_models import CopyFee, StoppedUse
from ringfence.privacy.requests.intake_models import RequestForm, RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention import actions, customers, holds, restricted
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention.registry import enter, until_none
from ringfence.privacy.retention_rules import years_after
from ringfence.privacy.rules import KEPT, OPEN_STATES, RequestKind

AT_ONCE: Final = 1000
PATIENCE: Final = timedelta(hours=2)
"""How much longer than promised something may be there: what has reached its end is looked for every hour."""


def enter_rows(
    name: str,
    model: type[models.Model],
    moment: str,
    title: str,
    ended: Callable[[datetime], Q] | None = None,
) -> None:
    """Enter rows about people's choices that end three years after the moment in a field of theirs.

    `ended` tells of those whose end is not that moment alone which ended before another one.
    """

    def old(at: datetime) -> "QuerySet[Any]":
        before = _three_years_before(at)
        rows = model._default_manager.filter(**{f"{moment}__lte": before})
        return rows if ended is None else rows.filter(ended(before))

    def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
        return _all_of(old(at), by, at, dry_run=dry_run)

    def overdue(at: datetime) -> int:
        return old(at - PATIENCE).count()

    enter(name, RetentionClass.CONSENT, overdue=overdue, let_go=let_go, title=title, of=(model,))


def _three_years_before(at: datetime) -> datetime:
    return years_after(at, -KEPT["consent"]["years"])


def seen_too_long_ago(at: datetime) -> "QuerySet[Acknowledgement]":
    """Return what proves that somebody was shown a version, when a later one took its place three years ago."""
    ended = _three_years_before(at)
    later = Acknowledgement.objects.filter(
        subject=OuterRef("subject"),
        acknowledged_at__gt=OuterRef("acknowledged_at"),
        acknowledged_at__lte=ended,
    )
    return Acknowledgement.objects.filter(Exists(later), acknowledged_at__lt=ended)


def replaced(before: datetime) -> Q:
    """Return which letters about a version have done their work: a later change counted by then, or it never came."""
    later = PolicyVersion.objects.filter(
        number__gt=OuterRef("version"), kind=ChangeKind.MATERIAL, withdrawal=None, effective_at__lte=before
    )
    return Q(Exists(later)) | Q(version__withdrawal__isnull=False)


def met_too_long_ago(at: datetime) -> "QuerySet[SubjectRequest]":
    """Return requests that ended three years ago."""
    ended = _three_years_before(at)
    over = Q(closed_at__lte=ended) | Q(closed_at=None, received_at__lte=ended)
    return SubjectRequest.objects.filter(over, subject__isnull=False).exclude(state__in=OPEN_STATES)


@action("retention.forget_choices")
def forget(*, rows: "QuerySet[Any]", by: Actor, at: datetime) -> int:
    """Delete some rows of a query, a thousand at most; return how many. Repeat until 0."""
    some = [*rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]]
    count = rows.model._default_manager.filter(pk__in=some).delete()[0] if some else 0
    about(kind=rows.model._meta.model_name, count=count)
    if not count:
        nothing_happened()
    return int(count)


def _all_of(rows: "QuerySet[Any]", by: Actor, at: datetime, *, dry_run: bool) -> int:
    if dry_run:
        return rows.count()
    return until_none(partial(forget, rows=rows), by=by, at=at)


def forget_seen(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of proofs whose time is over."""
    return _all_of(seen_too_long_ago(at), by, at, dry_run=dry_run)


def forget_met(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of requests whose time is over."""
    return _all_of(met_too_long_ago(at), by, at, dry_run=dry_run)


def end_holds(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """End holds whose time is over, with what they kept, and forget those that ended a month ago."""
    if dry_run:
        due = Q(ended_at=None, until__lte=at) | Q(ended_at__lte=at - holds.NOTE_KEPT)
        return restricted.left_by_a_deletion(LegalHold.objects.filter(due)).count()
    restricted.renew(by=by, at=at)
    return actions.expire(by=by, at=at) + actions.forget_notes(by=by, at=at)


enter(
    "privacy.holds",
    RetentionClass.HELD,
    overdue=holds.past_their_end,
    let_go=end_holds,
    title=gettext_noop("What legal holds keep back"),
    of=(LegalHold, HeldRow),
)
enter(
    "privacy.acknowledgements",
    RetentionClass.CONSENT,
    overdue=lambda at: seen_too_long_ago(at - PATIENCE).count(),
    let_go=forget_seen,
    title=gettext_noop("Versions of the terms that people were shown"),
    of=(Acknowledgement,),
)
enter(
    "privacy.requests",
    RetentionClass.CONSENT,
    overdue=lambda at: met_too_long_ago(at - PATIENCE).count(),
    let_go=forget_met,
    title=gettext_noop("Requests that were met"),
    of=(SubjectRequest, CopyFee, RequestLink),
)
enter_rows(
    "privacy.stopped_uses",
    StoppedUse,
    "lifted_at",
    gettext_noop("Restrictions and objections that were lifted"),
)
enter_rows(
    "privacy.policy_notices",
    PolicyNotice,
    "told_at",
    gettext_noop("Who was written to about a version of the terms"),
    ended=replaced,
)
effects.on_stop("privacy.retention", RequestKind.RESTRICT, restricted.keep)
effects.on_lift("privacy.retention", RequestKind.RESTRICT, restricted.let_go)
add_on_tombstone(restricted.let_go)
customers.enter("privacy.restrictions", "subject", restricted.in_force)
enter_rows(
    "privacy.disclosures",
    Disclosure,
    "at",
    gettext_noop("What was handed to others"),
    ended=lambda _before: Q(quiet_until=None),
)
enter_rows(
    "privacy.passed_on",
    PassedOn,
    "answered_at",
    gettext_noop("Changes that were passed on to others"),
)
enter_rows("privacy.hand_overs", HandOver, "at", gettext_noop("Times a company of our group was given data"))
enter_rows("privacy.refused_exits", RefusedExit, "last_at", gettext_noop("What was stopped at an exit"))
enter_rows("privacy.request_forms", RequestForm, "asked_at", gettext_noop("Forms that nobody has answered"))
