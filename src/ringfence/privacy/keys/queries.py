"""What may be told of the keys: epochs and counts, never a key."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from ringfence.privacy.keys.models import KeyEpoch


@dataclass(frozen=True, slots=True)
class EpochView:
    """An epoch: `state` is in use, superseded or destroyed; `keys` counts the living keys it wraps."""

    name: str
    state: str
    began_at: datetime
    keys: int


def epochs() -> list[EpochView]:
    """Return all epochs, newest first."""
    rows = KeyEpoch.objects.annotate(living=Count("datakey", filter=Q(datakey__destroyed_at=None)))
    return [
        EpochView(
            name=row.name,
            state="destroyed" if row.destroyed_at else "superseded" if row.superseded_at else "in use",
            began_at=row.began_at,
            keys=row.living,
        )
        for row in rows.order_by("-name")
    ]
