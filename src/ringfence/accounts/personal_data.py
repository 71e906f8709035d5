"""What the accounts room holds about people (clause 1.1)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from ringfence.accounts import actions, endings
from ringfence.accounts.models import (
    AddressChange,
    Authenticator,
    Caller,
    OneTimeLink,
    OutgoingLetter,
    OutsideIdentity,
    Passkey,
    Person,
    RecoveryCodes,
    SignIn,
)
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.register import add_models, add_on_tombstone, add_place


def sign_out(*, subject: UUID, by: Actor, at: datetime) -> int:
    """End every session the moment a deletion begins."""
    return actions.sign_out_everywhere(person=subject, by=by, at=at)


def readdress(*, subject: UUID, changed: Collection[str], by: Actor, at: datetime) -> None:
    """Send waiting letters as the account is now, and keep what was before with none that was sent."""
    actions.readdress_letters(person=subject, by=by, at=at)


add_on_tombstone(sign_out)
add_place(
    "accounts.letters",
    ("accounts.Person.email", "accounts.Person.language", "accounts.Person.time_zone"),
    readdress,
)

add_models("accounts.letters", gettext_noop("Letters we sent you"), OutgoingLetter)
add_models(
    "accounts.profile",
    gettext_noop("Your profile and how you sign in"),
    OneTimeLink,
    Caller,
    SignIn,
    AddressChange,
    Passkey,
    Authenticator,
    RecoveryCodes,
    OutsideIdentity,
    Person,
)
endings.enter()
