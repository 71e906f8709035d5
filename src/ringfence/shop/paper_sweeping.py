"""The sweep over papers: orders whose papers did not come end, and papers whose time is over are destroyed."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import structlog

from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.shop import actions
from ringfence.shop.models import Paper, Papers
from ringfence.shop.paper_rules import KEPT_AFTER, TO_BE_SENT
from ringfence.shop.sweeping import OF_ONE_ROW

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
PATIENCE: Final = timedelta(hours=1)
"""How much longer papers may be there than promised: the sweep runs every ten minutes."""


def sweep(*, by: Actor, at: datetime) -> Counter[str]:
    """Do both, as often as one likes. Returns how much of each was done."""
    done: Counter[str] = Counter()
    late = Papers.objects.filter(state__in=sorted(TO_BE_SENT), due_at__lte=at).order_by("due_at", "id")
    for order in list(late.values_list("order_id", flat=True)[:AT_ONCE]):
        try:
            actions.time_out_papers(order=order, by=by, at=at)
            done["timed out"] += 1
        except OF_ONE_ROW as trouble:
            log.exception("sweep.papers_not_ended", row=str(order), trouble=type(trouble).__name__)
    over = Papers.objects.filter(destroyed_at=None, decided_at__lte=at - KEPT_AFTER).order_by(
        "decided_at", "id"
    )
    for papers in list(over.values_list("pk", flat=True)[:AT_ONCE]):
        try:
            actions.destroy_papers(papers=papers, by=by, at=at)
            done["destroyed"] += 1
        except OF_ONE_ROW as trouble:
            log.exception("sweep.papers_not_destroyed", row=str(papers), trouble=type(trouble).__name__)
        finally:
            keyring.forget()
    return done


def past_their_time(at: datetime) -> int:
    """Return how many pictures there are whose decision is longer ago than papers are kept (clause 2.8)."""
    return Paper.objects.filter(papers__decided_at__lte=at - KEPT_AFTER - PATIENCE).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Destroy papers whose time is over; return how many there were."""
    due = Paper.objects.filter(papers__decided_at__lte=at - KEPT_AFTER).count()
    if due and not dry_run:
        sweep(by=by, at=at)
    return due
