"""What the interfaces may read of tickets: lists without names, a conversation for those it concerns."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from ringfence.accounts.queries import is_customer
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.support.attachments import Attachment, beside
from ringfence.support.attachments import listed as attached_to
from ringfence.support.queries import senders_of
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import (
    CLOSED,
    LOOKING_FOR,
    MERGED,
    OPEN,
    THEIRS,
    WAITING,
    EntryKind,
    TicketState,
    without_quote,
)
from ringfence.support.tickets.keeping import said_in, staff_digest

NEW: Final = "new"
MINE: Final = "mine"
ALL: Final = "all"
MOST_COUNTED: Final = 1000
"""Up to where the long lists are counted."""
ON_A_PAGE: Final = 100
"""Pieces of a conversation that are opened at once."""
LISTS: Final = (OPEN, NEW, MINE, WAITING, CLOSED, ALL)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list: how it stands, and nothing of who wrote it or what."""

    id: UUID
    public_id: str
    state: TicketState
    origin: str
    tags: list[str]
    language: str
    opened_at: datetime
    last_at: datetime
    waits_since: datetime | None
    is_new: bool
    is_mine: bool
    is_assigned: bool
    pieces: int


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A piece of a conversation, opened. `quoted` is what a letter repeats of earlier ones.

    `attached` is what came with it, for its customer; staff have a card of their own for that. `sender` is the address
    of what came from elsewhere, for staff, as long as the letter is kept.
    """

    id: UUID
    kind: EntryKind
    at: datetime
    text: str
    quoted: str
    letter: UUID | None
    sent: UUID | None
    is_theirs: bool
    is_mine: bool
    is_from_elsewhere: bool
    is_undelivered: bool
    attached: list[Attachment]
    sender: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class TicketOpened:
    """A conversation, opened. `customer` is the public id of whoever has an account, `address` of whoever has none.

    `pieces` are those of one page, the oldest first; `earlier` is how many pages from the newest that one is.
    """

    row: TicketRow
    subject: UUID
    title: str
    address: str
    customer: str
    version: int
    is_looked_at: bool
    earlier: int
    has_earlier: bool
    pieces: list[Piece] = field(default_factory=list)

    @property
    def letters(self) -> list[UUID]:
        """Return the letters it is made of, the newest first; those whose time is over among them."""
        return [piece.letter for piece in reversed(self.pieces) if piece.letter is not None]

    @property
    def from_elsewhere(self) -> set[UUID]:
        """Return those of its letters that came from another address than the conversation's."""
        return {piece.letter for piece in self.pieces if piece.letter and piece.is_from_elsewhere}


def is_looking(row: Ticket, at: datetime) -> bool:
    """Tell whether the member of staff who opened a ticket last may still be looking at it."""
    return row.looked_at is not None and at - row.looked_at <= LOOKING_FOR


def listed(show: str, me: UUID, tag: str = "") -> "QuerySet[Ticket]":
    """Return the tickets of a list, the longest waiting first; elsewhere the newest first."""
    mine = staff_digest(me)
    which = {
        OPEN: Q(state=OPEN),
        NEW: Q(is_new=True, state=OPEN),
        MINE: Q(assigned=mine, state__in=(OPEN, WAITING)),
        WAITING: Q(state=WAITING),
        CLOSED: Q(state=CLOSED),
    }
    found = Ticket.objects.filter(which.get(show, ~Q(state=MERGED)))
    found = found.filter(tags__contains=[tag]) if tag else found
    order = ("waits_since", "pk") if show in {OPEN, NEW, MINE} else ("-last_at", "pk")
    return found.order_by(*order)


def rows(found: "list[Ticket] | QuerySet[Ticket]", me: UUID) -> list[TicketRow]:
    """Return tickets as a list shows them."""
    mine, shown = staff_digest(me), list(found)
    counted = TicketEntry.objects.filter(ticket__in=shown).values_list("ticket").annotate(Count("pk"))
    pieces = dict(counted.order_by("ticket"))
    return [as_row(one, mine, pieces.get(one.pk, 0)) for one in shown]


def rows_of(person: UUID, me: UUID) -> list[TicketRow]:
    """Return a customer's tickets, the newest first."""
    return rows(listed(ALL, me).filter(subject=person), me)


def language_of(ticket: str) -> str:
    """Return the language of a conversation, "en" for none."""
    try:
        key = parse(ticket, "tkt")
    except NotAPublicId:
        return "en"
    return Ticket.objects.filter(pk=key).values_list("language", flat=True).first() or "en"


def as_row(row: Ticket, mine: bytes, pieces: int) -> TicketRow:
    """Return a ticket as a list shows it."""
    return TicketRow(
        id=row.pk,
        public_id=row.public_id,
        state=TicketState(row.state),
        origin=row.origin,
        tags=list(row.tags),
        language=row.language,
        opened_at=row.opened_at,
        last_at=row.last_at,
        waits_since=row.waits_since,
        is_new=row.is_new,
        is_mine=row.assigned is not None and bytes(row.assigned) == mine,
        is_assigned=row.assigned is not None,
        pieces=pieces,
    )


def counts(me: UUID) -> dict[str, int]:
    """Return how many tickets each list has; of closed ones and of all, which are many, at most `MOST_COUNTED`."""
    return {
        name: listed(name, me).order_by()[: MOST_COUNTED if name in {CLOSED, ALL} else None].count()
        for name in LISTS
    }


def count_open() -> int:
    """Return how many tickets wait for us."""
    return Ticket.objects.filter(state=OPEN).count()


def version_of(ticket: str, me: UUID, at: datetime) -> tuple[int, bool] | None:
    """Return the version of a ticket, and whether a colleague looks at it; nothing is opened."""
    try:
        row = Ticket.objects.filter(pk=parse(ticket, "tkt")).first()
    except NotAPublicId:
        return None
    if row is None:
        return None
    is_other = row.looked_by is not None and bytes(row.looked_by) != staff_digest(me)
    return row.version, is_other and is_looking(row, at)


def opened(row: Ticket, me: bytes, *, is_looked_at: bool = False, earlier: int = 0) -> TicketOpened:
    """Open a page of a ticket for staff, the newest or an earlier one; the action that asks tells the person."""
    keyring.prefetch([row.subject], RetentionClass.SUPPORT)
    entries = TicketEntry.objects.filter(ticket=row)
    shown, has_earlier = _page(entries, earlier)
    came = senders_of([one.letter for one in shown if one.letter and one.is_from_elsewhere])
    return TicketOpened(
        row=as_row(row, me, entries.count()),
        subject=row.subject,
        title=_opened(row.title),
        address=_opened(row.address),
        customer=public_id("cus", row.subject) if is_customer(row.subject) else "",
        version=row.version,
        is_looked_at=is_looked_at,
        earlier=earlier,
        has_earlier=has_earlier,
        pieces=[replace(_piece(one, me, []), sender=came.get(one.letter or one.pk, "")) for one in shown],
    )


def _page(entries: "QuerySet[TicketEntry]", earlier: int) -> tuple[list[TicketEntry], bool]:
    """Return a page of a conversation, the oldest first, and whether there are earlier ones."""
    start = earlier * ON_A_PAGE
    newest = list(entries.order_by("-at", "-pk")[start : start + ON_A_PAGE + 1])
    return newest[:ON_A_PAGE][::-1], len(newest) > ON_A_PAGE


def _opened(sealed: object) -> str:
    return str(sealed.open() or "") if hasattr(sealed, "open") else ""


def _piece(entry: TicketEntry, me: bytes, attached: list[Attachment]) -> Piece:
    said = said_in(entry)
    text, quoted = without_quote(said) if entry.kind == EntryKind.LETTER else (said, "")
    return Piece(
        id=entry.pk,
        kind=EntryKind(entry.kind),
        at=entry.at,
        text=text or quoted,
        quoted=quoted if text else "",
        letter=entry.letter,
        sent=entry.sent,
        is_theirs=entry.kind in THEIRS,
        is_mine=entry.author is not None and bytes(entry.author) == me,
        is_from_elsewhere=entry.is_from_elsewhere,
        is_undelivered=entry.is_undelivered,
        attached=attached,
    )


@dataclass(frozen=True, slots=True, repr=False)
class OwnTicket:
    """A conversation as its customer sees it."""

    public_id: str
    state: TicketState
    title: str
    opened_at: datetime
    last_at: datetime
    pieces: list[Piece]
    earlier: int = 0
    has_earlier: bool = False

    @property
    def waits_for_us(self) -> bool:
        """Tell whether the next to write is us."""
        return self.state is TicketState.OPEN


def own_tickets(subject: UUID, limit: int | None = None) -> list[OwnTicket]:
    """Return a customer's newest conversations; what was said is opened on the page of each alone."""
    found = Ticket.objects.filter(subject=subject).exclude(state=MERGED).order_by("-last_at", "pk")
    return [_own(row, []) for row in found[:limit]]


def own_ticket(subject: UUID, ticket: str, earlier: int = 0) -> OwnTicket | None:
    """Return a page of a conversation of a customer, without our notes; or of the one it was put into."""
    try:
        row = Ticket.objects.filter(pk=parse(ticket, "tkt"), subject=subject).first()
    except NotAPublicId:
        return None
    if row is not None and row.merged_into is not None:
        row = row.merged_into
    if row is None or row.subject != subject:
        return None
    entries, has_earlier = _page(TicketEntry.objects.filter(ticket=row).exclude(kind=EntryKind.NOTE), earlier)
    came = {one.pk: attached_to(one) for one in beside([one.letter for one in entries if one.letter])}
    pieces = [_piece(one, b"", came.get(one.letter or one.pk, [])) for one in entries]
    return replace(_own(row, pieces), earlier=earlier, has_earlier=has_earlier)


def _own(row: Ticket, pieces: list[Piece]) -> OwnTicket:
    return OwnTicket(
        public_id=row.public_id,
        state=TicketState(row.state),
        title=_opened(row.title),
        opened_at=row.opened_at,
        last_at=row.last_at,
        pieces=pieces,
    )
