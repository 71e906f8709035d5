"""Counting what the door refused: by which exit and which field, nothing of whose it was."""

import asyncio
from datetime import datetime
from typing import Final

import structlog
from django.db.models import F

from ringfence.kernel.action import about, action, in_action
from ringfence.kernel.actor import Actor
from ringfence.privacy.disclosure.onward_models import RefusedExit

LONGEST: Final = 40

log = structlog.get_logger(__name__)


def note(exit_name: str, field: str, at: datetime) -> None:
    """Log a refusal, and count it where that can be done: an action would take it back, and a loop must not wait."""
    log.error("exit.refused", exit=exit_name, field=field)
    if not in_action() and not _in_a_loop():
        count(exit_name=exit_name, field=field, by=Actor.system("door"), at=at)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@action("privacy.count_refused_exit")
def count(*, exit_name: str, field: str, by: Actor, at: datetime) -> None:
    """Count a refusal."""
    row, _made = RefusedExit.objects.get_or_create(
        exit=exit_name[:LONGEST], field=field, day=at.date(), defaults={"last_at": at}
    )
    RefusedExit.objects.filter(pk=row.pk).update(count=F("count") + 1, last_at=at)
    about(exit=exit_name[:LONGEST], field=field)
