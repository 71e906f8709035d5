"""Finding tickets: by an exact address, number or id, and by words within those that are open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

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

READ_THROUGH: Final = 500
"""Tickets that are read through for words, those that were written in last."""

AT_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and in how many tickets words were looked for; 0 when an exact search found something."""

    rows: list[TicketRow]
    read_through: int


@action("ticket.search")
def search(*, wanted: str, me: UUID, by: Actor, at: datetime) -> Found:
    """Find tickets. Whose words were found reads of it; of the others nothing is shown to anybody (clause 2.1)."""
    text = wanted.strip()
    exact = _exactly(text)
    read, found = (0, exact) if exact else _with_words(text)
    about(*{row.subject for row in found}, found=len(found))
    return Found(rows(found, me), read)


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


def _with_words(text: str) -> tuple[int, list[Ticket]]:
    """Return how many open tickets were read through, and those in which each of the words stands."""
    words = text.casefold().split()
    if not words:
        return 0, []
    newest = Ticket.objects.filter(state__in=(OPEN, WAITING))
    tickets = {row.pk: row for row in newest.order_by("-last_at", "pk")[:READ_THROUGH]}
    said: dict[UUID, list[str]] = {key: [] for key in tickets}
    with note.unwatched():
        keyring.prefetch({row.subject for row in tickets.values()}, RetentionClass.SUPPORT)
        for row in tickets.values():
            said[row.pk].append(str(row.title.open() or "") if row.title is not None else "")
        for entry in TicketEntry.objects.filter(ticket__in=tickets).order_by("at", "pk"):
            said[entry.ticket_id].append(said_in(entry))
    texts = {key: " ".join(pieces).casefold() for key, pieces in said.items()}
    hits = [row for key, row in tickets.items() if all(word in texts[key] for word in words)]
    return len(tickets), hits[:AT_MOST]
