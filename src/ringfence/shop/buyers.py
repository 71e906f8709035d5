"""The buyer that a price is for: what the tax needs to know of an account."""

from django.conf import settings

from ringfence.accounts.queries import Profile
from ringfence.shop.vat_rules import Buyer


def buyer_of(profile: Profile | None) -> Buyer:
    """Return the buyer that an account is; where nothing is known, a consumer in the seller's country."""
    if profile is None or not profile.country:
        return Buyer(settings.SELLER_COUNTRY, consumer=True)
    return Buyer(profile.country, consumer=profile.consumer is not False)
