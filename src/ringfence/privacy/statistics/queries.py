"""What may be read of the statistics: releases, which are public, and how the budget stands."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.statistics import making, rules
from ringfence.privacy.statistics.manifest import key, read
from ringfence.privacy.statistics.models import Export, Release, Spending
from ringfence.privacy.statistics.rules import Period

__all__ = (
    "VERIFIER",
    "Budget",
    "Released",
    "budgets",
    "export",
    "exports",
    "key",
    "next_period",
    "release",
    "releases",
)

VERIFIER: Final = Path(__file__).parent / "standalone" / "ringfence_release.py"


@dataclass(frozen=True, slots=True)
class Released:
    """A release as it is public: the manifest as it was signed, its note, and the same figures as a table."""

    id: str
    number: int
    period: Period
    made_at: datetime
    text: str
    note: str
    table: str

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest, read."""
        return read(self.text)

    def as_json(self) -> dict[str, Any]:
        """Return the release in the form that the verifier reads."""
        return {"manifest": self.manifest, "note": self.note}


@dataclass(frozen=True, slots=True)
class Budget:
    """What a year's releases have cost a unit, in millionths of rho, and as epsilon."""

    year: int
    unit: str
    rho: int

    @property
    def share(self) -> float:
        """Which share of the year's budget is spent, from 0 to 1."""
        return self.rho / rules.YEARLY_RHO

    @property
    def epsilon(self) -> float:
        """The epsilon that it stands for."""
        return rules.epsilon(self.rho)


def releases(most: int | None = None) -> list[Released]:
    """Return the releases, newest first."""
    return [_released(row) for row in Release.objects.order_by("-number")[:most]]


def release(key: UUID) -> Released | None:
    """Return a release by its key, or None."""
    row = Release.objects.filter(pk=key).first()
    return _released(row) if row else None


def _released(row: Release) -> Released:
    period = Period(row.first, row.after, rules.Level(row.level))
    return Released(row.public_id, row.number, period, row.made_at, row.manifest, row.note, row.table)


def budgets() -> list[Budget]:
    """Return what each year has cost each unit, the newest year first."""
    rows = Spending.objects.values("year", "unit").annotate(rho=Sum("rho")).order_by("-year", "unit")
    return [Budget(row["year"], row["unit"], row["rho"]) for row in rows]


def next_period() -> Period | None:
    """Return the period that is released next, with no figure of it; None before there is a policy."""
    return making.next_period()


def exports() -> list[Export]:
    """Return what was handed to whom, newest first."""
    return list(Export.objects.order_by("-handed_at", "pk")[:200])


def export(named: str) -> Export | None:
    """Return the entry of what was handed to somebody by its public id, or None."""
    try:
        return Export.objects.filter(pk=parse(named, "exp")).first()
    except NotAPublicId:
        return None
