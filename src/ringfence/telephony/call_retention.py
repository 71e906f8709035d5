"""Calls are kept for the class `traffic`, counted from the day they began, and let go of day by day (clause 2.8)."""

from datetime import date, datetime, timedelta
from typing import Final

import structlog
from django.db import OperationalError

from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.telephony import call_days, node_queries, taking_in
from ringfence.telephony.actions import calls
from ringfence.telephony.models import CallRecord, MissedNotice, Tenure

EARLY: Final = timedelta(hours=1)
"""A day goes this much before its first call reaches the end of its time: it is looked for once an hour."""

SAMPLE: Final = 500
SAMPLED: Final = timedelta(days=2)
"""How many callers of how long a time are looked for in log files."""

log = structlog.get_logger(__name__)


def due_days(at: datetime) -> list[date]:
    """Return the days of call records whose time is over, the oldest first."""
    return [day for day in call_days.days() if call_days.start_of(day) + call_days.kept_for() <= at + EARLY]


def overdue(at: datetime) -> int:
    """Return how many rows are older than the class allows."""
    end = at - call_days.kept_for()
    return (
        CallRecord.objects.filter(started_at__lt=end).count()
        + Tenure.objects.filter(ended_at__lt=end).count()
        + MissedNotice.objects.filter(written_at__lt=end, waiting=0).count()
    )


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Drop every day whose time is over; return how many calls that were. A day that is being read waits an hour."""
    gone = 0
    for day in due_days(at):
        count = call_days.rows(day)
        try:
            if not dry_run:
                calls.let_go_of_day(day=day, count=count, by=by, at=at)
        except OperationalError as trouble:
            log.warning("calls.day_in_use", day=day.isoformat(), trouble=type(trouble).__name__)
            continue
        gone += count
    return gone + calls.forget_tenures(before=at - call_days.kept_for(), dry_run=dry_run, by=by, at=at)


def some_callers(at: datetime) -> set[str]:
    """Return who called lately, some of them by chance, to be looked for where they may not stand."""
    recent = CallRecord.objects.filter(started_at__gte=at - SAMPLED, caller__isnull=False).order_by("id")
    anywhere = new_id()
    rows = list(recent.filter(pk__gte=anywhere)[:SAMPLE])
    rows += list(recent.filter(pk__lt=anywhere)[: SAMPLE - len(rows)]) if len(rows) < SAMPLE else []
    keyring.prefetch({row.subject for row in rows}, RetentionClass.TRAFFIC)
    opened = [row.caller.open() for row in rows]
    return {caller for caller in opened if isinstance(caller, str)}


def enter() -> None:
    """Enter what telephony keeps for a time, what no log may show, and what is on its way in."""
    retention.enter(
        "telephony.calls",
        RetentionClass.TRAFFIC,
        overdue=overdue,
        let_go=let_go,
        title=gettext_noop("Calls, and who had a number when"),
        of=(CallRecord, Tenure, MissedNotice),
    )
    retention.enter_secret("telephony.callers", some_callers)
    retention.enter_backlog("telephony.spool", taking_in.waiting_for)
    retention.enter_machines("telephony.nodes", node_queries.machines)
