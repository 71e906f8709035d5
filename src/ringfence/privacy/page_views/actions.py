"""Writing down how often pages were opened, and forgetting what is old."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.page_views.models import PageView

KEPT: Final = timedelta(days=400)
"""How long a day stays: long enough to be held against the same weeks of the year before."""

_ADD: Final = """
INSERT INTO privacy_pageview AS so_far (day, page, views)
SELECT * FROM unnest(%s::date[], %s::text[], %s::bigint[]) ORDER BY 1, 2
ON CONFLICT (day, page) DO UPDATE SET views = so_far.views + excluded.views
"""

Views = Mapping[tuple[date, str], int]
"""How often each page was opened on each day."""


@action("privacy.add_page_views")
def add(*, views: Views, by: Actor, at: datetime) -> None:
    """Add to what is counted, in one statement that takes its rows in one order, so that nobody waits in a circle.

    It leaves no ledger line: it is about nobody.
    """
    nothing_happened()
    rows = [(day, page, count) for (day, page), count in views.items()]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])


@action("privacy.forget_page_views")
def forget(*, by: Actor, at: datetime) -> int:
    """Forget the days that are too old; return how many rows went."""
    gone: int = PageView.objects.filter(day__lt=(at - KEPT).date()).delete()[0]
    about(days_of_pages=gone)
    if not gone:
        nothing_happened()
    return gone
