"""What may be read of the stock as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Sum

from ringfence.privacy.guarded import GuardedQuerySet
from ringfence.telephony.number_blocks import Block
from ringfence.telephony.rules import NumberState
from ringfence.telephony.stock_models import NumberCount

_KNOWN = """
SELECT count(*) FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS span (first, last),
    generate_series(span.first, span.last) AS number
WHERE EXISTS (SELECT FROM telephony_number WHERE e164 = '+' || number)
"""


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


def countries() -> list[str]:
    """Return the countries of the catalogue: those with any number in stock, in whichever state, by code."""
    return [row["country"] for row in _counted(NumberCount.objects.all(), "country")]


def _counted(rows: GuardedQuerySet[NumberCount], *group: str) -> list[dict[str, Any]]:
    counted = rows.values(*group).annotate(count=Sum("change")).filter(count__gt=0)
    return list(counted.order_by(*group))


def known(blocks: Sequence[Block]) -> int:
    """Return how many numbers of these blocks are in stock already, whatever their state."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, spans(blocks))
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def spans(blocks: Sequence[Block]) -> dict[str, Any]:
    """Return the numbers of blocks as arrays of first and last ones, with their areas; the database spells them out."""
    firsts: list[int] = []
    lasts: list[int] = []
    areas: list[str] = []
    for first, last, area in sorted(_places(blocks)):
        if lasts and first == lasts[-1] + 1 and area == areas[-1]:
            lasts[-1] = last
            continue
        firsts.append(first)
        lasts.append(last)
        areas.append(area)
    return {"firsts": firsts, "lasts": lasts, "areas": areas}


def _places(blocks: Sequence[Block]) -> Iterator[tuple[int, int, str]]:
    for block in blocks:
        for part, area in block.numbers.places():
            yield int(part.first), int(part.last), area or ""
