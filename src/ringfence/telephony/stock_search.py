"""The stock as operations see it: every number, whatever its state, but never whose it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.telephony.keypad import Anchor, SearchPattern
from ringfence.telephony.models import Number
from ringfence.telephony.node_queries import numbers_behind
from ringfence.telephony.rules import MOVES, NumberEvent, NumberState


@models.CharField.register_lookup
class Like(models.Lookup):
    """SQL's LIKE with a pattern that the search has made of digits alone."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write `column LIKE pattern`."""
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*left_parameters, *right_parameters)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What operations look for; empty means any. `carrier` is a code, or "own" for own blocks."""

    pattern: SearchPattern | None = None
    country: str = ""
    type: str = ""
    state: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class StockNumber:
    """A number of the stock. `is_published` tells whether the switch has its newest route."""

    id: UUID
    public_id: str
    e164: str
    country: str
    area: str
    type: str
    capabilities: tuple[str, ...]
    carrier: str
    documents: tuple[str, ...]
    state: NumberState
    state_since: datetime
    unused_since: datetime | None
    held_until: datetime | None
    rests_until: datetime | None
    is_published: bool
    suspended_for: tuple[str, ...]

    def can(self, event: NumberEvent) -> bool:
        """Whether something may happen to it now."""
        return (self.state, event) in MOVES


@dataclass(frozen=True, slots=True)
class StockPage:
    """Some numbers in the order of their digits; `after` leads on and is None at the end."""

    numbers: list[StockNumber]
    after: str | None


def find(wanted: Wanted, after: str = "", limit: int = 50) -> StockPage:
    """Return numbers by their digits, from the one behind `after`."""
    found = Number.objects.all()
    for name in ("country", "type", "state"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.carrier:
        found = found.filter(carrier="" if wanted.carrier == "own" else wanted.carrier)
    if wanted.pattern and wanted.pattern.anchor is Anchor.COUNTRY_CODE:
        found = found.filter(e164__like=f"+{wanted.pattern.like}")
    elif wanted.pattern:
        found = found.filter(national__like=wanted.pattern.like)
    if after.isascii() and after.isdigit():
        found = found.filter(e164__gt=f"+{after}")
    rows = list(found.order_by("e164")[: limit + 1])
    following = rows[limit - 1].e164[1:] if len(rows) > limit else None
    behind = numbers_behind([row.pk for row in rows[:limit]])
    return StockPage([_shown(row, behind) for row in rows[:limit]], following)


def number(public: str) -> StockNumber | None:
    """Return a number by its public id; None when there is none."""
    try:
        row = Number.objects.filter(pk=parse(public, "num")).first()
    except NotAPublicId:
        return None
    return _shown(row, numbers_behind([row.pk])) if row else None


def carriers() -> list[str]:
    """Return the codes of the carriers that numbers come from, one look into the index for each."""
    found: list[str] = []
    rows = Number.objects.exclude(carrier="").order_by("carrier").values_list("carrier", flat=True)
    while following := rows.filter(carrier__gt=found[-1] if found else "").first():
        found.append(following)
    return found


def _shown(row: Number, behind: Collection[UUID]) -> StockNumber:
    return StockNumber(
        row.id,
        row.public_id,
        row.e164,
        row.country,
        row.area,
        row.type,
        tuple(row.capabilities),
        row.carrier,
        tuple(row.documents),
        NumberState(row.state),
        row.state_since,
        row.unused_since,
        row.held_until,
        row.rests_until,
        row.pk not in behind,
        tuple(row.suspended_for),
    )
