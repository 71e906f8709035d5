"""Renewals that did not run: found by what should have happened and did not, told on the desk and in the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db.models import Min, Q

from ringfence.shop.models import Renewal, Subscription
from ringfence.shop.models.renewals import ASKED, OPEN_VALUES
from ringfence.shop.renewal_rules import OPEN, OVERDUE, RenewalState
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


def late(at: datetime) -> Q:
    """Return the condition of a renewal whose step is more than an hour late, or whose charge nobody answers."""
    not_taken = Q(state__in=OPEN_VALUES, next_at__lt=at - OVERDUE)
    unanswered = Q(state=RenewalState.CHARGING, state_since__lt=at - OVERDUE, payments__status=ASKED)
    return not_taken | unanswered


def forgotten(at: datetime) -> int:
    """Count the subscriptions that go on, whose time is up, and that have no renewal under way."""
    going_on = Subscription.objects.filter(
        ended_at=None, order__state=OrderState.ACTIVE, renews_at__lt=at - OVERDUE
    )
    return going_on.exclude(renewals__state__in=OPEN).count()


def watch(at: datetime) -> Watch:
    """Return how renewals stand."""
    found = Renewal.objects.filter(late(at)).distinct()
    since = found.aggregate(since=Min("state_since"))["since"]
    return Watch(found.count(), since, forgotten(at))


def tell_log(at: datetime) -> None:
    """Write a line when a renewal did not run. It counts, and names nobody."""
    found = watch(at)
    if found.is_red:
        log.error("renewal.did_not_run", overdue=found.overdue, forgotten=found.forgotten)
