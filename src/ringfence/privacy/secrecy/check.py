"""The check of clause 2.7: what the store's own addresses named when it last asked them from outside.

One small table is read; the asking is done by a task of its own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.promises import history
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding
from ringfence.privacy.secrecy.models import OwnAnswer

ASKED_WITHIN: Final = timedelta(hours=6)
"""All addresses are asked within about an hour; from here on something holds it up."""

ASKED_AT_LAST: Final = timedelta(days=2)
"""From here on nothing is proven any more."""

SENTENCE: Final = gettext_noop(
    "What our pages, headers and error answers tell somebody who is not signed in is read from outside, and none names"
    " what the store is made of or seals with."
)
TEXT: Final = gettext_noop(
    "Addresses of ours read from outside: %(answers)s. Words that tell too much: %(named)s, at addresses: %(places)s."
    " Not read yet: %(unread)s. Answered otherwise than they should: %(otherwise)s. Longest since one was last read:"
    " %(oldest_seconds)s."
)


def nothing_is_told(at: datetime) -> Finding:
    """Clause 2.7: words found, addresses not asked yet, and how long ago the others were."""
    rows, began = list(OwnAnswer.objects.all()), history.began("2.7", at)
    moments = [row.answered_at or row.noted_at or began for row in rows] or [began]
    oldest = max(at - min(moments), timedelta(0))
    answered = [row for row in rows if row.answered_at]
    figures = {
        "answers": len(answered),
        "named": sum(len(row.named) for row in rows),
        "places": sum(bool(row.named) for row in rows),
        "unread": len(rows) - len(answered),
        "otherwise": sum(bool(row.status) and row.answered_at != row.looked_at for row in rows),
        "oldest_seconds": oldest.total_seconds(),
    }
    if figures["named"] or oldest > ASKED_AT_LAST:
        return Finding(BROKEN, TEXT, figures)
    is_late = figures["unread"] or not answered or oldest > ASKED_WITHIN
    return Finding(DUE_SOON if is_late else KEPT, TEXT, figures)


def places() -> Mapping[str, list[str]]:
    """Return which addresses named what; for staff."""
    return {row.question: list(row.named) for row in OwnAnswer.objects.order_by("question") if row.named}
