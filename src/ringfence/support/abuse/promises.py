"""The checks of clauses 5.3 and 5.4: reports are looked at in time, and what was decided is what is done."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.support.abuse.rules import DECIDED_WITHIN, LOOKED_AT_WITHIN, PATIENCE
from ringfence.support.abuse_models import AbuseSuspension
from ringfence.telephony import node_queries

CLAUSE_5_3: Final = gettext_noop(
    "Anybody can report abuse of a number. Somebody looks at each report within three days and decides within two weeks"
    " after that, and whoever gave an address is told."
)
TEXT_5_3: Final = gettext_noop(
    "Reports kept: %(reports)s, in cases: %(cases)s. Cases that wait to be looked at: %(waiting)s, too long: %(late)s."
    " Not decided, or appeals not answered, in time: %(slow)s. Reporters not told of the outcome: %(untold)s, whose"
    " address takes no letters: %(unreached)s."
)
CLAUSE_5_4: Final = gettext_noop(
    "A number that was suspended for abuse refuses calls and messages, an account is closed by two, and each decision"
    " has a reason that its customer was told and could appeal to somebody else."
)
TEXT_5_4: Final = gettext_noop(
    "Decisions in force or appealed: %(decisions)s, without a reason that the customer was told: %(unexplained)s, told"
    " in the account alone, since letters come back: %(unreached)s."
    " Numbers suspended: %(suspended)s, that ring all the same: %(ringing)s, not yet known to the switch: %(behind)s."
    " Numbers still suspended after a won appeal: %(unrestored)s. Accounts not closed in time, or by one alone:"
    " %(closings)s."
)
KNOWN_WITHIN: Final = timedelta(minutes=1)
"""How long a suspension may take to every machine that takes calls; it is seconds."""
SOON_SHARE: Final = 0.75
"""How much of the time to look at a report may pass before it is due soon."""

_REPORTS: Final = """
SELECT (SELECT count(*) FROM support_abusereport), count(*),
    count(*) FILTER (WHERE state = 'reported'),
    count(*) FILTER (WHERE state = 'reported' AND reported_at < %(looked)s),
    count(*) FILTER (WHERE state = 'reported' AND reported_at < %(soon)s),
    count(*) FILTER (WHERE state IN ('looking', 'confirming') AND looked_at < %(decided)s
        OR state = 'appealed' AND appealed_at < %(decided)s),
    (SELECT count(*) FROM support_abusereport AS report JOIN support_abusecase AS its ON its.id = report.case_id
        WHERE report.has_address AND report.told_at IS NULL AND report.unreached_at IS NULL AND its.decision <> ''
            AND its.state IN ('decided', 'appealed', 'closed')
            AND NOT EXISTS (SELECT FROM privacy_erasure AS erasure WHERE erasure.subject = report.subject)),
    (SELECT count(*) FROM support_abusereport WHERE unreached_at IS NOT NULL)
FROM support_abusecase
"""
_DECISIONS: Final = """
WITH decided AS (
    SELECT *, told_at IS NULL AND (unreached_at IS NOT NULL OR EXISTS (SELECT FROM accounts_person AS person
        WHERE person.id = support_abusecase.subject AND person.unreachable_at IS NOT NULL)) AS unreached
    FROM support_abusecase
    WHERE decision NOT IN ('', 'nothing') AND state IN ('confirming', 'decided', 'appealed', 'closed')
)
SELECT count(*),
    count(*) FILTER (WHERE reason IS NULL OR clause = ''
        OR (told_at IS NULL AND NOT unreached
            AND NOT EXISTS (SELECT FROM privacy_erasure AS erasure WHERE erasure.subject = decided.subject))
        OR (state = 'closed' AND outcome = '' AND closed_at < appeal_until)),
    count(*) FILTER (WHERE unreached),
    count(*) FILTER (WHERE decision = 'closing' AND (
        (state <> 'confirming' AND (confirmed_by IS NULL OR confirmed_by = decided_by))
        OR (state = 'decided' AND appeal_until < %(before)s)
        OR (state = 'closed' AND outcome <> 'overturned' AND closed_at < %(before)s
            AND EXISTS (SELECT FROM accounts_person AS person
                WHERE person.id = decided.subject AND person.state = 'active')
            AND NOT EXISTS (SELECT FROM privacy_erasure AS erasure WHERE erasure.subject = decided.subject))))
FROM decided
"""
_NUMBERS: Final = """
SELECT count(*) FILTER (WHERE its.ended_at IS NULL),
    count(*) FILTER (WHERE its.ended_at IS NULL AND number.holder = cases.subject
        AND NOT 'abuse' = ANY(number.suspended_for)),
    count(*) FILTER (WHERE cases.outcome = 'overturned' AND 'abuse' = ANY(number.suspended_for)
        AND number.holder = cases.subject AND its.ended_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM support_abusesuspension AS other
            WHERE other.number = its.number AND other.ended_at IS NULL AND other.case_id <> its.case_id))
FROM support_abusesuspension AS its
JOIN support_abusecase AS cases ON cases.id = its.case_id
JOIN telephony_number AS number ON number.id = its.number
"""


def enter() -> None:
    """Enter both checks."""
    register("5.3", CLAUSE_5_3, reports_are_looked_at)
    register("5.4", CLAUSE_5_4, decisions_are_done)


def reports_are_looked_at(at: datetime) -> Finding:
    """Clause 5.3: each report is looked at, decided, and answered in time."""
    times = {
        "looked": at - LOOKED_AT_WITHIN,
        "soon": at - LOOKED_AT_WITHIN * SOON_SHARE,
        "decided": at - DECIDED_WITHIN,
    }
    reports, cases, waiting, late, soon, slow, untold, unreached = _row(_REPORTS, times)
    figures = {
        "reports": reports,
        "cases": cases,
        "waiting": waiting,
        "late": late,
        "slow": slow,
        "untold": untold,
        "unreached": unreached,
    }
    if late or slow or untold:
        return Finding(BROKEN, TEXT_5_3, figures)
    return Finding(DUE_SOON if soon else KEPT, TEXT_5_3, figures)


def decisions_are_done(at: datetime) -> Finding:
    """Clause 5.4: suspended numbers refuse, won appeals restore, and nothing is decided without a reason told."""
    decisions, unexplained, unreached, closings = _row(_DECISIONS, {"before": at - PATIENCE})
    suspended, ringing, unrestored = _row(_NUMBERS, {})
    behind, is_late = _behind(at)
    figures = {
        "decisions": decisions,
        "unexplained": unexplained,
        "unreached": unreached,
        "suspended": suspended,
        "ringing": ringing,
        "behind": behind,
        "unrestored": unrestored,
        "closings": closings,
    }
    if unexplained or ringing or unrestored or closings or is_late:
        return Finding(BROKEN, TEXT_5_4, figures)
    return Finding(DUE_SOON if behind else KEPT, TEXT_5_4, figures)


def _behind(at: datetime) -> tuple[int, bool]:
    """Return how many suspensions a node does not know yet, and whether it should; without any node nothing rings."""
    if all(node.state is node_queries.NodeState.SILENT for node in node_queries.all_nodes(at)):
        return 0, False
    numbers = AbuseSuspension.objects.filter(ended_at=None).values_list("number", flat=True)
    count = len(node_queries.numbers_behind(list(numbers)))
    return count, bool(count) and node_queries.oldest_on_its_way(at) > KNOWN_WITHIN


def _row(query: str, values: dict[str, datetime]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return tuple(cursor.fetchone())
