"""Finding tickets: by an exact address, number or id, and by words within those that are open."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from ringfence.accounts.queries import find_by_address
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.looks import note
from ringfence.support.actions import address_digest
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import MERGED, OPEN, WAITING
from ringfence.support.tickets.keeping import said_in
from ringfence.support.tickets.queries import TicketRow, rows
from ringfence.telephony.lookups import holders_of, is_a_number, numbers_with

BATCH: Final = 200
"""Tickets that are opened at once when words are looked for."""
SECONDS: Final = 3.0
"""By when no further batch is begun."""
AT_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and in how many of the open tickets words were looked for.

    Both are 0 when an exact search found something.
    """

    rows: list[TicketRow]
    read_through: int
    there_are: int


@action("ticket.search")
def search(*, wanted: str, me: UUID, by: Actor, at: datetime) -> Found:
    """Find tickets. Whose words were found reads of it; of the others nothing is shown to anybody (clause 2.1)."""
    text = wanted.strip()
    exact = _exactly(text)
    read, there_are, found = (0, 0, exact) if exact else _with_words(text)
    about(*{row.subject for row in found}, found=len(found))
    return Found(rows(found, me), read, there_are)


def found_again(public_ids: Collection[str], me: UUID) -> list[TicketRow]:
    """Return those of some tickets that are still there, in their order."""
    keys = [parse(one, "tkt") for one in public_ids]
    found = {row.id: row for row in rows(Ticket.objects.exclude(state=MERGED).filter(pk__in=keys), me)}
    return [found[key] for key in keys if key in found]


def _exactly(text: str) -> list[Ticket]:
    fits = Q(pk__in=[])
    for prefix, name in (("tkt", "pk"), ("cus", "subject")):
        try:
            fits |= Q(**{name: parse(text, prefix)})
        except NotAPublicId:
            continue
    if "@" in text:
        fits |= Q(who=address_digest(text)) | Q(subject=find_by_address(text))
    fits |= Q(subject__in=holders_of(numbers_with(text) if is_a_number(text) else []))
    found = Ticket.objects.exclude(state=MERGED).filter(fits)
    return list(found.order_by("-last_at", "pk")[:AT_MOST])


def _with_words(text: str) -> tuple[int, int, list[Ticket]]:
    """Return how many open tickets were read through, of how many, and those in which each of the words stands.

    They are read batch by batch, those written in last first, until all are, enough are found, or the time is over.
    """
    words = text.casefold().split()
    if not words:
        return 0, 0, []
    there_are = _open_ones().count()
    read, hits, began = 0, [], monotonic()
    for tickets in _batches():
        hits += _hits(tickets, words)
        read += len(tickets)
        if len(hits) >= AT_MOST or monotonic() - began > SECONDS:
            break
    return read, max(read, there_are), hits[:AT_MOST]


def _open_ones() -> "QuerySet[Ticket]":
    return Ticket.objects.filter(state__in=(OPEN, WAITING))


def _batches() -> Iterator[dict[UUID, Ticket]]:
    """Yield the open tickets, those that were written in last first."""
    newest = _open_ones().order_by("-last_at", "pk")
    tickets = {row.pk: row for row in newest[:BATCH]}
    while tickets:
        yield tickets
        last = list(tickets.values())[-1]
        behind = Q(last_at__lt=last.last_at) | Q(last_at=last.last_at, pk__gt=last.pk)
        tickets = {row.pk: row for row in newest.filter(behind, last_at__lte=last.last_at)[:BATCH]}


def _hits(tickets: dict[UUID, Ticket], words: list[str]) -> list[Ticket]:
    said: dict[UUID, list[str]] = {key: [] for key in tickets}
    with note.unwatched():
        keyring.prefetch({row.subject for row in tickets.values()}, RetentionClass.SUPPORT)
        for row in tickets.values():
            said[row.pk].append(str(row.title.open() or "") if row.title is not None else "")
        for entry in TicketEntry.objects.filter(ticket__in=tickets).order_by("at", "pk"):
            said[entry.ticket_id].append(said_in(entry))
    texts = {key: " ".join(pieces).casefold() for key, pieces in said.items()}
    return [row for key, row in tickets.items() if all(word in texts[key] for word in words)]
