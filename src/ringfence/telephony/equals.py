"""Numbers as good as another one, for whoever wanted that one and comes too late."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ringfence.kernel.public_ids import public_id
from ringfence.privacy.guarded import GuardedQuerySet
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState

MOST: Final = 6


@dataclass(frozen=True, slots=True)
class Equal:
    """A free number that is as good as another one."""

    id: UUID
    e164: str
    country: str
    area: str
    capabilities: tuple[str, ...]

    @property
    def public_id(self) -> str:
        """The id that pages and addresses use."""
        return public_id("num", self.id)


def _as_good_as(row: Number) -> GuardedQuerySet[Number]:
    return Number.objects.filter(
        state=NumberState.AVAILABLE,
        country=row.country,
        type=row.type,
        capabilities__contains=row.capabilities,
        documents=[],
    )


def _equal(row: Number) -> Equal:
    return Equal(row.pk, row.e164, row.country, row.area, tuple(row.capabilities))


def equal_to(number: UUID, limit: int = MOST) -> list[Equal]:
    """Return free numbers that do all that another one does: of the same area first, then the nearest in digits.

    Country and type are the same, which is what a price goes by, and each works at once: none of them asks for papers.
    """
    row = Number.objects.filter(pk=number).first()
    if row is None:
        return []
    found: dict[UUID, Number] = {}
    for fits in (_as_good_as(row).filter(area=row.area), _as_good_as(row)):
        above = fits.filter(e164__gt=row.e164).order_by("e164")
        below = fits.filter(e164__lt=row.e164).order_by("-e164")
        found |= {near.pk: near for nearest in (above, below) for near in nearest[:limit]}
    digits = int(row.e164[1:])
    ordered = sorted(
        found.values(), key=lambda near: (near.area != row.area, abs(int(near.e164[1:]) - digits), near.e164)
    )
    return [_equal(near) for near in ordered[:limit]]


def equal_among(number: UUID, chosen: UUID) -> Equal | None:
    """Return the chosen one when it is free and as good as the number; otherwise None."""
    row = Number.objects.filter(pk=number).first()
    found = _as_good_as(row).filter(pk=chosen).exclude(pk=number).first() if row else None
    return _equal(found) if found else None
