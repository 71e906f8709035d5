"""The price list, as the operator sets it."""

from collections.abc import Sequence
from datetime import datetime

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.models import Price
from ringfence.shop.price_files import require_known
from ringfence.shop.price_rules import ListPrice


def _require_operator(by: Actor) -> None:
    if by.kind is not Kind.SYSTEM and not by.has(Role.OPERATIONS):
        raise Refusal("price.not_yours", gettext_noop("Only operations may change prices."))


@action("price.set")
def set_price(*, country: str, kind: str, monthly: Money, setup: Money, by: Actor, at: datetime) -> bool:
    """Set what every number of a country and type costs in one currency, without VAT; answer whether that is new.

    Orders that are checked out keep their price. Raises Refusal `price.country`, `price.type`, `price.currency`,
    `price.amount`, `price.not_yours`.
    """
    _require_operator(by)
    currency = monthly.currency
    require_known(country, kind, currency)
    if monthly.minor <= 0 or setup.minor < 0 or setup.currency != currency:
        raise Refusal(
            "price.amount", gettext_noop("A month costs more than nothing, and the set-up nothing or more.")
        )
    mine = Price.objects.filter(country=country, type=kind, currency=currency)
    row = mine.select_for_update().first()
    if row is not None and (row.monthly_minor, row.setup_minor) == (monthly.minor, setup.minor):
        nothing_happened()
        return False
    row = row or Price(country=country, type=kind, currency=currency)
    row.monthly_minor, row.setup_minor, row.since = monthly.minor, setup.minor, at
    row.save()
    about(country=country, type=kind, currency=currency, monthly=str(monthly), setup=str(setup))
    return True


@action("price.remove")
def remove_price(*, country: str, kind: str, currency: str, by: Actor, at: datetime) -> None:
    """Stop selling the numbers of a country and type in one currency; a repeat does nothing."""
    _require_operator(by)
    gone, _each = Price.objects.filter(country=country, type=kind, currency=currency).delete()
    if not gone:
        nothing_happened()
        return
    about(country=country, type=kind, currency=currency)


@action("price.import")
def import_prices(*, prices: Sequence[ListPrice], by: Actor, at: datetime) -> int:
    """Set many prices, all or none; return how many are new or other than before. What is not named stays."""
    _require_operator(by)
    changed = sum(
        set_price(country=one.country, kind=one.type, monthly=one.monthly, setup=one.setup, by=by, at=at)
        for one in prices
    )
    if not changed:
        nothing_happened()
        return 0
    about(count=len(prices), changed=changed)
    return changed
