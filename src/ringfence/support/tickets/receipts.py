"""One letter that says we have what somebody wrote, with the number of its ticket; nothing of what they wrote is in it.

It goes out once for a new ticket. Who writes again and again on one day gets a few, so that no two programs thank each
other, and nobody's mailbox is filled through our form.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from ringfence.accounts.actions.letters import can_be_written_to, queue_letter
from ringfence.kernel.actor import Actor
from ringfence.support.ticket_models import Ticket

RECEIPT: Final = "ticket-receipt"
"""The kind of letter that says we have a message."""

A_DAY: Final = timedelta(days=1)
RECEIPTS_A_DAY: Final = 3
"""Tickets of one address in a day that are acknowledged."""


def send(row: Ticket, *, answers: str = "", by: Actor, at: datetime) -> None:
    """Queue the receipt of a ticket that was opened just now; `answers` is the id of the letter that opened it."""
    address = str(row.address.open() or "") if row.address is not None else ""
    lately = Ticket.objects.filter(who=bytes(row.who), opened_at__gt=row.opened_at - A_DAY)[
        : RECEIPTS_A_DAY + 1
    ]
    if not (address or can_be_written_to(row.subject)) or len(lately) > RECEIPTS_A_DAY:
        return
    facts: dict[str, Any] = {
        "ticket": row.public_id,
        "in_account": not address,
        "reply_tag": row.public_id,
        "references": [answers] if answers else [],
        "is_automatic": True,
    }
    whom: dict[str, Any] = {"address": address} if address else {"person": row.subject}
    queue_letter(kind=RECEIPT, language=row.language, facts=facts, **whom, by=by, at=at)
