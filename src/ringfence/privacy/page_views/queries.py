"""How often pages were opened, by week."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Sum
from django.db.models.functions import TruncWeek

from ringfence.privacy.page_views.actions import KEPT
from ringfence.privacy.page_views.models import PageView

A_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Weeks:
    """How often each page was opened in each of some weeks; `begins` are their Mondays, oldest first."""

    begins: tuple[date, ...]
    pages: Mapping[str, tuple[int, ...]]
    sums: tuple[int, ...]


def by_week(at: datetime, weeks: int) -> Weeks:
    """Return the weeks that are over, the newest so many. The running one is left out: it would only mislead."""
    monday = at.date() - timedelta(days=at.weekday())
    begins = tuple(monday - A_WEEK * back for back in range(weeks, 0, -1))
    rows = (
        PageView.objects.filter(day__gte=begins[0], day__lt=monday)
        .annotate(week=TruncWeek("day"))
        .values_list("page", "week")
        .annotate(sum=Sum("views"))
    )
    found: dict[str, Counter[date]] = defaultdict(Counter)
    for page, week, views in rows:
        found[page][week] += views
    pages = {page: tuple(found[page][week] for week in begins) for page in sorted(found)}
    return Weeks(begins, pages, tuple(map(sum, zip(*pages.values(), strict=True))) or (0,) * weeks)


def overdue(at: datetime) -> int:
    """Return how many rows are older than they may be; they are forgotten every night."""
    return PageView.objects.filter(day__lt=(at - KEPT - A_WEEK).date()).count()
