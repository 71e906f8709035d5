"""The check of clause 2.2: notices arrive once, news go to those alone who said yes, and what comes back is booked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Sum

from ringfence.accounts.post_queries import count_unreachable
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.promises import BROKEN, KEPT, Finding
from ringfence.privacy.promises.registry import Figure
from ringfence.support.models import Letter
from ringfence.support.notice_models import Notice, NoticeRecord
from ringfence.support.notice_rules import AT_WORK, NOT_REACHED
from ringfence.support.notices import audience, unsubscribing
from ringfence.support.rules import LetterKind

SENTENCE: Final = gettext_noop(
    "A notice goes to each customer it is for once, what became of it is noted for each, and news reach nobody who has"
    " not said yes to them."
)
TEXT: Final = gettext_noop(
    "Notices: %(notices)s, sent to customers: %(sent)s. News sent in %(days)s days without a yes that counted:"
    " %(unasked)s. Letters of which nobody knows what became: %(lost)s. Notices that stand still: %(stuck)s. Letters"
    " that came back and were not looked at: %(unread)s. Not reached by mail, who find the notice in the account:"
    " %(not_reached)s. Addresses that take no letters now: %(unreachable)s."
)
STANDS_STILL: Final = timedelta(hours=1)
"""How long nothing may happen with a notice whose time has come."""
KNOWN_WITHIN: Final = timedelta(days=5)
"""How long after a letter was written it is known what became of it; the post is asked for three days."""
CROSSING: Final = timedelta(minutes=1)
"""How long a letter that was in the hands of the worker already may cross with a no."""
LOOKED_BACK: Final = timedelta(days=30)
"""How far back letters are looked at one by one; they are kept as long."""
READ_WITHIN: Final = timedelta(hours=1)

UNASKED: Final = """
WITH sent AS (
    SELECT record.id, record.subject, coalesce(letter.sent_at,
        CASE record.delivery WHEN 'taken' THEN record.settled_at ELSE record.told_at END) AS at
    FROM support_noticerecord record JOIN support_notice notice ON notice.id = record.notice_id
    LEFT JOIN accounts_outgoingletter letter ON letter.id = record.letter
    WHERE notice.kind = 'news' AND record.settled_at >= %(since)s
        AND record.delivery IN ('taken', 'returned', 'unwanted'))
SELECT count(DISTINCT sent.id) FROM sent
LEFT JOIN privacy_stoppeduse stopped ON stopped.subject = sent.subject
    AND stopped.since < sent.at - make_interval(secs => %(crossing)s)
    AND coalesce(stopped.lifted_at, 'infinity') > sent.at
WHERE stopped.id IS NOT NULL OR NOT EXISTS (
    SELECT FROM privacy_consentrecord consent
    WHERE consent.subject = sent.subject AND consent.purpose = 'letters with news' AND consent.state = 'given'
        AND consent.decided_at <= sent.at AND consent.ends_at > sent.at
        AND coalesce(consent.replaced_at, 'infinity') >= sent.at - make_interval(secs => %(crossing)s))
"""
LOST: Final = """
SELECT count(*) FROM support_noticerecord record
WHERE record.settled_at IS NULL AND (record.told_at < %(late)s OR record.told_at < %(soon)s AND NOT EXISTS (
    SELECT FROM accounts_outgoingletter letter WHERE letter.id = record.letter))
"""


def notices_arrive(at: datetime) -> Finding:
    """Clause 2.2: look at how the letters of notices ended lately, and at what should be on its way.

    What it reads grows with what happened in thirty days, and with what is still open.
    """
    link = new_id()
    works = unsubscribing.record_of(unsubscribing.token(link)) == link
    figures: Mapping[str, Figure] = {
        "notices": Notice.objects.count(),
        "sent": Notice.objects.aggregate(sent=Sum("sent"))["sent"] or 0,
        "days": LOOKED_BACK.days,
        "unasked": _count(UNASKED, crossing=CROSSING.total_seconds(), since=at - LOOKED_BACK),
        "lost": _count(LOST, late=at - KNOWN_WITHIN, soon=at - STANDS_STILL),
        "stuck": sum(_stands_still(row, at) for row in Notice.objects.filter(state__in=[*AT_WORK])),
        "unread": Letter.objects.filter(
            kind=LetterKind.BOUNCE, sorted_at=None, received_at__lt=at - READ_WITHIN
        ).count(),
        "not_reached": NoticeRecord.objects.filter(delivery__in=[*NOT_REACHED]).count(),
        "unreachable": count_unreachable(),
        "works_link": int(works),
    }
    wrong = not works or any(figures[name] for name in ("unasked", "lost", "stuck", "unread"))
    return Finding(BROKEN if wrong else KEPT, TEXT, figures)


def _count(statement: str, **values: datetime | float) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def _stands_still(row: Notice, at: datetime) -> bool:
    """Tell whether nothing has happened for too long with a notice that should be going out."""
    if row.send_at is None or row.send_at > at - STANDS_STILL:
        return False
    moved = max(row.state_since, row.send_at, row.moved_at or row.send_at)
    return moved < at - STANDS_STILL and (not row.began_at or audience.waiting_for(row, at).exists())
