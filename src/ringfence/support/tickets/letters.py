"""What came with the letters of a customer's own conversation, as long as those are kept."""

from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal
from ringfence.support import attachments
from ringfence.support.attachments import GONE, OpenedAttachment
from ringfence.support.ticket_models import TicketEntry


def own_attachment(subject: UUID, ticket: str, letter: UUID, index: int) -> OpenedAttachment:
    """Open what came with a letter of a customer's own ticket. Raises Refusal."""
    try:
        key = parse(ticket, "tkt")
    except NotAPublicId:
        key = UUID(int=0)
    if not TicketEntry.objects.filter(ticket=key, ticket__subject=subject, letter=letter).exists():
        raise Refusal("no-attachment", GONE)
    return attachments.open_attachment(letter, index)
