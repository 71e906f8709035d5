"""Renewal switched off, and on again, by the customer."""

from datetime import datetime

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.actions.orders import key_of, locked, require_owner
from ringfence.shop.actions.renewal_steps import end_now
from ringfence.shop.actions.renewing import (
    Held,
    advance_renewal,
    note_renewal,
    unknown_renewal,
    write_letter,
    zone_of,
)
from ringfence.shop.models import Renewal, Subscription
from ringfence.shop.renewal_rules import OPEN, UNPAID, RenewalEvent, RenewalState, next_moment, spread_of


@action("renewal.switch_off")
def switch_off(*, order: str, by: Actor, at: datetime) -> None:
    """Stop renewing. The number rings until the end of what is paid for; where that is over, it ends now.

    A repeat does nothing. Raises Refusal `renewal.unknown`, and `renewal.under_way` while a payment is.
    """
    it = _open_one(order, by)
    row, state = it.renewal, RenewalState(it.renewal.state)
    if state is RenewalState.SWITCHED_OFF:
        nothing_happened()
        return
    if state is RenewalState.CHARGING:
        raise Refusal(
            "renewal.under_way",
            gettext_noop(
                "The payment is under way just now. Look again in a minute, and switch it off then."
            ),
        )
    it.subscription.renewing = False
    it.subscription.save(update_fields=["renewing"])
    if state in UNPAID:
        end_now(it, RenewalEvent.SWITCH_OFF, by, at)
        return
    advance_renewal(row, RenewalEvent.SWITCH_OFF, at, next_at=row.period_from)
    row.save()
    write_letter(it, "renewal-off", by, at)
    note_renewal(it)


@action("renewal.switch_on")
def switch_on(*, order: str, by: Actor, at: datetime) -> None:
    """Renew again. A repeat does nothing. Raises Refusal `renewal.unknown`, `renewal.cannot_move`."""
    it = _open_one(order, by)
    row = it.renewal
    if it.subscription.renewing:
        nothing_happened()
        return
    coming = next_moment(row.period_from, zone_of(it.order), row.told_days, at, spread_of(row.pk))
    if at >= row.period_from:
        raise Refusal(
            "renewal.period_over",
            gettext_noop("The time that was paid for is over, so this number cannot be renewed any more."),
        )
    advance_renewal(row, RenewalEvent.SWITCH_ON, at, next_at=coming)
    row.save()
    it.subscription.renewing = True
    it.subscription.save(update_fields=["renewing"])
    note_renewal(it)


def _open_one(order: str, by: Actor) -> Held:
    row = locked(key_of(order))
    require_owner(row, by)
    subscription = Subscription.objects.select_for_update().filter(order=row, ended_at=None).first()
    found = (
        Renewal.objects.filter(subscription=subscription, state__in=OPEN).first() if subscription else None
    )
    if subscription is None or found is None:
        raise unknown_renewal()
    return Held(row, subscription, Renewal.objects.select_for_update().get(pk=found.pk))
