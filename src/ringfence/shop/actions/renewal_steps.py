"""The steps that a renewal takes by itself when their time has come."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import queries as privacy
from ringfence.shop.actions.orders import advance
from ringfence.shop.actions.payments import end_service
from ringfence.shop.actions.renewing import Held, advance_renewal, fix_price, held, note_renewal, write_letter
from ringfence.shop.models import How, RenewalPayment
from ringfence.shop.models.renewals import ASKED
from ringfence.shop.renewal_rules import GRACE, SUSPENSION, RenewalEvent, RenewalState
from ringfence.shop.rules import MOVES, OrderEvent, OrderState
from ringfence.telephony.actions import numbers

ASK_AGAIN: Final = timedelta(minutes=2)
"""How long a charge may go unanswered before the provider is asked again."""

NO_CARD: Final = "no_card"
UNPAID: Final = "unpaid"
"""The code by which history and account say why a number is suspended."""


def _is_due(it: Held, state: RenewalState, at: datetime) -> bool:
    return it.renewal.state == state and it.renewal.next_at is not None and it.renewal.next_at <= at


@action("renewal.begin_charge")
def begin_charge(*, renewal: UUID, by: Actor, at: datetime) -> UUID | None:
    """Begin to charge a renewal that is due; return the payment to ask the provider for, or None.

    Where no card is kept, the grace begins instead, with a link to pay by.
    """
    it = held(renewal)
    row = it.renewal
    is_due = _is_due(it, RenewalState.UPCOMING, at) or _is_due(it, RenewalState.RETRYING, at)
    leaves = it.order.subject is None or privacy.being_erased(it.order.subject)
    if not is_due or at < row.period_from or leaves:
        nothing_happened()
        return None
    amount = fix_price(it)
    if it.subscription.mandate_id is None:
        begin_grace(it, NO_CARD, by, at)
        return None
    advance_renewal(row, RenewalEvent.CHARGE, at, next_at=at + ASK_AGAIN)
    row.tries += 1
    row.first_tried_at = row.first_tried_at or at
    row.save()
    payment = RenewalPayment.objects.create(
        renewal=row,
        attempt=RenewalPayment.objects.filter(renewal=row).count() + 1,
        how=How.CHARGE,
        mandate_id=it.subscription.mandate_id,
        status=ASKED,
        minor=amount.minor,
        currency=amount.currency,
        opened_at=at,
    )
    note_renewal(it)
    return payment.pk


def begin_grace(it: Held, reason: str, by: Actor, at: datetime) -> None:
    """The renewal is not paid and no card will be charged: the number goes on for seven days, and a letter says so."""
    it.renewal.reason = reason
    advance_renewal(it.renewal, RenewalEvent.UNPAID, at, next_at=at + GRACE)
    it.renewal.save()
    write_letter(it, "renewal-grace", by, at, reason=reason, stops=(at + GRACE).isoformat())
    note_renewal(it)


@action("renewal.suspend")
def suspend(*, renewal: UUID, by: Actor, at: datetime) -> None:
    """The grace is over: calls to the number are refused until it is paid for."""
    it = held(renewal)
    row = it.renewal
    if not _is_due(it, RenewalState.GRACE, at):
        nothing_happened()
        return
    advance_renewal(row, RenewalEvent.GRACE_ENDS, at, next_at=at + SUSPENSION)
    if it.order.number is not None:
        try:
            numbers.suspend(number=it.order.number, reason=UNPAID, by=by, at=at)
            row.suspended_number = True
        except Refusal:  # Nobody has it any more.
            row.suspended_number = False
    row.save()
    write_letter(it, "renewal-suspended", by, at, stops=(at + SUSPENSION).isoformat())
    note_renewal(it)


@action("renewal.end")
def end(*, renewal: UUID, by: Actor, at: datetime) -> None:
    """The time is over, switched off or never paid for: the number goes to rest, the order ends."""
    it = held(renewal)
    if _is_due(it, RenewalState.SUSPENDED, at):
        end_now(it, RenewalEvent.SUSPENSION_ENDS, by, at)
    elif _is_due(it, RenewalState.SWITCHED_OFF, at):
        end_now(it, RenewalEvent.PERIOD_ENDS, by, at)
    else:
        nothing_happened()


def end_now(it: Held, event: RenewalEvent, by: Actor, at: datetime) -> None:
    """End a renewal and its order, in the running action."""
    advance_renewal(it.renewal, event, at, next_at=None)
    it.renewal.save()
    end_order(it, by, at)
    write_letter(it, "renewal-ended", by, at, unpaid=event is RenewalEvent.SUSPENSION_ENDS)
    note_renewal(it)


def end_order(it: Held, by: Actor, at: datetime) -> None:
    """Take the number out of service and end the order it was bought by."""
    end_service(it.order, by, at)
    if (OrderState(it.order.state), OrderEvent.END) in MOVES:
        advance(it.order, OrderEvent.END, at)
        it.order.save(update_fields=["state"])


@action("renewal.ask_later")
def ask_later(*, renewal: UUID, by: Actor, at: datetime) -> None:
    """Look at a charge without an answer again in a while. Leaves no ledger line: nothing was decided."""
    nothing_happened()
    it = held(renewal)
    if it.renewal.state == RenewalState.CHARGING:
        it.renewal.next_at = at + ASK_AGAIN
        it.renewal.save(update_fields=["next_at"])
