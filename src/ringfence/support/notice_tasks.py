"""Background work on notices."""

from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.accounts.work import BEHIND
from ringfence.kernel.actor import Actor
from ringfence.privacy import background
from ringfence.privacy.moments import database_moment
from ringfence.support.notices import sending

WORKER: Final = Actor.system("worker")
TASK: Final = "support.send_notice"

log = structlog.get_logger(__name__)


def wake(notice: UUID) -> None:
    """Queue the work on a notice, behind all else; of one notice one job runs at a time, and one waits at most."""
    name = f"notice {notice}"
    job = app.configure_task(TASK, priority=BEHIND, lock=name, queueing_lock=name)
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(notice=str(notice))


@app.task(name=TASK)
@background.cleaned_up()
def send_notice(*, notice: str) -> None:
    """Send a notice whose time has come to the next who are meant; whoever comes after them has a job of their own."""
    if sending.send_batch(UUID(notice), by=WORKER, at=database_moment()):
        wake(UUID(notice))


@app.periodic(cron="* * * * *", periodic_id="support.send_notices")
@app.task(name="support.send_notices", queueing_lock="support.send_notices")
@background.cleaned_up()
def send_notices(timestamp: int) -> None:
    """Queue what is due: notices for a later moment, and those whose work was broken off."""
    for notice in sending.due(database_moment()):
        try:
            wake(notice)
        except Exception:
            log.exception("notice.not_queued", notice=str(notice))
