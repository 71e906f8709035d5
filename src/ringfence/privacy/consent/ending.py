"""The end of what proves a choice: three years after it stopped counting (class `consent`)."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.retention import until_none
from ringfence.privacy.retention_rules import years_after
from ringfence.privacy.rules import KEPT

AT_ONCE: Final = 1_000
AHEAD: Final = timedelta(hours=2)
"""How long before its end a record may go: it is looked for every hour, and none may be found past its end."""


def overdue(at: datetime) -> int:
    """Return how many choices were to be gone by now; they are let go of every hour."""
    return _past(at).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of what is old enough, a thousand at a time; return how many."""
    if dry_run:
        return _past(at + AHEAD).count()
    return until_none(let_go_of_some, by=by, at=at)


@action("privacy.let_go_of_consents")
def let_go_of_some(*, by: Actor, at: datetime) -> int:
    """Let go of a thousand."""
    oldest = list(_past(at + AHEAD).order_by("ends_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    went: int = ConsentRecord.objects.filter(pk__in=oldest).delete()[0] if oldest else 0
    if went:
        about(choices=went)
    else:
        nothing_happened()
    return went


def _past(at: datetime) -> QuerySet[ConsentRecord]:
    end = years_after(at, -KEPT[RetentionClass.CONSENT]["years"])
    return ConsentRecord.objects.filter(Q(ends_at__lte=end) | Q(replaced_at__lte=end))
