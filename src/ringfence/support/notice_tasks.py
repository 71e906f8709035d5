"""Background work on notices."""

from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from ringfence.kernel.actor import Actor
from ringfence.privacy import background
from ringfence.privacy.moments import database_moment
from ringfence.support.notices import sending

WORKER: Final = Actor.system("worker")


def wake(notice: UUID) -> None:
    """Queue the work on a notice."""
    app.configure_task("support.send_notice").defer(notice=str(notice))


@app.task(name="support.send_notice")
@background.cleaned_up()
def send_notice(*, notice: str) -> None:
    """Send a notice whose time has come."""
    sending.send(UUID(notice), by=WORKER, at=database_moment())


@app.periodic(cron="* * * * *", periodic_id="support.send_notices")
@app.task(name="support.send_notices", queueing_lock="support.send_notices")
@background.cleaned_up()
def send_notices(timestamp: int) -> None:
    """Send what is due: notices for a later moment, and those whose work was broken off."""
    at = database_moment()
    for notice in sending.due(at):
        sending.send(notice, by=WORKER, at=at)
