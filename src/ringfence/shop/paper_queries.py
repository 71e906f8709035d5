"""What the interfaces may read of papers; the pictures themselves are opened by an action."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.privacy.sealed import Sealed
from ringfence.shop.models import Paper, Papers
from ringfence.shop.paper_rules import OPEN, REASONS, TO_BE_SENT, PaperState, destroyed_at_last

QUEUE: Final = 50
SHOWN: Final = {
    "waiting": frozenset({PaperState.SENT}),
    "missing": TO_BE_SENT,
    "decided": frozenset(PaperState) - OPEN,
}
"""The three lists of the console."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a paper, unopened."""

    id: UUID
    kind: str
    size: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class PapersView:
    """The papers of an order; what we wrote about a refusal opens when shown."""

    order: str
    order_key: UUID
    subject: UUID
    kinds: tuple[str, ...]
    state: PaperState
    asked_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    decided_at: datetime | None
    destroyed_at: datetime | None
    reason: str
    explanation: Sealed | None
    pictures: tuple[Picture, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided yet."""
        return self.state in OPEN

    @property
    def is_to_be_sent(self) -> bool:
        """Whether the customer is asked to send them."""
        return self.state in TO_BE_SENT

    @property
    def gone_by(self) -> datetime | None:
        """When the pictures are destroyed at last."""
        return destroyed_at_last(self.decided_at) if self.decided_at else None


def papers_of(order: str, subject: UUID | None = None) -> PapersView | None:
    """Return the papers of an order; with `subject`, only when they are that person's."""
    try:
        found = Papers.objects.filter(order_id=parse(order, "ord"))
    except NotAPublicId:
        return None
    if subject is not None:
        found = found.filter(subject=subject)
    views = _views(list(found))
    return views[0] if views else None


def states_of(orders: Collection[UUID]) -> dict[UUID, PaperState]:
    """Return how the papers of some orders stand, of those that need any."""
    rows = Papers.objects.filter(order_id__in=orders).values_list("order_id", "state") if orders else []
    return {order: PaperState(state) for order, state in rows}


def queue(show: str, order: str = "", kind: str = "") -> list[PapersView]:
    """Return a list of the console, the oldest first (the newest decision first); narrowed by order or kind."""
    found = Papers.objects.filter(state__in=sorted(SHOWN[show]))
    if order:
        try:
            found = found.filter(order_id=parse(order, "ord"))
        except NotAPublicId:
            return []
    if kind:
        found = found.filter(kinds__contains=[kind])
    by = {"waiting": "sent_at", "missing": "due_at", "decided": "-decided_at"}[show]
    return _views(list(found.order_by(by, "id")[:QUEUE]))


def counts() -> dict[str, int]:
    """Return how many papers are in each list."""
    return {name: Papers.objects.filter(state__in=sorted(states)).count() for name, states in SHOWN.items()}


def picture_of(order: str, paper: UUID) -> Picture | None:
    """Return a picture by its id and order."""
    view = papers_of(order)
    return next((one for one in view.pictures if one.id == paper), None) if view else None


def _views(rows: list[Papers]) -> list[PapersView]:
    pictures: dict[UUID, list[Picture]] = {}
    for one in Paper.objects.filter(papers__in=[row.pk for row in rows]).order_by("kind", "sent_at", "id"):
        pictures.setdefault(one.papers_id, []).append(Picture(one.pk, one.kind, one.size, one.sent_at))
    return [
        PapersView(
            order=public_id("ord", row.order_id),
            order_key=row.order_id,
            subject=row.subject,
            kinds=tuple(row.kinds),
            state=PaperState(row.state),
            asked_at=row.asked_at,
            due_at=row.due_at,
            sent_at=row.sent_at,
            decided_at=row.decided_at,
            destroyed_at=row.destroyed_at,
            reason=str(REASONS.get(row.reason, "")),
            explanation=row.explanation,
            pictures=tuple(pictures.get(row.pk, ())),
        )
        for row in rows
    ]
