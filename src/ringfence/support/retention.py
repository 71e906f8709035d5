"""Letters that came in enter what has an end (clause 2.8)."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.retention.entering import enter_rows
from ringfence.support import actions
from ringfence.support.models import Letter
from ringfence.support.notice_models import NoticeRecord

PATIENCE: Final = timedelta(hours=2)
"""How much longer than promised a letter may be there: those that are old are looked for every hour."""


def overdue(at: datetime) -> int:
    """Return how many letters are older than they may be."""
    return Letter.objects.filter(received_at__lt=at - actions.LETTER_KEPT - PATIENCE).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of letters whose time is over; return how many."""
    if dry_run:
        return Letter.objects.filter(received_at__lte=at - actions.LETTER_KEPT).count()
    return retention.until_none(actions.sweep_letters, by=by, at=at)


retention.enter(
    "support.letters",
    RetentionClass.MESSAGES,
    overdue=overdue,
    let_go=let_go,
    title=gettext_noop("Letters that came in by mail"),
    of=(Letter,),
)
enter_rows("support.notices", NoticeRecord, "told_at", gettext_noop("Who was sent a notice"))
