"""The price at the checkout: which terms and currencies there are, what was chosen, and what the buyer saw.

The server decides the price. The form carries the amount that the page had shown, only so that it can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from ringfence.accounts.queries import Profile
from ringfence.interfaces import writing
from ringfence.kernel.money import Money
from ringfence.shop import queries
from ringfence.shop.buyers import buyer_of
from ringfence.shop.price_rules import CURRENCIES, Quote
from ringfence.shop.rules import OrderState, Term

NO_AMOUNT: Final = Money(-1, CURRENCIES[0])
"""What a form without a readable amount counts as having shown: nothing costs that."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What the checkout offers: a quote for each way of paying, and the one that is chosen, if any."""

    quotes: tuple[Quote, ...]
    chosen: Quote | None
    renews_at: datetime | None

    @property
    def terms(self) -> list[Quote]:
        """The terms in the chosen currency."""
        return [one for one in self.quotes if self.chosen and one.currency == self.chosen.currency]

    @property
    def currencies(self) -> list[Quote]:
        """The currencies for the chosen term."""
        return [one for one in self.quotes if self.chosen and one.term == self.chosen.term]


def term_in(said: Mapping[str, str]) -> Term:
    """Return the term that an address or a form names; a month unless it is one we know."""
    return next((term for term in Term if term == said.get("term")), Term.MONTH)


def offered(
    order: queries.OrderView, profile: Profile, said: Mapping[str, str], at: datetime, currency: str = ""
) -> Offered:
    """Return what a buyer can choose between at the checkout. Once the order awaits its payment, the choice is made."""
    found = queries.quotes(country=order.country, kind=order.type, buyer=buyer_of(profile))
    term, wished = term_in(said), (currency or said.get("currency", "").upper(), order.monthly.currency)
    if order.state is OrderState.AWAITING_PAYMENT:
        term = order.term
    chosen = next((one for code in wished for one in found if (one.currency, one.term) == (code, term)), None)
    chosen = chosen or next((one for one in found if one.term == term), None)
    renews_at = queries.term_ends(at, term, profile.time_zone) if profile.time_zone else None
    return Offered(tuple(found), chosen, renews_at)


def amount_shown(form: Mapping[str, str]) -> Money:
    """Return the amount that the page had shown; where the form does not say it, one that nothing costs."""
    try:
        return Money.parse(form.get("shown", ""))
    except ValueError:
        return NO_AMOUNT


def what_changed(form: Mapping[str, str], now: Quote) -> list[str]:
    """Say in sentences how the price differs from the one that the page had shown."""
    shown = amount_shown(form)
    if shown == NO_AMOUNT:
        return [_("The form did not say which price you saw.")]
    said = [
        _("You saw %(shown)s; the sum is now %(now)s.")
        % {"shown": writing.money(shown), "now": writing.money(now.first.gross)}
    ]
    if shown.currency != now.currency:
        said.append(_("The number is not sold to you in %(currency)s.") % {"currency": shown.currency})
    if _rate(form) not in {None, now.vat_rate}:
        said.append(_("VAT is now %(rate)s %%.") % {"rate": writing.whole(now.vat_rate)})
    elif form.get("net", "") != str(now.first.net):
        said.append(_("The price of such numbers has been changed."))
    return said


def _rate(form: Mapping[str, str]) -> Decimal | None:
    try:
        return Decimal(form.get("rate", ""))
    except InvalidOperation:
        return None
