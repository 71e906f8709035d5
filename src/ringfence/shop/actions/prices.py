"""The price list, as the operator sets it."""

from datetime import datetime

from ringfence.accounts.profiles import COUNTRIES
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.models import Price
from ringfence.shop.price_rules import CURRENCIES, NUMBER_TYPES


def _require_operator(by: Actor) -> None:
    if by.kind is not Kind.SYSTEM and not by.has(Role.OPERATIONS):
        raise Refusal("price.not_yours", gettext_noop("Only operations may change prices."))


def _require_known(country: str, kind: str, currency: str) -> None:
    if country not in COUNTRIES:
        raise Refusal("price.country", gettext_noop("Write the country as two letters, such as NO."))
    if kind not in NUMBER_TYPES:
        raise Refusal(
            "price.type", gettext_noop("The type is one of: %(types)s."), types=", ".join(NUMBER_TYPES)
        )
    if currency not in CURRENCIES:
        raise Refusal(
            "price.currency", gettext_noop("The currency is one of: %(known)s."), known=", ".join(CURRENCIES)
        )


@action("price.set")
def set_price(*, country: str, kind: str, monthly: Money, setup: Money, by: Actor, at: datetime) -> None:
    """Set what every number of a country and type costs in one currency, without VAT; the same again does nothing.

    Orders that are placed already keep their price until they are checked out, and afterwards for good. Raises Refusal
    `price.country`, `price.type`, `price.currency`, `price.amount`, `price.not_yours`.
    """
    _require_operator(by)
    _require_known(country, kind, monthly.currency)
    if monthly.minor <= 0 or setup.minor < 0 or setup.currency != monthly.currency:
        raise Refusal(
            "price.amount", gettext_noop("A month costs more than nothing, and the set-up nothing or more.")
        )
    row = (
        Price.objects.select_for_update()
        .filter(country=country, type=kind, currency=monthly.currency)
        .first()
    )
    if row is not None and (row.monthly_minor, row.setup_minor) == (monthly.minor, setup.minor):
        nothing_happened()
        return
    before = str(Money(row.monthly_minor, row.currency)) if row else ""
    Price.objects.update_or_create(
        country=country,
        type=kind,
        currency=monthly.currency,
        defaults={"monthly_minor": monthly.minor, "setup_minor": setup.minor, "since": at},
    )
    about(country=country, type=kind, monthly=str(monthly), setup=str(setup), before=before)


@action("price.remove")
def remove_price(*, country: str, kind: str, currency: str, by: Actor, at: datetime) -> None:
    """Stop selling the numbers of a country and type in one currency; a repeat does nothing."""
    _require_operator(by)
    gone, _each = Price.objects.filter(country=country, type=kind, currency=currency).delete()
    if not gone:
        nothing_happened()
        return
    about(country=country, type=kind, currency=currency)
