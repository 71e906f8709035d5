"""The card a subscription is charged by: fetched from the page it was left at, replaced, and let go."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.shop.actions.orders import key_of, locked, require_owner
from ringfence.shop.actions.renewing import await_card, let_mandate_go, mandate_leaves, unknown_renewal
from ringfence.shop.models import Mandate, Renewal, Subscription
from ringfence.shop.renewal_rules import RenewalState


@action("card.expect")
def expect_card(*, order: str, reference: str, by: Actor, at: datetime) -> None:
    """Remember at which page a customer leaves another card, so that it is fetched. Nothing has changed yet."""
    nothing_happened()
    row = locked(key_of(order))
    require_owner(row, by)
    found = Subscription.objects.select_for_update().filter(order=row, ended_at=None).first()
    if found is None:
        raise unknown_renewal()
    await_card(found, reference)


@action("card.keep")
def keep_card(*, subscription: UUID, reference: str, token: str | None, by: Actor, at: datetime) -> None:
    """Take note of what the provider keeps since a page was used; None when nothing was left.

    The card before it is let go. A card that was refused is replaced at once by the new one: it is charged next.
    What was left at a page that the customer has gone back on is forgotten.
    """
    order = Subscription.objects.values_list("order_id", flat=True).get(pk=subscription)
    order_row = locked(order)
    row = Subscription.objects.select_for_update().get(pk=subscription)
    if row.mandate_from != reference:
        nothing_happened()
        if reference in row.unwanted_from:
            _only_forget(row, reference, token, at)
        return
    row.mandate_from = ""
    if token is None:
        nothing_happened()
        row.save(update_fields=["mandate_from"])
        return
    if row.ended_at is None:
        let_mandate_go(row, at)
    mandate, _is_new = Mandate.objects.get_or_create(token=token, defaults={"given_at": at})
    row.mandate = mandate
    row.save(update_fields=["mandate_from", "mandate"])
    if row.ended_at is not None:
        let_mandate_go(row, at)
    Renewal.objects.filter(subscription=row, state=RenewalState.RETRYING).update(next_at=at)
    about(*([order_row.subject] if order_row.subject else []), order=public_id("ord", order_row.pk))


def _only_forget(row: Subscription, reference: str, token: str | None, at: datetime) -> None:
    row.unwanted_from = [page for page in row.unwanted_from if page != reference]
    row.save(update_fields=["unwanted_from"])
    if token is None:
        return
    mandate, _is_new = Mandate.objects.get_or_create(token=token, defaults={"given_at": at})
    if not Subscription.objects.filter(mandate=mandate).exists():
        mandate_leaves(mandate.pk, at)


@action("card.remove")
def remove_card(*, order: str, by: Actor, at: datetime) -> None:
    """Let the kept card go: renewals are then paid by a link. A repeat does nothing."""
    row = locked(key_of(order))
    require_owner(row, by)
    found = Subscription.objects.select_for_update().filter(order=row).first()
    if found is None or (found.mandate_id is None and not found.mandate_from):
        nothing_happened()
        return
    let_mandate_go(found, at)
    about(*([row.subject] if row.subject else []), order=public_id("ord", row.pk))


@action("card.lost")
def card_lost(*, mandate: UUID, by: Actor, at: datetime) -> None:
    """The provider does not know a card any more: nothing is charged by it again."""
    nothing_happened()
    for row in Subscription.objects.select_for_update().filter(mandate=mandate):
        row.mandate = None
        row.save(update_fields=["mandate"])
    Mandate.objects.filter(pk=mandate, leaving_at=None).update(leaving_at=at)


@action("card.note_asked")
def note_card_asked(*, subscription: UUID, by: Actor, at: datetime) -> None:
    """Remember when the provider was last asked for a card. Leaves no ledger line."""
    nothing_happened()
    Subscription.objects.filter(pk=subscription).update(card_asked_at=at)


@action("card.forgotten")
def card_forgotten(*, mandate: UUID, is_forgotten: bool, by: Actor, at: datetime) -> None:
    """The provider has forgotten a card: its token goes too. Otherwise it is asked again later."""
    nothing_happened()
    found = Mandate.objects.filter(pk=mandate)
    if is_forgotten:
        found.filter(leaving_at__isnull=False).delete()
    else:
        found.update(tried_at=at)
