"""Renewals that did not run: found by what should have happened and did not, told on the desk and in the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db.models import F, Min, Q

from ringfence.privacy.guarded import GuardedQuerySet
from ringfence.shop.models import Renewal, RenewalPayment, Subscription
from ringfence.shop.models.renewals import ASKED, OPEN_VALUES
from ringfence.shop.renewal_rules import OPEN, OVERDUE, REMINDER_OVERDUE, RenewalState
from ringfence.shop.rules import OrderState

log = structlog.get_logger(__name__)

NOT_TAKEN: Final = "step_not_taken"
NO_ANSWER: Final = "no_answer"


@dataclass(frozen=True, slots=True)
class Watch:
    """What the desk says: how many did not run, since when, and how many subscriptions have no renewal at all."""

    overdue: int
    since: datetime | None
    forgotten: int

    @property
    def is_red(self) -> bool:
        """Whether anything did not run."""
        return bool(self.overdue or self.forgotten)


def not_taken(at: datetime) -> GuardedQuerySet[Renewal]:
    """Return the renewals whose step is more than an hour late, or whose reminder more than six."""
    steps = Q(next_at__gte=F("period_from")) | Q(next_at__lt=at - REMINDER_OVERDUE)
    return Renewal.objects.filter(steps, state__in=OPEN_VALUES, next_at__lt=at - OVERDUE)


def unanswered(at: datetime) -> GuardedQuerySet[Renewal]:
    """Return the renewals whose charge nobody has answered for more than an hour."""
    return Renewal.objects.filter(
        state=RenewalState.CHARGING, state_since__lt=at - OVERDUE, payments__status=ASKED
    )


def late(at: datetime) -> Q:
    """Return the condition of a renewal that did not run; each way of being late is found by an index of its own."""
    return Q(pk__in=not_taken(at).values("pk").union(unanswered(at).values("pk")))


def is_late(row: Renewal, tries: Iterable[RenewalPayment], at: datetime) -> bool:
    """Tell the same of one renewal, whose payments are known."""
    if row.state not in OPEN_VALUES or row.next_at is None:
        return False
    charges = row.state == RenewalState.CHARGING and row.state_since < at - OVERDUE
    if charges and any(payment.status == ASKED for payment in tries):
        return True
    return row.next_at < at - (OVERDUE if row.next_at >= row.period_from else REMINDER_OVERDUE)


def forgotten(at: datetime) -> int:
    """Count the subscriptions that go on, whose time is up, and that have no renewal under way."""
    going_on = Subscription.objects.filter(
        ended_at=None, order__state=OrderState.ACTIVE, renews_at__lt=at - OVERDUE
    )
    return going_on.exclude(renewals__state__in=OPEN).count()


def watch(at: datetime) -> Watch:
    """Return how renewals stand."""
    found = Renewal.objects.filter(late(at))
    since = found.aggregate(since=Min("state_since"))["since"]
    return Watch(found.count(), since, forgotten(at))


def tell_log(at: datetime) -> None:
    """Write a line when a renewal did not run. It counts, and names nobody."""
    found = watch(at)
    if found.is_red:
        log.error("renewal.did_not_run", overdue=found.overdue, forgotten=found.forgotten)
