"""Letters about missed calls, where a number's plan ends with one: the first at once, then at most one in ten minutes.

Whatever comes in between is gathered into the next letter, so that a flood of calls is no flood of letters.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.accounts.actions import forget_letters_naming, queue_letter
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.telephony.models import CallRecord, MissedNotice
from ringfence.telephony.ports import Outcome

KIND: Final = "missed-call"
SPACING: Final = timedelta(minutes=10)
"""Between two letters to one customer."""

AT_ONCE: Final = 500
NAMED: Final = 10
"""Calls that a letter names; of more it says how many there are."""


@action("calls.note_missed")
def note(*, subject: UUID, calls: Sequence[UUID], by: Actor, at: datetime) -> None:
    """Write about missed calls, now or with the next letter, in the transaction that stores them."""
    nothing_happened()
    notice, made = MissedNotice.objects.select_for_update().get_or_create(
        subject=subject, defaults={"written_at": at}
    )
    rows = list(CallRecord.objects.filter(subject=subject, pk__in=calls).order_by("started_at"))
    if made or (not notice.waiting and notice.written_at <= at - SPACING):
        _write(notice, rows, len(rows), by, at)
        return
    first = min(row.started_at for row in rows)
    notice.waiting += len(rows)
    notice.waiting_since = min(first, notice.waiting_since or first)
    notice.save()


@action("calls.write_of_missed")
def write_of_missed(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Write the letter that was put off, when its time has come."""
    nothing_happened()
    due = MissedNotice.objects.filter(subject=subject, waiting__gt=0, written_at__lte=at - SPACING)
    notice = due.select_for_update(skip_locked=True).first()
    if notice is None:
        return
    missed = CallRecord.objects.filter(
        subject=subject, outcome=Outcome.MISSED_BY_MAIL, started_at__gte=notice.waiting_since
    )
    count = min(notice.waiting, missed.count())  # Records that were deleted meanwhile are in no log any more.
    _write(notice, missed.order_by("-started_at", "id")[:NAMED], count, by, at)


def write_of_waiting(*, by: Actor, at: datetime) -> int:
    """Write every letter whose time has come; return how many people were due one."""
    due = MissedNotice.objects.filter(waiting__gt=0, written_at__lte=at - SPACING).order_by(
        "written_at", "pk"
    )
    people = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for subject in people:
        write_of_missed(subject=subject, by=by, at=at)
        keyring.forget()
    return len(people)


def _write(notice: MissedNotice, rows: Iterable[CallRecord], count: int, by: Actor, at: datetime) -> None:
    notice.written_at, notice.waiting, notice.waiting_since = at, 0, None
    notice.save()
    _queue(notice.subject, list(rows)[-NAMED:], count, by, at)


def forget(*, subject: UUID, calls: Collection[str], by: Actor, at: datetime) -> None:
    """Delete letters that name calls that were deleted; what else those said that were not sent yet is written anew.

    Needs an action.
    """
    if not calls:
        return
    lost = forget_letters_naming(person=subject, kind=KIND, fact="calls", names=calls, by=by, at=at)
    rows = (
        list(CallRecord.objects.filter(subject=subject, pk__in=lost).order_by("started_at")) if lost else []
    )
    _queue(subject, rows, len(rows), by, at)


def _queue(subject: UUID, named: Sequence[CallRecord], count: int, by: Actor, at: datetime) -> None:
    if not named:
        return
    facts: dict[str, int | list[str]] = {
        "count": count,
        "more": count - len(named),
        "callers": [str(row.caller.open()) if row.caller else "" for row in named],
        "numbers": [str(row.called.open()) for row in named],
        "calls": [row.pk.hex for row in named],
        "moments": [row.started_at.isoformat() for row in named],
    }
    try:
        queue_letter(kind=KIND, person=subject, facts={**facts}, by=by, at=at)
    except LookupError:
        return  # Nobody is there to write to: the account is gone, or going.
