"""What the interfaces may ask about notices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.support.notice_models import Notice, NoticeRecord
from ringfence.support.notice_rules import NOT_REACHED, Delivery, NoticeKind, NoticeState
from ringfence.support.notices import audience
from ringfence.support.notices.writing import digest_of

WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the letters of a notice so far."""

    taken: int
    waiting: int
    not_reached: int
    unwanted: int


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as staff see it."""

    row: Notice
    digest: str

    @property
    def percent(self) -> int:
        """How many of those it is for it was sent to, of a hundred."""
        return min(WHOLE, WHOLE * self.row.sent // self.row.meant) if self.row.meant else 0

    @property
    def is_at_work(self) -> bool:
        """Whether the worker is at it now."""
        return self.row.state == NoticeState.SENDING


@dataclass(frozen=True, slots=True)
class NoticeTold:
    """A notice as the one it was sent to reads it."""

    public_id: str
    title: str
    paragraphs: list[str]
    is_news: bool
    told_at: datetime
    delivery: Delivery

    @property
    def came_by_mail(self) -> bool:
        """Whether a letter with it has not come back."""
        return self.delivery not in NOT_REACHED


def notices(limit: int = 100) -> list[NoticeView]:
    """Return the newest notices."""
    return [_view(row) for row in Notice.objects.order_by("-written_at", "pk")[:limit]]


def _view(row: Notice) -> NoticeView:
    return NoticeView(row, digest_of(row))


def notice(public: str) -> NoticeView | None:
    """Return a notice by its public id; None when there is none."""
    try:
        row = Notice.objects.filter(pk=parse(public, "ntc")).first()
    except NotAPublicId:
        return None
    return _view(row) if row is not None else None


def told(row: Notice) -> Told:
    """Return what became of the letters of a notice so far; looks at each of its records."""
    found = NoticeRecord.objects.filter(notice=row).values_list("delivery").annotate(Count("pk"))
    count = dict.fromkeys(Delivery, 0) | {Delivery(delivery): many for delivery, many in found}
    return Told(
        count[Delivery.TAKEN],
        count[Delivery.WAITING],
        sum(count[delivery] for delivery in NOT_REACHED),
        count[Delivery.UNWANTED] + count[Delivery.WITHDRAWN],
    )


def would_reach(row: Notice, at: datetime) -> audience.Counted:
    """Count whom a notice would go to if it went out now."""
    return audience.counted(row.kind, row.audience, at)


def notices_of(person: UUID, language: str, limit: int = 100) -> list[NoticeTold]:
    """Return the notices that were sent to a person, the newest first, in a language."""
    rows = NoticeRecord.objects.filter(subject=person).select_related("notice")
    found = []
    for row in rows.order_by("-told_at", "pk")[:limit]:
        said = language if language in row.notice.title else "en"
        parts = str(row.notice.text[said]).split("\n\n")
        found.append(
            NoticeTold(
                row.notice.public_id,
                str(row.notice.title[said]),
                [part.strip() for part in parts if part.strip()],
                row.notice.kind == NoticeKind.NEWS,
                row.told_at,
                Delivery(row.delivery),
            )
        )
    return found


def in_states(*states: NoticeState, limit: int = 20) -> list[NoticeView]:
    """Return notices in some states, the longest there first."""
    found = Notice.objects.filter(state__in=[*states]).order_by("state_since", "pk")
    return [_view(row) for row in found[:limit]]
