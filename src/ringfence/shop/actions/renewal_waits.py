"""Renewals of an account that is about to be closed: nothing is charged, and nothing ends, until that is decided."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.shop.actions.renewing import Held, held, note_renewal, write_letter
from ringfence.shop.buyers import is_closing
from ringfence.shop.renewal_rules import LOOK_AGAIN, WAITING_FOR_US, RenewalState, time_left


@action("renewal.wait")
def wait(*, renewal: UUID, by: Actor, at: datetime) -> bool:
    """Put the due step of a renewal off while its customer buys nothing; tell whether it waits (clause 5.4).

    Once they do again, it goes on: what is due is charged, and a deadline that passed meanwhile is counted anew.
    """
    it = held(renewal)
    row = it.renewal
    if row.state not in WAITING_FOR_US or row.next_at is None or row.next_at > at:
        nothing_happened()
        return row.waits_since is not None
    if not is_closing(it.order.subject):
        return _go_on(it, by, at)
    if row.waits_since is None:
        row.waits_since = row.next_at
        note_renewal(it)
    else:
        nothing_happened()
    row.next_at = at + LOOK_AGAIN
    row.save(update_fields=["waits_since", "next_at"])
    return True


def _go_on(it: Held, by: Actor, at: datetime) -> bool:
    row = it.renewal
    if row.waits_since is None:
        nothing_happened()
        return False
    left = time_left(RenewalState(row.state))
    row.waits_since, row.next_at = None, at + left
    if row.state == RenewalState.RETRYING:
        row.tries, row.first_tried_at = 0, None
    row.save(update_fields=["waits_since", "next_at", "tries", "first_tried_at"])
    note_renewal(it)
    if left:
        kind = "renewal-grace" if row.state == RenewalState.GRACE else "renewal-suspended"
        write_letter(it, kind, by, at, reason=row.reason, stops=row.next_at.isoformat())
    return bool(left)
