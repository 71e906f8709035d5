"""Whom the prices of a page are for, and in which currency.

The currency stands in the address (`?currency=EUR`), where it can be seen, shared and changed; a stranger gets no
cookie for it. A stranger may say there, too, which country they buy from (`?buyer=DE`). Without it, the currency is
what is paid with in the buyer's country, or else the first that anything is sold in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from ringfence.accounts import profiles
from ringfence.accounts.queries import profile_of
from ringfence.interfaces.access import viewer_of
from ringfence.interfaces.storefront.kept import kept
from ringfence.shop import pricing, queries
from ringfence.shop.buyers import buyer_of
from ringfence.shop.price_rules import CURRENCIES, ListPrice, Quote
from ringfence.shop.rules import Term
from ringfence.shop.vat_rules import EEA, Buyer, pays_in

IN_KRONER: Final = frozenset({"NO", "SJ"})


@dataclass(frozen=True)
class PriceTerms:
    """The buyer and the currency of a page, and the price list in it."""

    buyer: Buyer
    currency: str
    currencies: tuple[str, ...]

    @cached_property
    def list(self) -> tuple[ListPrice, ...]:
        """What is sold in this currency; read once for a page."""
        return queries.price_list(self.currency)

    @cached_property
    def _by_kind(self) -> Mapping[tuple[str, str], ListPrice]:
        return {(one.country, one.type): one for one in self.list}

    def quote(self, country: str, kind: str, term: Term = Term.MONTH) -> Quote | None:
        """Return what a number of a country and type costs this buyer; None where it is not sold in this currency."""
        listed = self._by_kind.get((country, kind))
        return pricing.quote_of(listed, term=term, buyer=self.buyer) if listed else None


def usual_currency(country: str) -> str:
    """Return what a buyer of a country is shown prices in until they choose otherwise."""
    if country in IN_KRONER:
        return "NOK"
    return "EUR" if country in EEA else "USD"


def _living_in(country: str) -> Buyer | None:
    """Return the consumer that a stranger says they are, by `?buyer=DE` in the address."""
    return Buyer(country, consumer=True) if country in profiles.COUNTRIES else None


def price_terms(request: HttpRequest) -> PriceTerms:
    """Return the terms of a page: the customer's own country and kind, else a consumer in the seller's country."""
    viewer = viewer_of(request)
    profile = profile_of(viewer.person) if viewer.person and not viewer.staff else None
    buyer = buyer_of(profile)
    if profile is None or not profile.country:
        buyer = _living_in(request.GET.get("buyer", "").upper()) or buyer
    offered = kept("currencies", settings.PRICE_LIST_SECONDS, queries.currencies)
    if profile is not None and profile.country:
        payable = (code for code in offered if pays_in(buyer, code, seller_country=settings.SELLER_COUNTRY))
        offered = tuple(payable) or offered
    wished = (request.GET.get("currency", "").upper(), usual_currency(buyer.country), *offered, CURRENCIES[0])
    currency = next(code for code in wished if code in offered or (not offered and code in CURRENCIES))
    return PriceTerms(buyer, currency, offered)
