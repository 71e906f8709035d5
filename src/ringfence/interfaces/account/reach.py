"""Where in the account each thing that is the customer's own is changed (clause 4.1).

A field of the inventory that is not named here breaks the promise, so that none is forgotten.
"""

from collections.abc import Collection
from functools import lru_cache

from django.urls import get_resolver

from ringfence.interfaces.own_addresses import names_of
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.reach import change_at, facts, install_routes


def enter() -> None:
    """Enter the pages."""
    install_routes(_routes)
    _of_the_person()
    _of_signing_in()
    _of_numbers()


@lru_cache(maxsize=1)
def _routes() -> Collection[str]:
    return frozenset(names_of(get_resolver(), with_parameters=True))


def _of_the_person() -> None:
    names = (
        "language",
        "name",
        "phone",
        "address",
        "company",
        "vat_number",
        "country",
        "consumer",
        "time_zone",
    )
    change_at("account:details", *(f"accounts.Person.{name}" for name in names))
    change_at("account:details_email", "accounts.Person.email", "accounts.AddressChange.email")
    facts(
        gettext_noop("Somebody who registers has no account yet; it goes when they confirm, or within days."),
        *("accounts.Caller.email", "accounts.Caller.password"),
    )


def _of_signing_in() -> None:
    change_at("account:security_password", "accounts.Person.password")
    change_at("account:passkey_rename", "accounts.Passkey.label")
    change_at(
        "account:passkeys",
        *(f"accounts.Passkey.{name}" for name in ("credential", "public_key", "transports")),
    )
    change_at("account:totp", "accounts.Authenticator.secret")
    change_at("account:recovery_codes", "accounts.RecoveryCodes.digests")
    change_at("account:openid_disconnect", "accounts.OutsideIdentity.key", "accounts.OutsideIdentity.email")
    facts(gettext_noop("It works once, and goes with that."), "accounts.OneTimeLink.digest")


def _of_numbers() -> None:
    facts(
        gettext_noop("A number is what was bought; it is let go of, and not changed."),
        *(f"telephony.Number.{name}" for name in ("e164", "national", "state", "suspended_for")),
    )
    change_at("account:step", *(f"telephony.RouteStep.{name}" for name in ("plan", "kind", "target")))
    change_at(
        "account:number_answering",
        *("telephony.NumberRouting.stop_when_busy", "telephony.NumberRouting.calls_at_once"),
    )
    change_at("account:hours", "telephony.NumberRouting.hours")
    change_at("account:number_undo", "telephony.NumberRouting.before")
    change_at("account:forwarding_forbid", "telephony.ForwardCountry.country")
    change_at("account:phone_rename", "telephony.Phone.name")
    change_at("account:phone_password", "telephony.Phone.ha1")
    facts(gettext_noop("A random word by which the phone registers."), "telephony.Phone.username")
    change_at("account:message_letter", "telephony.MessageForwarding.by_letter")
    change_at(
        "account:message_address", "telephony.MessageForwarding.url", "telephony.MessageForwarding.secret"
    )
