"""Background work of the support room."""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from ringfence.kernel.actor import Actor
from ringfence.privacy import background
from ringfence.privacy.keys import keyring
from ringfence.privacy.moments import database_moment
from ringfence.support import actions, scanning, sorting

WORKER: Final = Actor.system("worker")

log = structlog.get_logger(__name__)


@app.task(name="support.sort_letter")
@background.cleaned_up()
def sort_letter(*, letter: str) -> None:
    """Look at a letter that came in."""
    sorting.sort(letter=UUID(letter), by=WORKER, at=database_moment())


@app.periodic(cron="* * * * *", periodic_id="support.sort_letters")
@app.task(name="support.sort_letters", queueing_lock="support.sort_letters")
@background.cleaned_up()
def sort_letters(timestamp: int) -> None:
    """Look at letters whose job was lost. One that fails keeps none of the others; clause 4.2 counts it."""
    at = database_moment()
    for letter in sorting.waiting(at, limit=200):
        try:
            sorting.sort(letter=letter, by=WORKER, at=at)
        except Exception:
            log.exception("letter.not_sorted", letter=str(letter))


@background.task("support.scan_letter", queue=background.OUTSIDE)
def scan_letter(*, at: datetime, letter: str) -> None:
    """Have what came with a letter looked at for viruses."""
    found = scanning.look(UUID(letter))
    if found is not None:
        scanning.note(letter=UUID(letter), found=found, by=WORKER, at=at)


@background.task("support.scan_letters", every="* * * * *", queue=background.OUTSIDE)
def scan_letters(*, at: datetime) -> None:
    """Have looked at what waits because its job was lost or nobody answered; a turn ends where nobody answers."""
    for letter in scanning.waiting(at, limit=20):
        found = scanning.look(letter)
        if found is not None:
            scanning.note(letter=letter, found=found, by=WORKER, at=at)


@app.periodic(cron="23 * * * *", periodic_id="support.sweep_letters")
@app.task(name="support.sweep_letters", queueing_lock="support.sweep_letters")
@background.cleaned_up()
def sweep_letters(timestamp: int) -> None:
    """Delete letters whose time is over."""
    while actions.sweep_letters(by=WORKER, at=database_moment()):
        keyring.forget()
