"""The buyer that a price is for: what the tax needs to know of an account."""

from django.conf import settings

from ringfence.accounts.queries import Profile
from ringfence.shop.vat_numbers import valid_or_none
from ringfence.shop.vat_rules import Buyer


def buyer_of(profile: Profile | None) -> Buyer:
    """Return the buyer that an account is; where nothing is known, a consumer in the seller's country."""
    if profile is None or not profile.country:
        return Buyer(settings.SELLER_COUNTRY, consumer=True)
    if profile.consumer is not False:
        return Buyer(profile.country, consumer=True)
    number = valid_or_none(profile.country, profile.vat_number)
    return Buyer(profile.country, consumer=False, vat_number=number)
