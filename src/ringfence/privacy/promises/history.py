"""What became of a clause over time: since when it is kept, each break with its length, and when nobody looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.promises.registry import BROKEN
from ringfence.privacy.promises.running import FRESH

A_YEAR: Final = timedelta(days=365)
MOST: Final = 500
"""Stretches that are read of a clause; what was before them is in the ledger."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in one state. `until` is None while it lasts; `unchecked` is for how long no check ran."""

    state: str
    since: datetime
    until: datetime | None
    unchecked: timedelta = timedelta(0)

    def lasted(self, at: datetime) -> timedelta:
        """Return its length until now, or until its end."""
        return max((self.until or at) - self.since, timedelta(0))


@dataclass(frozen=True, slots=True)
class Past:
    """The stretches of a clause, newest first, and what follows from them. All moments are None before the first check.

    `kept_since` is None while the clause is broken. `share` is how much of the last year, as far as it was looked at,
    it was kept; between 0 and 1.
    """

    stretches: tuple[Stretch, ...]
    breaks: tuple[Stretch, ...]
    began_at: datetime | None
    kept_since: datetime | None
    share: float | None
    unchecked: timedelta


def history(clause: str, most: int = 50) -> list[Stretch]:
    """Return a clause's stretches, newest first."""
    rows = list(PromiseResult.objects.filter(clause=clause).order_by("-since")[:most])
    ends = [None, *(row.since for row in rows)]
    return [
        Stretch(row.state, row.since, until, timedelta(seconds=row.unchecked_seconds))
        for row, until in zip(rows, ends, strict=False)
    ]


def began(clause: str, at: datetime) -> datetime:
    """Return since when a clause is checked: what was never looked at since then was not looked at for that long."""
    first = PromiseResult.objects.filter(clause=clause).order_by("since").values_list("since", flat=True)
    return first.first() or at


def past(clause: str, at: datetime) -> Past:
    """Return what became of a clause until now. What has not been checked lately counts as not looked at."""
    stretches = history(clause, MOST)
    silence = _silence(clause, at)
    kept = list(takewhile(lambda one: one.state != BROKEN, stretches))
    return Past(
        stretches=tuple(stretches),
        breaks=tuple(one for one in stretches if one.state == BROKEN),
        began_at=stretches[-1].since if stretches else None,
        kept_since=kept[-1].since if kept else None,
        share=_share(stretches, at, silence),
        unchecked=sum((one.unchecked for one in stretches), silence),
    )


def _silence(clause: str, at: datetime) -> timedelta:
    """Return for how long no check has run until now, beyond what is usual."""
    newest = PromiseResult.objects.filter(clause=clause).order_by("-since").first()
    silence = at - newest.checked_at if newest else timedelta(0)
    return silence if silence > FRESH else timedelta(0)


def _share(stretches: Sequence[Stretch], at: datetime, silence: timedelta) -> float | None:
    looked, kept = timedelta(0), timedelta(0)
    for place, one in enumerate(stretches):
        if one.until is not None and one.until <= at - A_YEAR:
            continue
        length = max(at - A_YEAR, one.since), one.until or at
        unseen = one.unchecked + (silence if place == 0 else timedelta(0))
        seen = max(length[1] - length[0] - unseen, timedelta(0))
        looked += seen
        kept += seen if one.state != BROKEN else timedelta(0)
    if not looked:
        return None if not stretches else float(stretches[0].state != BROKEN)
    return kept / looked
