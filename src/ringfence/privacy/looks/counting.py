"""Counting what was opened for staff without a line: where and how much, nothing of whose it was."""

from datetime import datetime
from typing import Final

import structlog
from django.db.models import F

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy.looks.models import UntoldLook

LONGEST: Final = 100

log = structlog.get_logger(__name__)


@action("privacy.count_untold_look")
def count_untold(*, place: str, people: int, by: Actor, at: datetime) -> None:
    """Count a page that opened people's data for staff and told them nothing."""
    row, _made = UntoldLook.objects.get_or_create(
        place=place[:LONGEST], day=at.date(), defaults={"last_at": at}
    )
    UntoldLook.objects.filter(pk=row.pk).update(count=F("count") + people, last_at=at)
    about(place=place[:LONGEST], people=people)
    log.error("look.untold", place=place[:LONGEST], people=people)
