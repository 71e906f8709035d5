"""What may be read of the stock as a whole."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from ringfence.privacy.guarded import GuardedQuerySet
from ringfence.telephony.rules import NumberState
from ringfence.telephony.stock_models import NumberCount


@dataclass(frozen=True, slots=True)
class Alike:
    """How many numbers for sale are alike in all of this."""

    country: str
    area: str
    type: str
    capabilities: tuple[str, ...]
    ready_at_once: bool
    count: int


def available() -> list[Alike]:
    """Return how many numbers are for sale, by all that a choice can be made by; never looks at the numbers."""
    group = ("country", "area", "type", "capabilities", "ready_at_once")
    rows = _counted(NumberCount.objects.filter(state=NumberState.AVAILABLE), *group)
    return [Alike(**{**row, "capabilities": tuple(row["capabilities"])}) for row in rows]


def counts_by_state() -> dict[str, int]:
    """Return how many numbers are in each state."""
    return {row["state"]: row["count"] for row in _counted(NumberCount.objects.all(), "state")}


def counts_by_country() -> list[tuple[str, int]]:
    """Return the countries with numbers for sale and how many, by country code."""
    rows = _counted(NumberCount.objects.filter(state=NumberState.AVAILABLE), "country")
    return [(row["country"], row["count"]) for row in rows]


def _counted(rows: GuardedQuerySet[NumberCount], *group: str) -> list[dict[str, Any]]:
    counted = rows.values(*group).annotate(count=Sum("change")).filter(count__gt=0)
    return list(counted.order_by(*group))
