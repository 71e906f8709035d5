"""What staff may know of retention: what went, when, and what is next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Sum

from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.privacy.retention.models import RetentionRun
from ringfence.privacy.retention.registry import entered, kept_words
from ringfence.privacy.rules import KEPT

NEXT: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """How retention of one thing stands: what is past its end now, goes within a day, and went in 30 days."""

    name: str
    title: str
    retention_class: str
    words: str
    lasting: Mapping[str, int]
    overdue: int
    next_day: int
    month: int
    seconds: float
    last_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayGone:
    """What went on one day of one thing."""

    day: datetime
    title: str
    gone: int
    seconds: float


def standings(at: datetime) -> list[Standing]:
    """Return how everything with an end stands, by class and name; what goes within a day by a dry run of tomorrow."""
    rows = RetentionRun.objects.filter(day__gt=(at - MONTH).date())
    months = dict(rows.order_by().values_list("name").annotate(gone=Sum("gone")))
    newest = {one.name: one for one in rows.order_by("day")}
    found = []
    for one in entered():
        run = newest.get(one.name)
        words, lasting = kept_words(one.name)
        try:
            coming = one.let_go(by=Actor.system("desk"), at=at + NEXT, dry_run=True)
            overdue = one.overdue(at)
        finally:
            keyring.forget()
        found.append(
            Standing(
                name=one.name,
                title=one.title,
                retention_class=str(one.retention_class),
                words=words,
                lasting=lasting,
                overdue=overdue,
                next_day=coming,
                month=months.get(one.name, 0),
                seconds=run.seconds / run.runs if run is not None and run.runs else 0,
                last_at=run.last_at if run is not None else None,
                failed_at=run.failed_at if run is not None else None,
            )
        )
    order = list(KEPT)
    return sorted(found, key=lambda one: (order.index(one.retention_class), one.name))


def recently_gone(most: int = 30) -> list[DayGone]:
    """Return the days on which something went, the newest first."""
    titles = {one.name: one.title for one in entered()}
    rows = RetentionRun.objects.filter(gone__gt=0).order_by("-day", "name")[:most]
    return [
        DayGone(
            datetime(row.day.year, row.day.month, row.day.day, 12, tzinfo=UTC),
            titles.get(row.name, row.name),
            row.gone,
            row.seconds,
        )
        for row in rows
    ]
