"""The promise telephony keeps by itself, and its check over live data."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside, reach
from ringfence.privacy.promises import BROKEN, KEPT, Finding, register
from ringfence.telephony import node_queries
from ringfence.telephony.models import CallRecord, Message, Tenure

LOOKED_BACK: Final = timedelta(days=7)
"""How far back calls and messages are looked at: what is older was looked at when it was not."""

CLAUSE_1_2: Final = gettext_noop(
    "Calls and messages are collected while a number is in use, and belong to whoever had the number at that time."
)
TEXT_1_2: Final = gettext_noop(
    "Calls of the last %(days)s days: %(calls)s, outside their customer's time: %(strange_calls)s. Messages:"
    " %(messages)s, outside: %(strange_messages)s."
)
CALL_TIMES: Final = ("started_at", "answered_at", "ended_at")
MESSAGE_TIMES: Final = ("received_at", "sent_at", "read_at")


def enter() -> None:
    """Enter telephony's check, and the tables of what carriers send."""
    register("1.2", CLAUSE_1_2, check_collected_in_use)
    outside.enter(
        CallRecord, *_columns("call_digest caller caller_digest called outcome node step code"), *CALL_TIMES
    )
    outside.enter(Message, *_columns("sender text pieces carrier digest whole parts media"), *MESSAGE_TIMES)
    reach.follow("telephony.nodes", node_queries.oldest_on_its_way)


def _columns(names: str) -> list[str]:
    return ["id", "subject", "number", *names.split()]


def check_collected_in_use(at: datetime) -> Finding:
    """Check clause 1.2: no call and no message from before or after its customer had the number."""
    since = at - LOOKED_BACK
    calls = CallRecord.objects.filter(started_at__gte=since)
    messages = Message.objects.filter(received_at__gte=since)
    figures = {
        "days": LOOKED_BACK.days,
        "calls": calls.count(),
        "strange_calls": _strange(calls, "started_at"),
        "messages": messages.count(),
        "strange_messages": _strange(messages, "received_at"),
    }
    strange = figures["strange_calls"] or figures["strange_messages"]
    return Finding(BROKEN if strange else KEPT, TEXT_1_2, figures)


def _strange(rows: "QuerySet[CallRecord] | QuerySet[Message]", moment: str) -> int:
    """Return how many rows lie outside every time in which their customer had their number."""
    came = OuterRef(moment)
    theirs = Tenure.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=came),
        number=OuterRef("number"),
        subject=OuterRef("subject"),
        began_at__lte=came,
    )
    return rows.filter(~Exists(theirs)).count()
