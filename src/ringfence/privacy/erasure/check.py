"""The check of clause 2.9: each deletion ends, was verified by search, and nothing of the person has come back.

One pass over the erasures; everything else is asked by an index, for the people erased last.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.erasure.search import rows_left
from ringfence.privacy.keys.actions import week_start
from ringfence.privacy.keys.models import DataKey, KeyEpoch
from ringfence.privacy.ports import key_store
from ringfence.privacy.promises.registry import BROKEN, KEPT, Figure, Finding

SENTENCE: Final = gettext_noop("Deletions are carried to their end and verified by search.")
TEXT: Final = gettext_noop(
    "Deletions done and verified: %(done)s. Under way: %(under_way)s. Stuck, or something was found: %(stuck)s."
    " Records of deleted people found again: %(returned)s. Still readable in backups after the date of the"
    " receipt: %(readable)s."
)
PATIENCE: Final = timedelta(hours=1)
"""How long a deletion may take before it counts as stuck."""

SAMPLE: Final = 500
"""People erased last whose id is looked for."""


def erasures_are_verified(at: datetime) -> Finding:
    """Clause 2.9: look at all erasures, at who was erased last, and at what old keys could still open."""
    waits = Q(finished_at=None)
    stuck = waits & (Q(begun_at__lt=at - PATIENCE) | Q(counts__has_key="found"))
    figures: dict[str, Figure] = {
        **Erasure.objects.aggregate(
            done=Count("pk", filter=~waits),
            under_way=Count("pk", filter=waits),
            stuck=Count("pk", filter=stuck),
        ),
        "returned": rows_left(_erased_lately()),
        "readable": readable_past_their_date(at),
    }
    is_broken = figures["returned"] or figures["stuck"] or figures["readable"]
    return Finding(BROKEN if is_broken else KEPT, TEXT, figures)


def _erased_lately() -> set[UUID]:
    """Return the people erased last: their first key is destroyed, and their erasure is done."""
    gone = DataKey.objects.filter(retention_class="account", destroyed_at__isnull=False)
    erased = set(gone.order_by("-destroyed_at").values_list("subject", flat=True)[:SAMPLE])
    return erased - set(Erasure.objects.filter(subject__in=erased).values_list("subject", flat=True))


def readable_past_their_date(at: datetime) -> int:
    """Return how many receipts promised an end that has passed while a key of that time still lives.

    Every epoch that had begun when the person's keys went may have wrapped them; a backup opens with any of them.
    """
    living = KeyEpoch.objects.filter(Q(destroyed_at=None) | Q(name__in=key_store().epochs()))
    oldest = living.order_by("began_at").values_list("began_at", flat=True).first()
    if oldest is None:
        return 0
    since = Erasure.objects.filter(keys_destroyed_at__gte=week_start(oldest), receipt__final_at__lte=at)
    return since.count()
