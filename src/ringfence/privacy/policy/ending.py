"""Notes of letters about versions end three years after the version they tell of began to count, or would have."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.policy.models import PolicyNotice
from ringfence.privacy.retention.setting_aside import set_aside
from ringfence.privacy.rules import KEPT

AT_ONCE: Final = 1000
YEARS: Final = KEPT["consent"]["years"]
SHORTEST, LONGEST = timedelta(days=365 * YEARS), timedelta(days=366 * YEARS)
"""So many years without and with a day more each: what is let go of by the one is never past the other."""


def _over(at: datetime, length: timedelta = SHORTEST) -> QuerySet[PolicyNotice]:
    return PolicyNotice.objects.filter(version__effective_at__lte=at - length)


def overdue(at: datetime) -> int:
    """Return how many notes are there past their end."""
    return _over(at, LONGEST).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Delete the notes whose time is over; return how many, or with `dry_run` how many would go."""
    if dry_run:
        return _over(at).count()
    total = 0
    while count := _forget(by=by, at=at):
        total += count
    return total


@action("privacy.forget_policy_notices")
def _forget(*, by: Actor, at: datetime) -> int:
    some = list(_over(at).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if not some:
        nothing_happened()
        return 0
    set_aside(rows=PolicyNotice.objects.filter(pk__in=some), by=by, at=at)
    count = PolicyNotice.objects.filter(pk__in=some).delete()[0]
    about(count=count)
    return count


def enter() -> None:
    """Enter them."""
    retention.enter(
        "privacy.policy_notices",
        RetentionClass.CONSENT,
        overdue=overdue,
        let_go=let_go,
        title=gettext_noop("Who was written to about a version of the terms"),
        of=(PolicyNotice,),
    )
