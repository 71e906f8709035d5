"""What the accounts room holds about people (clause 1.1)."""

from ringfence.accounts import endings
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
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.register import add_models

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
