"""What goes on by itself: decisions become final, and cases go when their time is over (clauses 2.8 and 5.4)."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, QuerySet

from ringfence.accounts.queries import has_account
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.support.abuse import letters, suspending
from ringfence.support.abuse.appealing import time_out
from ringfence.support.abuse.hands import locked
from ringfence.support.abuse.rules import TOLD, AbuseState, kept_from
from ringfence.support.abuse_models import AbuseCase, AbuseReport, AbuseSuspension
from ringfence.support.actions import by_digest

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
LATE: Final = timedelta(hours=2)
"""How much longer a case may be there than promised: those whose time is over are looked for every hour."""


def sweep(*, by: Actor, at: datetime) -> int:
    """Make final what was not appealed in time, tell whoever was not told, and end suspensions; return how many.

    A suspension ends with the number that its customer has no longer.
    """
    due = AbuseCase.objects.filter(state=AbuseState.DECIDED, appeal_until__lte=at).order_by("appeal_until")
    count = _each(due, lambda case: time_out(case=case, by=by, at=at), "time_out")
    untold = AbuseReport.objects.filter(letters.UNTOLD, case=OuterRef("pk"))
    late = AbuseCase.objects.filter(Exists(untold), state__in=sorted(TOLD)).order_by("decided_at", "pk")
    count += _each(late, lambda case: tell_late(case=case, by=by, at=at), "tell_late")
    return count + end_gone(by=by, at=at)


def _each(due: "QuerySet[AbuseCase]", act: Callable[[UUID], object], step: str) -> int:
    """Do a step for some cases, return how many; one that cannot be done is logged and holds up no other."""
    cases = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for case in cases:
        try:
            act(case)
        except Exception as trouble:
            log.exception("abuse.step_failed", step=step, case=str(case), trouble=type(trouble).__name__)
    return len(cases)


@action("abuse.tell_late")
def tell_late(*, case: UUID, by: Actor, at: datetime) -> int:
    """Tell those who reported, and were not told yet, what came of a decided case; return how many."""
    row = locked(case)
    count = letters.tell_reporters(row, by, at) if row.state in TOLD else 0
    about(case=row.public_id, count=count)
    if not count:
        nothing_happened()
    return count


@action("abuse.end_gone")
def end_gone(*, by: Actor, at: datetime) -> int:
    """End the suspensions of numbers that their customer has no longer; return how many."""
    count = suspending.end(suspending.gone(), at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


def _over(at: datetime) -> "QuerySet[AbuseCase]":
    """Return the cases whose time is over; one that still keeps a number suspended stays as long as it does."""
    in_force = AbuseSuspension.objects.filter(case=OuterRef("pk"), ended_at=None)
    return AbuseCase.objects.filter(closed_at__lte=kept_from(at)).exclude(Exists(in_force))


def overdue(at: datetime) -> int:
    """Return how many cases are there longer than they may be."""
    return _over(at - LATE).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of cases whose time is over, with their evidence; return how many."""
    if dry_run:
        return _over(at).count()
    return retention.until_none(forget, by=by, at=at)


@action("abuse.forget")
def forget(*, by: Actor, at: datetime) -> int:
    """Delete some cases that were closed a year ago; those of strangers take their keys along. Repeat until 0."""
    cases = list(_over(at).order_by("closed_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    if not cases:
        nothing_happened()
        return 0
    people = set(AbuseCase.objects.filter(pk__in=cases).values_list("subject", flat=True))
    people |= set(AbuseReport.objects.filter(case__in=cases).values_list("subject", flat=True))
    AbuseCase.objects.filter(pk__in=cases).delete()
    _forget_strangers(people, by, at)
    about(count=len(cases))
    return len(cases)


def who_is_concerned(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people who have cases, or from whose addresses a report came."""
    found = set(AbuseCase.objects.filter(subject__in=[*people]).values_list("subject", flat=True))
    whose = by_digest(people)
    digests = AbuseReport.objects.filter(digest__in=[*whose]).values_list("digest", flat=True)
    return found | {person for digest in digests for person in whose.get(bytes(digest), ())}


def release(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Delete what others reported about the person, and what came from their addresses before; runs in an action.

    A report of somebody with an account is theirs in the second case, and stays. Who reported is told before it goes.
    """
    for case in AbuseCase.objects.filter(subject=subject).order_by("pk"):
        letters.tell_reporters(case, by, at)
    of_cases = AbuseReport.objects.filter(case__subject=subject)
    before = AbuseReport.objects.filter(digest__in=[*by_digest([subject])]).exclude(subject=subject)
    theirs = set(of_cases.values_list("subject", flat=True))
    strangers = {one for one in before.values_list("subject", flat=True) if not has_account(one)}
    count = of_cases.exclude(subject=subject).delete()[0]
    count += AbuseReport.objects.filter(subject__in=strangers).delete()[0]
    _forget_strangers((theirs | strangers) - {subject}, by, at)
    return count


def _forget_strangers(people: Collection[UUID], by: Actor, at: datetime) -> None:
    """Destroy the keys of people without an account, and with them what the ledger knows them by."""
    classes = frozenset({RetentionClass.SUPPORT, RetentionClass.ACCOUNT})
    if strangers := [one for one in people if not has_account(one)]:
        keys.destroy_of(people=strangers, classes=classes, by=by, at=at)
