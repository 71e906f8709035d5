"""Letting go of everything that has reached its end, and the note of what came of it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.privacy.retention.models import KEPT_RUNS, RetentionRun
from ringfence.privacy.retention.registry import Kept, entered

TASK: Final = "privacy.let_go"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gone:
    """What one run let go of one thing: how many rows, in how many seconds; `count` is None when it failed."""

    what: Kept
    count: int | None
    seconds: float


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> dict[str, int]:
    """Let go of everything that has reached its end; return how many rows of each. Trouble of one stops no other."""
    return {one.what.name: one.count for one in run(by=by, at=at, dry_run=dry_run) if one.count is not None}


def run(*, by: Actor, at: datetime, dry_run: bool = False) -> Iterator[Gone]:
    """Let go of one thing after the other, and yield what came of each. A dry run counts, and changes nothing."""
    for one in entered():
        began, count = time.perf_counter(), None
        try:
            count = one.let_go(by=by, at=at, dry_run=dry_run)
        except Exception as trouble:
            log.exception("retention.not_let_go", what=one.name, trouble=type(trouble).__name__)
        finally:
            keyring.forget()
        gone = Gone(one, count, time.perf_counter() - began)
        if not dry_run:
            note(gone=gone, by=by, at=at)
        yield gone


def put_into_queue(at: datetime) -> bool:
    """Have the worker let go of everything now; tell whether it was not asked already."""
    try:
        with transaction.atomic():
            app.configure_task(TASK, queueing_lock=TASK).defer(timestamp=int(at.timestamp()))
    except AlreadyEnqueued:
        return False
    return True


@action("retention.note")
def note(*, gone: Gone, by: Actor, at: datetime) -> None:
    """Note what a run came to, in the row of its day; the room's own action has written the ledger's line."""
    nothing_happened()
    day, what = at.astimezone(UTC).date(), gone.what
    RetentionRun.objects.get_or_create(
        name=what.name, day=day, defaults={"retention_class": what.retention_class, "last_at": at}
    )
    rows = RetentionRun.objects.filter(name=what.name, day=day)
    if gone.count is None:
        rows.update(failed_at=at)
    else:
        rows.update(
            runs=F("runs") + 1,
            gone=F("gone") + gone.count,
            seconds=F("seconds") + gone.seconds,
            last_at=at,
            failed_at=None,
        )
    RetentionRun.objects.filter(name=what.name, day__lt=(at - KEPT_RUNS).date()).delete()
