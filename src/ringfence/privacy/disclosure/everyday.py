"""What recipients get every day, told from the rows that are there anyway: nothing is written down a second time.

Each room enters, for a recipient of its own, how often a person's data went there, and when first and last. Rows that
have reached their end are not counted any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet

from ringfence.privacy import recipients
from ringfence.privacy.recipients import Recipient


@dataclass(frozen=True, slots=True)
class Given:
    """How often something went to a recipient; without `first` and `last` when it never did."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def __add__(self, other: "Given") -> "Given":
        firsts = [one.first for one in (self, other) if one.first]
        lasts = [one.last for one in (self, other) if one.last]
        return Given(self.count + other.count, min(firsts, default=None), max(lasts, default=None))


Look = Callable[[UUID], Given]
_looks: dict[str, Look] = {}


def enter(recipient: str, look: Look) -> None:
    """Enter how often a person's data went to a recipient; entering the same key again replaces it."""
    _looks[recipient] = look


def of_rows(rows: "QuerySet[Any]", moment: str) -> Given:
    """Return what some rows tell, each of which went at the moment in a field of its own."""
    found = rows.aggregate(count=Count("pk"), first=Min(moment), last=Max(moment))
    return Given(found["count"], found["first"], found["last"])


def given_of(subject: UUID) -> list[tuple[Recipient, Given | None]]:
    """Return every recipient of the installation with what it got of a person; None where no rows tell."""
    return [
        (one, _looks[one.key](subject) if one.key in _looks else None)
        for one in recipients.entered()
        if one.part not in {recipients.Part.GROUP, recipients.Part.AUTHORITY}
    ]
