"""Two conversations of one person become one."""

from datetime import datetime

from ringfence.accounts.queries import has_account
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.sealed import RawBytes
from ringfence.support import ticket_rules as rules
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import TicketEvent
from ringfence.support.tickets import ending, keeping


@action("ticket.merge")
def merge(*, ticket: str, into: str, by: Actor, at: datetime) -> str:
    """Put one conversation into another of the same person, and return the id of the one that is left.

    That is the one of the account, where only one is. Raises Refusal for two of different people.
    """
    locked = {key: keeping.locked(key) for key in sorted({keeping.as_key(ticket), keeping.as_key(into)})}
    row, other = locked[keeping.as_key(ticket)], locked[keeping.as_key(into)]
    if row.pk == other.pk:
        raise Refusal("ticket.same", gettext_noop("This is the same ticket."))
    is_same_address = bool(row.who) and bytes(row.who) == bytes(other.who)
    if row.subject != other.subject and not is_same_address:
        raise Refusal(
            "ticket.somebody_else",
            gettext_noop("These two are not of the same person. One would read what the other wrote."),
        )
    if not has_account(other.subject) and has_account(row.subject):
        row, other = other, row
    about(row.subject, other.subject, ticket=row.public_id, into=other.public_id)
    _carry_over(row, other)
    _wait_alike(row, other)
    before = row.subject
    keeping.move(row, TicketEvent.MERGE, at)
    row.subject, row.merged_into, row.is_new, row.tags = other.subject, other, False, []
    row.title = row.address = None
    row.save()
    Ticket.objects.filter(merged_into=row).update(merged_into=other, subject=other.subject)
    ending.let_go_of_keys([before], by, at)
    return other.public_id


def _carry_over(row: Ticket, other: Ticket) -> None:
    """Move what was said; it is sealed anew where the two are kept under different ids."""
    for entry in TicketEntry.objects.filter(ticket=row).order_by("at", "pk"):
        text, named = (
            keeping.said_in(entry),
            entry.message_id.open() if entry.message_id is not None else None,
        )
        entry.ticket, entry.subject = other, other.subject
        entry.text, entry.message_id = RawBytes(text.encode()), named or None
        entry.save()


def _wait_alike(row: Ticket, other: Ticket) -> None:
    """Let what waits for us wait there, since when it does, and with what it is about."""
    if row.state == rules.OPEN:
        keeping.move(other, TicketEvent.WRITE, row.last_at)
        other.waits_since = min(filter(None, (row.waits_since, other.waits_since)))
    other.is_new = other.is_new or row.is_new
    other.tags = [name for name in rules.TAGS if name in {*row.tags, *other.tags}]
    other.version += 1
    other.last_at = max(row.last_at, other.last_at)
    keeping.keep(other, "tags")
