"""The check of clause 1.4: each way in that the text names is there, and works when it is tried."""

from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.channels import WayIn, ways
from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Figure, Finding

NAMED: Final = frozenset({"cookies", "forms", "mail", "letters"})
"""What the text names, and must be there: cookies with a choice, forms, written messages in and out."""

SENTENCE: Final = gettext_noop(
    "Forms, the choice of cookies, and written messages in and out work when tried."
)
TEXT: Final = gettext_noop(
    "Ways in tried just now: %(tried)s. That did not work: %(failed)s. Just starting, and not tried yet: %(starting)s."
)

log = structlog.get_logger(__name__)


def every_way_in_works(at: datetime) -> Finding:
    """Clause 1.4: try each way in. One that is not even there has failed too."""
    results = {way.name: _works(way, at) for way in ways()}
    absent = NAMED - results.keys()
    figures: dict[str, Figure] = {
        "tried": sum(works is not None for works in results.values()) + len(absent),
        "failed": sum(works is False for works in results.values()) + len(absent),
        "starting": sum(works is None for works in results.values()),
        **{f"works_{name}": int(works) for name, works in results.items() if works is not None},
    }
    if figures["failed"] or (figures["starting"] and _was_broken()):
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if figures["starting"] else KEPT, TEXT, figures)


def tried(name: str, at: datetime) -> bool | None:
    """Try one way in; tell whether it works, None when it is too early to say. One that is not there does not."""
    found = [way for way in ways() if way.name == name]
    return _works(found[0], at) if found else False


def _was_broken() -> bool:
    """Tell whether the last run found it broken: what does not answer yet has not mended that."""
    last = PromiseResult.objects.filter(clause="1.4").order_by("-since").first()
    return last is not None and last.state == BROKEN


def _works(way: WayIn, at: datetime) -> bool | None:
    """Try a way in; one that raises does not work, and stops no other."""
    try:
        with transaction.atomic():
            return way.works(at)
    except Exception:
        log.exception("channel.does_not_work", name=way.name)
        return False
