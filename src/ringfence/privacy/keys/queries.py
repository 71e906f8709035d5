"""What may be told of the keys: epochs and counts, never a key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys.models import BlindIndex, DataKey, KeyEpoch


@dataclass(frozen=True, slots=True)
class EpochView:
    """An epoch: `state` is in use, superseded or destroyed; `keys` counts the living keys it wraps."""

    name: str
    state: str
    began_at: datetime
    keys: int


def epochs() -> list[EpochView]:
    """Return all epochs, newest first."""
    counted = DataKey.objects.filter(destroyed_at=None).values_list("epoch_id").annotate(Count("pk"))
    living = dict(counted.order_by("epoch_id"))
    return [
        EpochView(
            name=row.name,
            state="destroyed" if row.destroyed_at else "superseded" if row.superseded_at else "in use",
            began_at=row.began_at,
            keys=living.get(row.name, 0),
        )
        for row in KeyEpoch.objects.order_by("-name")
    ]


def erased(subjects: Collection[UUID], by: datetime | None = None) -> set[UUID]:
    """Return which of some people were erased, by a moment or by now: the key of their account is destroyed."""
    gone = DataKey.objects.filter(subject__in=[*subjects], retention_class=RetentionClass.ACCOUNT)
    until = {} if by is None else {"destroyed_at__lte": by}
    return set(gone.exclude(destroyed_at=None).filter(**until).values_list("subject", flat=True))


def indexed_between(since: datetime, until: datetime) -> set[UUID]:
    """Return the people who have a blind index and whose first key was made in a stretch of time."""
    made = DataKey.objects.filter(
        retention_class=RetentionClass.ACCOUNT, destroyed_at=None, created_at__gte=since, created_at__lt=until
    )
    return set(
        BlindIndex.objects.filter(subject__in=made.values("subject")).values_list("subject", flat=True)
    )
