"""Messages enter what has an end: they are let go of with their days, and looked at by the check of clause 2.8."""

from datetime import datetime
from typing import Final

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.telephony import message_queries
from ringfence.telephony.actions import messages
from ringfence.telephony.message_rules import KEPT, LET_GO_BEFORE
from ringfence.telephony.models import Message, MessageDelivery

NAME: Final = "telephony.messages"
SAMPLE: Final = 200
LONG_ENOUGH: Final = 24
"""Characters of a text that can only be that text; a shorter one may stand in a log by chance."""


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of messages whose time is up; with `dry_run` say how many would go."""
    if dry_run:
        return Message.objects.filter(received_at__lte=at - KEPT + LET_GO_BEFORE).count()
    return messages.drop_old(by=by, at=at)


def newest_senders_and_texts(_at: datetime) -> set[str]:
    """Return the numbers that wrote last, and what long texts say: no log file may show them."""
    found: set[str] = set()
    rows = list(Message.objects.order_by("-received_at")[:SAMPLE])
    keyring.prefetch({row.subject for row in rows}, RetentionClass.MESSAGES)
    for row in rows:
        sender, text = str(row.sender.open() or ""), row.text.open() or b""
        found.update({sender} if sender.startswith("+") else set())
        found.update(line for line in text.decode().splitlines() if len(line) >= LONG_ENOUGH)
    return found


def overdue(at: datetime) -> int:
    """Return how many messages are older than they may be."""
    return message_queries.overdue(at)


retention.enter(
    NAME,
    RetentionClass.MESSAGES,
    overdue=overdue,
    let_go=let_go,
    title=gettext_noop("Messages to numbers"),
    of=(Message, MessageDelivery),
)
retention.enter_secret(NAME, newest_senders_and_texts)
