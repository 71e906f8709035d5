"""How copies enter the house: what begins them when they are asked for, and what ends them after a week (2.8)."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.copying import actions
from ringfence.privacy.copying.models import DataCopy, DataCopyPart
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.requests import carrying
from ringfence.privacy.rules import RequestKind

LET_GO_WITHIN: Final = timedelta(hours=2)
"""How long after its week a copy may still be there, closed to everybody: they are let go of every hour."""


def overdue(at: datetime) -> int:
    """Return how many copies should be gone."""
    return DataCopy.objects.filter(expires_at__lte=at - LET_GO_WITHIN).count()


def enter() -> None:
    """Enter copies among what is carried out by itself, and among what has an end."""
    carrying.enter(RequestKind.COPY, actions.carry, actions.give_up)
    retention.enter(
        "privacy.copies",
        RetentionClass.ACCOUNT,
        overdue=overdue,
        let_go=actions.let_go,
        title=gettext_noop("Copies you asked for"),
        of=(DataCopy, DataCopyPart),
    )
