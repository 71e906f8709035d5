"""The promise telephony keeps by itself, and its check over live data."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from psycopg import sql

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside, reach, sampling
from ringfence.privacy.promises import BROKEN, KEPT, Finding, register
from ringfence.telephony import node_queries
from ringfence.telephony.models import CallRecord, Message

LOOKED_BACK: Final = timedelta(days=7)
"""How far back calls and messages are looked at: what is older was looked at when it was not."""

CLAUSE_1_2: Final = gettext_noop(
    "Calls and messages are collected while a number is in use, and belong to whoever had the number at that time."
)
TEXT_1_2: Final = gettext_noop(
    "Calls of the last %(days)s days looked at: %(calls)s, outside their customer's time: %(strange_calls)s. Messages:"
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
    found = _looked_at(at - LOOKED_BACK)
    calls, strange_calls = found["calls"]
    messages, strange_messages = found["messages"]
    figures = {
        "days": LOOKED_BACK.days,
        "calls": calls,
        "strange_calls": strange_calls,
        "messages": messages,
        "strange_messages": strange_messages,
    }
    return Finding(BROKEN if strange_calls or strange_messages else KEPT, TEXT_1_2, figures)


_STRANGE: Final = """
WITH came AS MATERIALIZED (
    SELECT 'calls' AS what, number, subject, started_at AS at FROM telephony_callrecord{calls} WHERE started_at >= %s
    UNION ALL
    SELECT 'messages', number, subject, received_at FROM telephony_message{messages} WHERE received_at >= %s
), strange AS (
    SELECT what, count(*) AS count FROM came WHERE NOT EXISTS (
        SELECT FROM telephony_tenure AS theirs
        WHERE theirs.number = came.number AND theirs.subject = came.subject AND theirs.began_at <= came.at
            AND coalesce(theirs.ended_at, 'infinity') >= came.at
    ) GROUP BY what
)
SELECT what, count(*), coalesce((SELECT count FROM strange WHERE strange.what = came.what), 0) FROM came GROUP BY what
"""


def _looked_at(since: datetime) -> dict[str, tuple[int, int]]:
    """Return how many calls and messages were looked at, and how many lie outside every time of their customer's.

    Of many only so many pages are read, others each time.
    """

    def part(model: type[CallRecord] | type[Message]) -> sql.Composable:
        pages, _rows = sampling.size(model._meta.db_table, since.date())
        return sampling.clause(sampling.share(pages))

    query = sql.SQL(_STRANGE).format(calls=part(CallRecord), messages=part(Message))
    with connection.cursor() as cursor:
        cursor.execute(query, [since, since])
        found = {what: (int(looked_at), int(strange)) for what, looked_at, strange in cursor.fetchall()}
    return {"calls": (0, 0), "messages": (0, 0)} | found
