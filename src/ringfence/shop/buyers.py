"""Who buys: what the tax needs to know of an account, and who is sold nothing."""

from uuid import UUID

from django.conf import settings

from ringfence.accounts import closing
from ringfence.accounts.queries import Profile
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import queries as privacy
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


def buys_nothing(subject: UUID | None) -> bool:
    """Tell whether nothing is provided to somebody: they left, are leaving, or their account is about to be closed."""
    return subject is None or privacy.being_erased(subject) or is_closing(subject)


def is_closing(subject: UUID | None) -> bool:
    """Tell whether somebody's account is about to be closed."""
    return subject is not None and closing.is_about_to_be_closed(subject)


def require_open(subject: UUID | None) -> None:
    """Let customers pass whose account is not about to be closed. Raises Refusal `order.account_closing`."""
    if is_closing(subject):
        raise Refusal(
            "order.account_closing",
            gettext_noop(
                "This account is about to be closed, so nothing is sold to it and nothing charged."
                " Its owner can appeal on the first page of the account."
            ),
        )
