"""The accounts room's tables."""

from ringfence.accounts.models.credentials import Authenticator, OutsideIdentity, Passkey, RecoveryCodes
from ringfence.accounts.models.entrance import AddressChange, Caller, OneTimeLink, SignIn, TryCount
from ringfence.accounts.models.letters import OutgoingLetter
from ringfence.accounts.models.people import Person

__all__ = [
    "AddressChange",
    "Authenticator",
    "Caller",
    "OneTimeLink",
    "OutgoingLetter",
    "OutsideIdentity",
    "Passkey",
    "Person",
    "RecoveryCodes",
    "SignIn",
    "TryCount",
]
