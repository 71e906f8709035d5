"""The check of clause 4.1: what is a customer's own is seen and changed in the account, and a change gets everywhere.

The fields are those of the inventory. Second copies of values are compared by a sample of people, found by index.
"""

from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import reach
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding

SOON: Final = timedelta(minutes=1)
LATE: Final = timedelta(hours=1)
"""How long a change may be on its way before it is worth a look, and before the promise is broken."""

SENTENCE: Final = gettext_noop(
    "Everything that is yours to say is seen and changed in the account, and a change reaches every place it is used."
)
TEXT: Final = gettext_noop(
    "Fields that are yours to say: %(fields)s, reachable in the account: %(reachable)s. Copies in other places"
    " compared: %(compared)s, differing: %(differing)s. Oldest change still on its way: %(waiting_seconds)s."
)


def all_is_reachable(at: datetime) -> Finding:
    """Clause 4.1: fields without a page, copies that differ, and changes that do not arrive."""
    fields, missing = len(reach.own_fields()), len(reach.unreachable())
    copies = reach.compared(at).values()
    waiting = reach.waiting(at)
    figures = {
        "fields": fields,
        "reachable": fields - missing,
        "compared": sum(one.looked_at for one in copies),
        "differing": sum(one.differing for one in copies),
        "waiting_seconds": waiting.total_seconds(),
    }
    if missing or figures["differing"] or waiting > LATE:
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if waiting > SOON else KEPT, TEXT, figures)
