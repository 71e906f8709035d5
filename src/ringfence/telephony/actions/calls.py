"""Call records: from a node's spool, sealed on the way in, into the customer's log, and out of it again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import QuerySet

from ringfence.accounts.actions import forget_letters
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.payment_watch.removing import Channel, count_removed
from ringfence.privacy.retention.setting_aside import set_aside
from ringfence.telephony import call_days, intake
from ringfence.telephony.actions import missed
from ringfence.telephony.call_log import EVERY, Call, Wanted, narrowed, page
from ringfence.telephony.models import CallRecord, DeletedCall, MissedNotice, SpoolOffset, Tenure
from ringfence.telephony.ports import Outcome, SpooledLine

LONGEST_CALL: Final = timedelta(hours=12)
"""After that the switch ends a call; one that still has no end then never gets one."""

PATIENCE: Final = timedelta(minutes=10)
DELETED_KEPT: Final = LONGEST_CALL + timedelta(hours=1)
"""How long it is known that a call was deleted while it was up."""

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0x43414C4C))"
_OFFSETS: Final = """
INSERT INTO telephony_spooloffset AS kept (file, "offset", node)
SELECT * FROM unnest(%s::varchar[], %s::bigint[], %s::varchar[])
ON CONFLICT (file) DO UPDATE SET "offset" = greatest(kept."offset", excluded."offset"), node = excluded.node
"""

log = structlog.get_logger(__name__)


@action("calls.take_in")
def take_in(*, lines: Sequence[SpooledLine], by: Actor, at: datetime, node: str = "") -> int:
    """Store what lines of a node's spool say, with how far each file was read; return how many calls were stored.

    One at a time does it for a node. A repeat of a line changes nothing. A call to a number nobody had then is counted
    and not stored; neither is one that should be gone already, or that has not happened yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [node])
    oldest = at - call_days.kept_for()
    calls = [line.call for line in lines if line.call]
    timely = [call for call in calls if oldest < call.started_at <= at + call_days.AHEAD_OF_US]
    call_days.make({call_days.day_of(call.started_at) for call in timely})
    done = intake.store(intake.newest(timely))
    if done.removed:
        count_removed(channel=Channel.CALL, removed=done.removed, by=by, at=at)
    ends = {line.file: line.end for line in lines}
    with connection.cursor() as cursor:
        cursor.execute(_OFFSETS, [[*ends], [*ends.values()], [node] * len(ends)])
    for subject, missed_calls in done.to_write.items():
        missed.note(subject=subject, calls=missed_calls, by=by, at=at)
    unreadable, untimely = len(lines) - len(calls), len(calls) - len(timely)
    if unreadable or untimely:
        log.error("calls.not_understood", node=node, unreadable=unreadable, untimely=untimely)
    about(stored=done.stored, ended=done.ended, nobody=done.nobody, unreadable=unreadable, untimely=untimely)
    return done.stored


@action("calls.forget_files")
def forget_files(*, files: frozenset[str], by: Actor, at: datetime) -> None:
    """Forget how far files were read that are gone."""
    nothing_happened()
    SpoolOffset.objects.filter(file__in=files).delete()


@action("calls.close_interrupted")
def close_interrupted(*, node: str, answered_before: datetime, by: Actor, at: datetime) -> int:
    """Close calls of a node whose end can come no more; when they ended is not known, and not made up.

    An end that comes all the same is added as to any other call. `node` is empty for all nodes.
    """
    open_calls = CallRecord.objects.filter(outcome=Outcome.IN_PROGRESS, answered_at__lt=answered_before)
    count = (open_calls.filter(node=node) if node else open_calls).update(outcome=Outcome.INTERRUPTED)
    if not count:
        nothing_happened()
    about(count=count)
    return count


def close_overlong(*, by: Actor, at: datetime) -> int:
    """Close calls that have been without an end for longer than a call can last; return how many."""
    return close_interrupted(node="", answered_before=at - LONGEST_CALL - PATIENCE, by=by, at=at)


@action("calls.add_digests")
def add_digests(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Add to records of an earlier version by what their callers are found; return how many got it."""
    nothing_happened()
    rows = list(CallRecord.objects.filter(caller__isnull=False, caller_digest=None).order_by("id")[:limit])
    keyring.prefetch({row.subject for row in rows}, RetentionClass.TRAFFIC)
    for row in rows:
        try:
            key = keyring.key_for(row.subject, RetentionClass.TRAFFIC)
        except KeyError:  # This person is being erased; an empty digest finds nothing, and is not met again.
            _set_digest(row, b"")
            continue
        digest = intake.caller_digest(key, str(row.caller.open() if row.caller else ""))
        _set_digest(row, digest)
    return len(rows)


def _set_digest(row: CallRecord, digest: bytes) -> None:
    CallRecord.objects.filter(pk=row.pk, started_at=row.started_at).update(caller_digest=digest)


@action("calls.forget_deleted")
def forget_deleted(*, by: Actor, at: datetime) -> None:
    """Forget which calls were deleted while they were up, once no end of theirs can come any more."""
    nothing_happened()
    DeletedCall.objects.filter(deleted_at__lte=at - DELETED_KEPT).delete()


@action("calls.make_days")
def make_days(*, by: Actor, at: datetime) -> int:
    """Make the days that come; return how many were lacking."""
    nothing_happened()
    return call_days.make_ahead(at)


@action("calls.let_go_of_day")
def let_go_of_day(*, day: date, count: int, by: Actor, at: datetime) -> None:
    """Let go of a whole day of call records (clause 2.8). Raises OperationalError when somebody reads it too long.

    What a legal hold covers of it is copied aside before.
    """
    start = call_days.start_of(day)
    of_the_day = CallRecord.objects.filter(started_at__gte=start, started_at__lt=start + timedelta(days=1))
    held = set_aside(rows=of_the_day, by=by, at=at)
    call_days.drop(day)
    about(day=day.isoformat(), count=count, held=held)


@action("calls.forget_tenures")
def forget_tenures(*, before: datetime, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Forget who had a number until a moment, and who was last written to before it; return how many rows."""
    nothing_happened()
    over = (
        Tenure.objects.filter(ended_at__lt=before),
        MissedNotice.objects.filter(written_at__lt=before, waiting=0),
    )
    if dry_run:
        return sum(rows.count() for rows in over)
    return sum(rows.delete()[0] for rows in over)


@action("calls.delete")
def delete_calls(
    *, subject: UUID, by: Actor, at: datetime, wanted: Wanted = EVERY, expected: int | None = None
) -> int:
    """Delete a customer's call records now, all or some, as the customer may at any time; return how many.

    With `expected` it is that many or none: a Refusal says that they have become more or fewer.

    Letters that we keep of missed calls name callers too: our copies of them go along.
    """
    count = _delete(narrowed(subject, wanted), subject, by, at)
    if not wanted.is_narrow:
        forget_letters(person=subject, kind=missed.KIND, by=by, at=at)
    if expected is not None and count != expected:
        raise Refusal(
            "calls.not_as_many",
            gettext_noop(
                "Meanwhile these are not as many as the page said. Look at the number, then delete them."
            ),
        )
    return count


@action("calls.delete_one")
def delete_call(*, subject: UUID, call: UUID, by: Actor, at: datetime) -> int:
    """Delete one call record now; return how many that were: none when it is gone already."""
    return _delete(CallRecord.objects.filter(subject=subject, pk=call), subject, by, at)


def _delete(rows: QuerySet[CallRecord], subject: UUID, by: Actor, at: datetime) -> int:
    """Delete records, and the letters that name their callers. A call that is still up does not come back."""
    up = rows.filter(ended_at=None).values_list("call_digest", flat=True)
    DeletedCall.objects.bulk_create(
        [DeletedCall(call_digest=bytes(digest), deleted_at=at) for digest in up], ignore_conflicts=True
    )
    about_mail = rows.filter(outcome=Outcome.MISSED_BY_MAIL).values_list("pk", flat=True)
    named = frozenset(key.hex for key in about_mail)
    count, _by_model = rows.delete()
    missed.forget(subject=subject, calls=named, by=by, at=at)
    if count:
        about(subject, count=count)
    else:
        nothing_happened()
    return count


@action("calls.look_at")
def look_at(*, subject: UUID, by: Actor, at: datetime, limit: int = 50) -> list[Call]:
    """Return a customer's newest calls for staff, with a line that the customer reads."""
    about(subject, what="calls")
    return page(subject, limit=limit, at=at)
