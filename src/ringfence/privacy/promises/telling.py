"""Breaks the operator has not been told of yet: each is told of once, however often the checks run."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.promises.registry import BROKEN


@dataclass(frozen=True, slots=True)
class Break:
    """A break: its id, the clause, and when it began."""

    id: UUID
    clause: str
    since: datetime


def untold() -> list[Break]:
    """Return the breaks nobody has been told of, those that are over by now included, the oldest first."""
    rows = PromiseResult.objects.filter(state=BROKEN, told_at=None).order_by("since", "clause", "id")
    return [Break(row.pk, row.clause, row.since) for row in rows]


@action("privacy.take_untold_breaks")
def take_untold(*, breaks: Collection[UUID], by: Actor, at: datetime) -> list[Break]:
    """Note that the operator is being told, in the transaction of the letter; return those nobody else has taken."""
    rows = PromiseResult.objects.select_for_update().filter(pk__in=breaks, state=BROKEN, told_at=None)
    taken = [Break(row.pk, row.clause, row.since) for row in rows.order_by("since", "clause", "id")]
    if not taken:
        nothing_happened()
        return []
    PromiseResult.objects.filter(pk__in=[one.id for one in taken]).update(told_at=at)
    about(breaks=len(taken))
    return taken
