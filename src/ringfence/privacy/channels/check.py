"""The check of clause 1.4: each way in that the text names is there, and works when it is tried."""

from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.channels import WayIn, ways
from ringfence.privacy.promises.registry import BROKEN, KEPT, Figure, Finding

NAMED: Final = frozenset({"cookies", "forms", "mail", "letters"})
"""What the text names, and must be there: cookies with a choice, forms, written messages in and out."""

SENTENCE: Final = gettext_noop(
    "Forms, the choice of cookies, and written messages in and out work when tried."
)
TEXT: Final = gettext_noop("Ways in tried just now: %(tried)s. That did not work: %(failed)s.")

log = structlog.get_logger(__name__)


def every_way_in_works(at: datetime) -> Finding:
    """Clause 1.4: try each way in. One that is not even there has failed too."""
    found = ways()
    results = {way.name: _works(way, at) for way in found}
    absent = NAMED - results.keys()
    figures: dict[str, Figure] = {
        "tried": len(results) + len(absent),
        "failed": sum(not works for works in results.values()) + len(absent),
        **{f"works_{name}": int(works) for name, works in results.items()},
    }
    return Finding(BROKEN if figures["failed"] else KEPT, TEXT, figures)


def _works(way: WayIn, at: datetime) -> bool:
    """Try a way in; one that raises does not work, and stops no other."""
    try:
        with transaction.atomic():
            return way.works(at)
    except Exception:
        log.exception("channel.does_not_work", name=way.name)
        return False
