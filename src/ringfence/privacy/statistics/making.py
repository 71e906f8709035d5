"""Which period comes next, and its release when it is over: decided from what is public already."""

from datetime import UTC, date, datetime
from typing import Any, Final

import structlog

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy
from ringfence.privacy.statistics import engine, manifest, rules, witness
from ringfence.privacy.statistics.models import Release
from ringfence.privacy.statistics.rules import Level, Period, Published, Unit

AT_ONCE: Final = 60
"""How many periods that nobody released in time are made up for at once."""

log = structlog.get_logger(__name__)


def next_period() -> Period | None:
    """Return the period that is released next; None before the policy was published, which is where it begins."""
    last = Release.objects.order_by("-number").first()
    if last is not None:
        return rules.first_from(_level_after(last), last.after)
    first = policy.version(1)
    return rules.period_of(Level.QUARTER, _day(first.published_at)) if first else None


def is_over(period: Period, at: datetime) -> bool:
    """Tell whether a period is over at a moment."""
    return _day(at) >= period.after


def release_due(*, by: Actor, at: datetime) -> int:
    """Release every period that is over and was not released; return how many. May be repeated without harm.

    What was released is kept outside the database after the commit: a crash in between is made good by the next run.
    Nothing is released while what is kept there cannot be read: it may be of periods that the database lost.
    """
    try:
        witness.take_in_again(by=by, at=at)
    except witness.NotOurs:
        log.exception("statistics.witness_unreadable")
        return 0
    made = _release_all(by, at)
    witness.keep()
    return made


def _release_all(by: Actor, at: datetime) -> int:
    made = 0
    while made < AT_ONCE and (period := next_period()) is not None and is_over(period, at):
        try:
            engine.release(period=period, by=by, at=at)
        except Refusal as refusal:
            log.warning("statistics.refused", code=refusal.code, first=str(period.first))
            if refusal.code != "statistics.spent":
                break
            engine.release_nothing(period=period, by=by, at=at)
        made += 1
    return made


def published(released: dict[str, Any]) -> list[Published]:
    """Return what a release showed of people, by whom alone the length of the next period is chosen."""
    level = Level(released["level"])
    return [
        Published(
            table["total"],
            tuple(table["cells"].values()),
            table["adds_up"],
            rules.least_at(table["people"]["rho"], level, table["most_cells"]),
        )
        for table in released["tables"]
        if table["unit"] == Unit.CUSTOMER and table["amounts"] is None
    ]


def _level_after(last: Release) -> Level:
    level = Level(last.level)
    recent = list(Release.objects.order_by("-number")[: rules.LOOKED_BACK])
    if any(one.level != level for one in recent):
        return level
    return rules.level_after(level, [published(manifest.read(one.manifest)) for one in reversed(recent)])


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
