"""The end of copies: each is gone a week after it was ready, by itself (clause 2.8)."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.privacy import retention
from ringfence.privacy.copying import actions
from ringfence.privacy.copying.models import DataCopy
from ringfence.privacy.inventory import RetentionClass

LET_GO_WITHIN: Final = timedelta(hours=2)
"""How long after its week a copy may still be there, closed to everybody: they are let go of every hour."""


def overdue(at: datetime) -> int:
    """Return how many copies should be gone."""
    return DataCopy.objects.filter(expires_at__lte=at - LET_GO_WITHIN).count()


def enter() -> None:
    """Enter copies among what has an end."""
    retention.enter("privacy.copies", RetentionClass.ACCOUNT, overdue=overdue, let_go=actions.let_go)
