"""Warnings to staff on days 7, 20 and 27: one letter for each request and day (clause 4.3)."""

from datetime import datetime, timedelta
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.privacy import rules
from ringfence.privacy.requests import actions
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import people
from ringfence.privacy.rules import OPEN_STATES, WARNING_DAYS


def due_for_warning(at: datetime) -> list[UUID]:
    """Return the open requests whose next warning is due."""
    found: list[UUID] = []
    steps = zip((0, *WARNING_DAYS), WARNING_DAYS, strict=False)
    for before, day in steps:
        rows = SubjectRequest.objects.filter(
            closed_at=None,
            state__in=OPEN_STATES,
            warned_day=before,
            received_at__lte=at - timedelta(days=day),
        )
        found += rows.order_by("received_at", "pk").values_list("pk", flat=True)
    return found


def warn_all(*, by: Actor, at: datetime) -> int:
    """Send every warning that is due; return how many."""
    return sum(warn(request=request, by=by, at=at) for request in due_for_warning(at))


@action("privacy.warn_of_request")
def warn(*, request: UUID, by: Actor, at: datetime) -> bool:
    """Write to staff about one open request, once for each day; tell whether there was something to write."""
    found = actions.locked(request)
    day = rules.warning_due(found.received_at, found.warned_day, at)
    if day is None or found.state not in OPEN_STATES:
        nothing_happened()
        return False
    found.warned_day = day
    found.save(update_fields=["warned_day"])
    people().write_to_staff(
        kind="request-due",
        facts={
            "request": public_id("req", found.pk),
            "what": found.kind,
            "day": day,
            "due_at": rules.due_at(found.received_at).isoformat(),
            "waiting_since": found.waiting_since.isoformat() if found.waiting_since else "",
        },
        by=by,
        at=at,
    )
    about(request=public_id("req", found.pk), day=day)
    return True
