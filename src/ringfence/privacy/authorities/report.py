"""The yearly report on demands of authorities, for everybody, made from the demands themselves (clause 3.3).

A year is told when it is over and everything that came in during it is answered: nothing in it changes any more, and
nobody can watch a count grow by one. Small counts are hidden.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import Q

from ringfence.privacy.authorities import counting
from ringfence.privacy.authorities.models import AuthorityDemand
from ringfence.privacy.authorities.rules import BY_NOBODY, AuthoritySort, DemandState, Outcome
from ringfence.privacy.policy.models import PolicyVersion

UNANSWERED: Final = (DemandState.RECEIVED, DemandState.PROPOSED, DemandState.GRANTED, DemandState.READY)


@dataclass(frozen=True, slots=True)
class Year:
    """What came in during a year (UTC) and what came of it.

    Of outcomes and people None is a small count. What came in, and from whom, is told where nothing had to be hidden.
    """

    year: int
    received: int | None
    outcomes: dict[str, int | None]
    sorts: dict[str, int] | None
    people: int | None


def years(at: datetime) -> list[Year]:
    """Return every year that is over, and answered, since the store opened; the newest first."""
    opened = PolicyVersion.objects.order_by("published_at").values_list("published_at", flat=True).first()
    oldest = AuthorityDemand.objects.order_by("received_at").values_list("received_at", flat=True).first()
    known = [one.astimezone(UTC).year for one in (opened, oldest) if one is not None]
    open_ones = AuthorityDemand.objects.filter(state__in=UNANSWERED).values_list("received_at", flat=True)
    unanswered = {one.astimezone(UTC).year for one in open_ones}
    over = range(at.astimezone(UTC).year - 1, min(known, default=9999) - 1, -1)
    return [_year(year) for year in over if year not in unanswered]


def _year(year: int) -> Year:
    begins, ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    rows = AuthorityDemand.objects.filter(received_at__gte=begins, received_at__lt=ends)
    decided = Counter(
        rows.filter(Q(confirmed_at__isnull=False) | Q(outcome__in=sorted(BY_NOBODY))).values_list(
            "outcome", flat=True
        )
    )
    parts = {str(one): decided[one] for one in Outcome}
    sorts = Counter(rows.values_list("sort", flat=True))
    told = counting.shown_together(parts, {str(one): sorts[one] for one in AuthoritySort})
    people = sum(rows.filter(handed_over_at__isnull=False).values_list("people", flat=True))
    return Year(year, told.whole, told.parts, told.others, counting.shown(people))


def as_json(at: datetime, issuer: str) -> dict[str, object]:
    """Return the report for machines; what is hidden, or not told, is null."""
    return {
        "format": "ringfence-authorities-1",
        "issuer": issuer,
        "fewer_than": counting.FEWEST,
        "years": [
            {
                "year": one.year,
                "received": one.received,
                "outcomes": one.outcomes,
                "authorities": one.sorts,
                "people": one.people,
            }
            for one in years(at)
        ],
    }
