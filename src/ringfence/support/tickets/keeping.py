"""What every action on a ticket has in common: finding it, adding to it, and who of the staff did something."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, new_id, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.ports import key_store
from ringfence.privacy.sealed import RawBytes
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import THEIRS, EntryKind, TicketEvent, TicketState, moved

_HOW_IT_STANDS: Final = ("state", "closed_at", "waits_since", "version", "last_at", "is_new")


def staff_digest(person: UUID) -> bytes:
    """Return by what a member of staff is known at a ticket; it leads back to nobody."""
    return key_store().mac("ticket-staff", person.bytes)


def locked(ticket: str | UUID) -> Ticket:
    """Return a ticket, locked in the running action, or the one it was merged into. Raises Refusal for none."""
    tickets = Ticket.objects.select_for_update()
    row = tickets.filter(pk=as_key(ticket)).first()
    if row is not None and row.merged_into_id is not None:
        row = tickets.filter(pk=row.merged_into_id).first()
    if row is None:
        raise Refusal(
            "ticket.gone",
            gettext_noop(
                "There is no ticket with this number: it is mistyped, or the conversation is deleted."
            ),
        )
    return row


def as_key(ticket: str | UUID) -> UUID:
    """Return the key of a ticket. Raises Refusal for what is no id of one."""
    if isinstance(ticket, UUID):
        return ticket
    try:
        return parse(ticket, "tkt")
    except NotAPublicId:
        raise Refusal(
            "ticket.gone",
            gettext_noop(
                "There is no ticket with this number: it is mistyped, or the conversation is deleted."
            ),
        ) from None


def move(row: Ticket, event: TicketEvent, at: datetime) -> None:
    """Move a ticket, which is saved by the caller. Raises Refusal when it cannot move so."""
    row.state = moved(row.state, event)
    row.closed_at = at if row.state == TicketState.CLOSED else None
    row.waits_since = (row.waits_since or at) if row.state == TicketState.OPEN else None


def add(row: Ticket, kind: EntryKind, text: str, at: datetime, **more: object) -> TicketEntry:
    """Add a piece to a ticket, and save both; what the person wrote is new to us."""
    entry = TicketEntry(
        pk=new_id(), ticket=row, subject=row.subject, kind=kind, at=at, text=RawBytes(text.encode()), **more
    )
    entry.save(force_insert=True)
    row.version += 1
    row.last_at = max(at, row.last_at)
    row.is_new = row.is_new or kind in THEIRS
    keep(row)
    return entry


def said_in(entry: TicketEntry) -> str:
    """Return what a piece of a ticket says; nothing of an erased one."""
    text = entry.text.open()
    return text.decode() if text else ""


def keep(row: Ticket, *more: str) -> None:
    """Save how a ticket stands, and further fields that are named; what is sealed stays as it is."""
    row.save(update_fields=[*_HOW_IT_STANDS, *more])
