"""What a sweep makes good for demands: lost packages, those past their time, silences that end, cases that are over."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q, QuerySet

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import retention
from ringfence.privacy.authorities import handing, hands, leaving, making, preserving
from ringfence.privacy.authorities.models import AuthorityDemand, DemandJudgement, DemandPiece, DemandTarget
from ringfence.privacy.authorities.rules import (
    LAPSED_AFTER,
    MADE_WITHIN,
    UNDECIDED,
    DemandEvent,
    DemandState,
    Outcome,
    kept_from,
    move_demand,
)
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys

SEALED = (
    "authority",
    "reference",
    "legal_basis",
    "named",
    "key_checked",
    "reason",
    "quiet_because",
    "quiet_asked_because",
)
log = structlog.get_logger(__name__)


def sweep(*, by: Actor, at: datetime) -> int:
    """Do what is due of all demands; trouble with one is logged and stops no other. Return how many went well."""
    rows = AuthorityDemand.objects.order_by("id")
    done = _each_of("drop", leaving.stale(), lambda one: leaving.drop(demand=one, by=by, at=at))
    lost = rows.filter(state=DemandState.GRANTED, making_since__lte=at - MADE_WITHIN)
    done += _each("make", lost, making.put_into_queue)
    done += _each(
        "run_out", rows.filter(gone_at__lte=at), lambda one: making.run_out(demand=one, by=by, at=at)
    )
    done += _each("tell", rows.filter(handing.untold(at)), lambda one: handing.tell(demand=one, by=by, at=at))
    done += _each("lapse", rows.filter(lapsed(at)), lambda one: lapse(demand=one, by=by, at=at))
    kept = rows.filter(state=DemandState.PRESERVED)
    return done + _each("end", kept, lambda one: end_preserving(demand=one, by=by, at=at))


def _each(what: str, rows: "QuerySet[AuthorityDemand]", act: Callable[[UUID], Any]) -> int:
    return _each_of(what, list(rows.values_list("pk", flat=True)), act)


def _each_of(what: str, demands: Collection[UUID], act: Callable[[UUID], Any]) -> int:
    done = 0
    for one in demands:
        try:
            act(one)
        except Exception as trouble:
            log.exception("demand.sweep_failed", what=what, trouble=type(trouble).__name__)
        else:
            done += 1
    return done


def lapsed(at: datetime) -> Q:
    """Return the condition on demands that nobody goes on with: not decided, or granted and not fetched."""
    unfetched = Q(state=DemandState.GRANTED, making_since=None, confirmed_at__lte=at - LAPSED_AFTER)
    return Q(state__in=sorted(UNDECIDED), deadline__lte=at - LAPSED_AFTER) | unfetched


@action("authorities.lapse")
def lapse(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Close a demand that nobody goes on with, so that neither its paper nor what was written stays for ever."""
    row = AuthorityDemand.objects.select_for_update().filter(lapsed(at), pk=demand).first()
    if row is None:
        nothing_happened()
        return
    if row.outcome == Outcome.PRESERVED:
        preserving.take_back(row, by, at)
    row.state, row.closed_at = move_demand(row.state, DemandEvent.LAPSE), at
    row.outcome = Outcome.LAPSED
    row.save()
    hands.note(row)


@action("authorities.end_preserving")
def end_preserving(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Close a demand of whose holds none is in force any more."""
    row = AuthorityDemand.objects.select_for_update().filter(pk=demand, state=DemandState.PRESERVED).first()
    if row is None or not preserving.is_over(row):
        nothing_happened()
        return
    row.state, row.closed_at = move_demand(row.state, DemandEvent.RUN_OUT), at
    row.save()
    hands.note(row)


def ended(at: datetime) -> "QuerySet[AuthorityDemand]":
    """Return the demands that were closed a year ago and still say more than figures."""
    return AuthorityDemand.objects.filter(closed_at__lte=kept_from(at), emptied_at=None)


@action("authorities.empty")
def empty(*, by: Actor, at: datetime) -> int:
    """Empty demands whose time is over, a hundred at most: figures for the yearly report are left. Repeat until 0.

    One of which somebody could not be told yet waits.
    """
    over = ended(at).exclude(handed_over_at__isnull=False, told_at=None).order_by("id")
    rows = list(over.select_for_update()[:100])
    for row in rows:
        for model in (DemandTarget, DemandJudgement, DemandPiece):
            model.objects.filter(demand=row).delete()
        for name in SEALED:
            setattr(row, name, None)
        row.emptied_at = at
        row.save()
        keys.destroy(
            subject=row.subject, classes=[RetentionClass.SUPPORT, RetentionClass.ACCOUNT], by=by, at=at
        )
        hands.note(row)
    if not rows:
        nothing_happened()
    return len(rows)


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of what demands say that were closed a year ago; return how many."""
    return ended(at).count() if dry_run else retention.until_none(empty, by=by, at=at)
