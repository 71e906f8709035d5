"""What may be read of the files that numbers came in by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal
from ringfence.telephony.numbering_refusals import SENTENCES
from ringfence.telephony.rules import WORKING, ImportState
from ringfence.telephony.stock_models import Import, ImportRejection

WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class ImportView:
    """How far a file is. `groups` are country, type, area and how many numbers, the largest first."""

    id: UUID
    public_id: str
    state: ImportState
    made_at: datetime
    state_since: datetime
    size: int
    lines: int
    rejected: int
    found: int
    known_before: int
    groups: tuple[tuple[str, str, str, int], ...]
    handled: int
    new: int
    percent: int

    @property
    def known(self) -> int:
        """How many of the numbers handled were in stock already."""
        return self.handled - self.new

    @property
    def is_at_work(self) -> bool:
        """Whether the worker has something to do."""
        return self.state in WORKING


def upload(public: str) -> ImportView | None:
    """Return an import by its public id; None when there is none."""
    try:
        row = Import.objects.filter(pk=parse(public, "imp")).first()
    except NotAPublicId:
        return None
    return _view(row) if row else None


def uploads(limit: int = 50) -> list[ImportView]:
    """Return the newest imports."""
    return [_view(row) for row in Import.objects.order_by("-made_at", "id")[:limit]]


def rejections(of: UUID, limit: int) -> list[tuple[int, Refusal]]:
    """Return lines that are not taken in, by number, and why."""
    rows = ImportRejection.objects.filter(upload=of).order_by("line")[:limit]
    return [(row.line, Refusal(row.code, SENTENCES[row.code], **row.values)) for row in rows]


def at_work() -> list[UUID]:
    """Return the imports that the worker has to go on with."""
    return list(Import.objects.filter(state__in=WORKING).order_by("made_at").values_list("pk", flat=True))


def _view(row: Import) -> ImportView:
    return ImportView(
        row.id,
        row.public_id,
        ImportState(row.state),
        row.made_at,
        row.state_since,
        row.size,
        row.lines,
        row.rejected,
        row.found,
        row.known,
        tuple((country, kind, area, count) for country, kind, area, count in row.groups),
        row.handled,
        row.new,
        _percent(row),
    )


def _percent(row: Import) -> int:
    if row.state == ImportState.CHECKING:
        return WHOLE * row.looked_through // row.size if row.size else 0
    if row.state == ImportState.TAKING_IN:
        return WHOLE * row.handled // row.found if row.found else WHOLE
    return WHOLE
