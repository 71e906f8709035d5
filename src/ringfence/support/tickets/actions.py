"""What staff do with a ticket. Whoever writes says which version they saw, so that nothing is overlooked (ADR 0029)."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from ringfence.accounts.actions.letters import can_be_written_to, queue_letter
from ringfence.accounts.letter_ends import LetterEnd, on_end
from ringfence.accounts.queries import find_by_address, is_staff
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.support import ticket_rules as rules
from ringfence.support.actions import message_digest
from ringfence.support.queries import writers_of
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import EntryKind, TicketEvent
from ringfence.support.tickets import keeping, queries
from ringfence.support.tickets.queries import TicketOpened

ANSWER: Final = "ticket-answer"
"""The kind of letter that takes an answer out."""

MOST_REFERENCES: Final = 10
_ANSWERED: Final = re.compile(r"^(?:(?:re|sv|vs|fwd?)\s*:\s*)+", re.IGNORECASE)


@action("ticket.look")
def look(*, ticket: str, earlier: int = 0, by: Actor, at: datetime) -> TicketOpened:
    """Open a ticket for staff with a purpose; the person reads of it (clause 2.1). Raises Refusal for none.

    Other customers whose letters stand in it read of it too.
    Of a long one the newest page is opened, or the one that is so many pages `earlier`.
    """
    row = keeping.locked(ticket)
    me = _me(by)
    others = row.looked_by is not None and bytes(row.looked_by) != me and queries.is_looking(row, at)
    Ticket.objects.filter(pk=row.pk).update(is_new=False, looked_by=me, looked_at=at)
    opened = queries.opened(row, me, is_looked_at=others, earlier=earlier)
    about(row.subject, *writers_of(opened.from_elsewhere), ticket=row.public_id)
    return opened


@action("ticket.answer")
def answer(*, ticket: str, text: str, seen: int, and_close: bool = False, by: Actor, at: datetime) -> None:
    """Answer by letter and in the account. Raises Refusal, among others when somebody wrote since it was opened.

    The letter goes to the address on file, whatever address was written from.
    """
    said, row = rules.require_text(text), keeping.locked(ticket)
    rules.require_unchanged(seen, row.version)
    keeping.move(row, TicketEvent.ANSWER, at)
    row.is_new = False
    entry = keeping.add(row, EntryKind.ANSWER, said, at, author=_me(by))
    entry.sent = _send(row, entry, said, by, at)
    entry.message = message_digest(_id_of(entry.sent).lower())
    entry.save(update_fields=["sent", "message"])
    if and_close:
        keeping.move(row, TicketEvent.CLOSE, at)
        keeping.keep(row)
    about(row.subject, ticket=row.public_id, closed=and_close)


def _send(row: Ticket, entry: TicketEntry, said: str, by: Actor, at: datetime) -> UUID:
    """Queue the letter of an answer, in the conversation of the letters before it (RFC 5322, section 3.6.4)."""
    named = _references(row)
    address = str(row.address.open() or "") if row.address is not None else ""
    if not address and not can_be_written_to(row.subject):
        raise Refusal(
            "ticket.no_address", gettext_noop("There is no address any more that an answer could go to.")
        )
    facts: dict[str, Any] = {
        "said": said,
        "wrote_about": _wrote_about(row),
        "ticket": row.public_id,
        "entry": str(entry.pk),
        "in_account": not address,
        "reply_tag": row.public_id,
        "references": named,
    }
    whom: dict[str, Any] = {"address": address} if address else {"person": row.subject}
    return queue_letter(kind=ANSWER, language=row.language, facts=facts, **whom, by=by, at=at)


def _wrote_about(row: Ticket) -> str:
    """Return what an answer is to. It stands inside: the subject goes through the servers of others in the clear."""
    title = str(row.title.open() or "") if row.title is not None else ""
    return _ANSWERED.sub("", title)


def _references(row: Ticket) -> list[str]:
    """Return the ids of the letters of a conversation, the one that is answered last."""
    found: list[str] = []
    pieces = TicketEntry.objects.filter(ticket=row).exclude(kind=EntryKind.NOTE).order_by("-at", "-pk")
    for one in pieces[: MOST_REFERENCES + 1]:
        if one.message_id is not None and (named := one.message_id.open()):
            found.append(str(named))
        elif one.sent is not None:
            found.append(_id_of(one.sent))
    return found[:MOST_REFERENCES][::-1]


def _id_of(letter: UUID) -> str:
    """Return the message id of a letter of ours."""
    return f"<{public_id('let', letter)}@{str(settings.MAIL_FROM).rsplit('@', 1)[1]}>"


@action("ticket.came_back")
def came_back(*, entry: UUID, by: Actor, at: datetime) -> None:
    """Mark an answer that could not be delivered; the ticket waits for us again. Doing it again does nothing."""
    found = TicketEntry.objects.filter(pk=entry, is_undelivered=False).first()
    if found is None:
        nothing_happened()
        return
    TicketEntry.objects.filter(pk=entry).update(is_undelivered=True)
    row = keeping.locked(found.ticket_id)
    if row.state != rules.OPEN:
        keeping.move(row, TicketEvent.COME_BACK, at)
    row.is_new = True
    row.version += 1
    keeping.keep(row)
    about(row.subject, ticket=row.public_id)


def _given_up(*, person: UUID, facts: Mapping[str, Any], by: Actor, at: datetime) -> None:
    if facts.get("entry"):
        came_back(entry=UUID(str(facts["entry"])), by=by, at=at)


on_end(ANSWER, _given_up, LetterEnd.GIVEN_UP, LetterEnd.RETURNED)


@action("ticket.note")
def note(*, ticket: str, text: str, by: Actor, at: datetime) -> None:
    """Write a note for colleagues. It is no secret: whoever asks for a copy of their data finds it there."""
    row = keeping.locked(ticket)
    keeping.add(row, EntryKind.NOTE, rules.require_text(text), at, author=_me(by))
    about(row.subject, ticket=row.public_id)


@action("ticket.assign")
def assign(*, ticket: str, to: str, by: Actor, at: datetime) -> None:
    """Give a ticket to a member of staff: "me", "nobody", or a colleague by address. Raises Refusal for a stranger."""
    row = keeping.locked(ticket)
    person = {"me": by.person, "nobody": None}.get(to, find_by_address(to))
    if to not in {"me", "nobody"} and (person is None or not is_staff(person)):
        raise Refusal("ticket.no_colleague", gettext_noop("No member of staff has this address."))
    Ticket.objects.filter(pk=row.pk).update(assigned=keeping.staff_digest(person) if person else None)
    about(row.subject, ticket=row.public_id)


@action("ticket.tag")
def tag(*, ticket: str, tags: Collection[str], by: Actor, at: datetime) -> None:
    """Say what a ticket is about. Words that are none of ours are left out."""
    row = keeping.locked(ticket)
    chosen = [name for name in rules.TAGS if name in tags]
    Ticket.objects.filter(pk=row.pk).update(tags=chosen)
    about(row.subject, ticket=row.public_id, tags=",".join(chosen))


@action("ticket.close")
def close(*, ticket: str, seen: int, by: Actor, at: datetime) -> None:
    """Close a ticket. Raises Refusal, among others when somebody wrote since it was opened."""
    row = keeping.locked(ticket)
    rules.require_unchanged(seen, row.version)
    keeping.move(row, TicketEvent.CLOSE, at)
    row.is_new = False
    keeping.keep(row)
    about(row.subject, ticket=row.public_id)


@action("ticket.reopen")
def reopen(*, ticket: str, by: Actor, at: datetime) -> None:
    """Open a closed ticket again. Raises Refusal when it is not closed."""
    row = keeping.locked(ticket)
    keeping.move(row, TicketEvent.REOPEN, at)
    keeping.keep(row)
    about(row.subject, ticket=row.public_id)


def _me(by: Actor) -> bytes:
    if by.person is None:
        raise LookupError("only a person can do this")
    return keeping.staff_digest(by.person)
