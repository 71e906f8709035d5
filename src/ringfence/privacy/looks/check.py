"""The check of clause 2.1: each look of staff has a purpose that its customer can read, and none is without a line.

The newest lines of the ledger are looked at, by its primary key, and what pages opened for staff without a line is
counted where it happens; no table is read whole.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Sum

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.looks.models import UntoldLook
from ringfence.privacy.promises.registry import BROKEN, KEPT, Finding

NEWEST: Final = 20_000
"""Lines of the ledger that are looked at: more than are written between two checks."""

LOOKED_BACK: Final = timedelta(days=7)
"""For how long a look that told nobody breaks the promise."""

SENTENCE: Final = gettext_noop(
    "Staff state why before they see a customer's data, and each look is entered where the customer can read it."
)
TEXT: Final = gettext_noop(
    "Newest entries in the record looked at: %(lines)s. Of these staff looking at or changing something of a"
    " customer's: %(looks)s, without a purpose the customer can read: %(unstated)s. Data opened for staff without an"
    " entry in the last %(days)s days: %(untold)s."
)
_LINES: Final = """
SELECT count(*), count(*) FILTER (WHERE theirs), count(*) FILTER (WHERE theirs AND NOT purpose = ANY(%s))
FROM (
    SELECT purpose, split_part(actor, ':', 1) = 'staff' AND subject_token IS NOT NULL
        AND subject_token IS DISTINCT FROM actor_token AS theirs
    FROM privacy_ledgerline ORDER BY id DESC LIMIT %s
) AS newest
"""

_purposes: set[str] = set()


def enter_purposes(purposes: Iterable[str]) -> None:
    """Enter the purposes that customers can read in words."""
    _purposes.update(purposes)


def every_look_is_told(at: datetime) -> Finding:
    """Clause 2.1: the newest lines, and what was opened without one."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [sorted(_purposes), NEWEST])
        lines, looks, unstated = cursor.fetchone()
    recent = UntoldLook.objects.filter(day__gt=(at - LOOKED_BACK).date())
    untold = recent.aggregate(count=Sum("count"))["count"] or 0
    figures = {
        "lines": lines,
        "looks": looks,
        "unstated": unstated,
        "untold": untold,
        "days": LOOKED_BACK.days,
    }
    return Finding(BROKEN if unstated or untold else KEPT, TEXT, figures)


def places(at: datetime) -> dict[str, int]:
    """Return the pages that opened people's data without a line lately, and of how many; for staff."""
    recent = UntoldLook.objects.filter(day__gt=(at - LOOKED_BACK).date())
    counted = recent.values("place").annotate(people=Sum("count")).order_by("place")
    return {row["place"]: row["people"] for row in counted}
