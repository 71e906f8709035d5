"""The operator is written to when a promise is broken: once per break, one letter about all that broke together."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.queries import language_by_address
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.promises import telling


@action("accounts.write_of_breaks")
def write_of_breaks(*, by: Actor, at: datetime) -> UUID | None:
    """Queue a letter about the breaks nobody has been told of, in one transaction with the note that it was done."""
    nothing_happened()
    new = telling.take_untold(breaks=[one.id for one in telling.untold()], by=by, at=at)
    if not new:
        return None
    return queue_letter(
        kind="promise-broken",
        address=settings.OPERATOR_EMAIL,
        language=language_by_address(settings.OPERATOR_EMAIL),
        time_zone=settings.VISITOR_TIME_ZONE,
        facts={"clauses": [one.clause for one in new], "since": new[0].since.isoformat()},
        by=by,
        at=at,
    )
