"""What a law forbids us to tell: how long, and the end of it (clause 3.3, GDPR art. 23)."""

from datetime import date
from uuid import UUID

from ringfence.kernel.action import about
from ringfence.privacy.disclosure.entering import facts_of
from ringfence.privacy.disclosure.models import Disclosure


def keep_quiet(case: str, until: date) -> int:
    """Have the entries of a case that nobody was told of stay quiet until another day; return how many."""
    return Disclosure.objects.filter(case=case, quiet_until__isnull=False).update(quiet_until=until)


def lift(case: str) -> list[UUID]:
    """End the silence about a case inside the running action: its people see it, and each has a line; return whom.

    The line says what it would have said at once: what a case hands over is the same for each of its people.
    """
    rows = Disclosure.objects.filter(case=case, quiet_until__isnull=False)
    whose = list(rows.order_by("subject").values_list("subject", flat=True).distinct())
    said = rows.order_by("at", "id").values("recipient", "clause", "basis", "fields").first()
    rows.update(quiet_until=None)
    about(*whose, **(facts_of(**said) if said else {}), told=len(whose))
    return whose
