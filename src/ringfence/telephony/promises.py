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
    since = at - LOOKED_BACK
    calls, strange_calls = _strange(CallRecord, "started_at", since)
    messages, strange_messages = _strange(Message, "received_at", since)
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
    SELECT number, subject, {moment} AS at FROM {table}{part} WHERE {moment} >= %s
)
SELECT (SELECT count(*) FROM came), (
    SELECT count(*) FROM came WHERE NOT EXISTS (
        SELECT FROM telephony_tenure AS theirs
        WHERE theirs.number = came.number AND theirs.subject = came.subject AND theirs.began_at <= came.at
            AND coalesce(theirs.ended_at, 'infinity') >= came.at
    )
)
"""


def _strange(model: type[CallRecord] | type[Message], moment: str, since: datetime) -> tuple[int, int]:
    """Return how many rows were looked at, and how many lie outside every time their customer had their number.

    Of many rows only so many pages are read, others each time.
    """
    table = model._meta.db_table
    pages, _rows = sampling.size(table, since.date())
    query = sql.SQL(_STRANGE).format(
        moment=sql.Identifier(moment),
        table=sql.Identifier(table),
        part=sampling.clause(sampling.share(pages)),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [since])
        looked_at, strange = cursor.fetchone()
    return int(looked_at), int(strange)
