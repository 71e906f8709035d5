"""Background work of requests: forms are answered, notices followed, staff warned; by the database's clock."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy import background
from ringfence.privacy.moments import database_moment
from ringfence.privacy.requests import confirming, forms, refusing, warning

WORKER: Final = Actor.system("worker")
PATIENCE: Final = timedelta(minutes=2)
"""How long a form may wait before the sweep answers it: its job was lost."""


@background.task("privacy.answer_request_form")
def answer_form(*, form: str, at: datetime) -> None:
    """Answer one form."""
    forms.answer(form=UUID(form), by=WORKER, at=at)


@background.task("privacy.follow_requests", every="* * * * *")
def follow(*, at: datetime) -> None:
    """Refuse what has been told, and answer forms whose job was lost."""
    moment = database_moment()
    refusing.follow_notices(by=WORKER, at=moment)
    for form in forms.unanswered(moment - PATIENCE):
        forms.answer(form=form, by=WORKER, at=moment)


@background.task("privacy.watch_time_limits", every="11 * * * *")
def watch(*, at: datetime) -> None:
    """Warn staff of what is due, refuse what nobody confirmed, forget links that are too old."""
    moment = database_moment()
    warning.warn_all(by=WORKER, at=moment)
    refusing.refuse_unconfirmed(by=WORKER, at=moment)
    confirming.sweep_links(by=WORKER, at=moment)
