"""What the accounts room adds to the promises: what comes from the sign-in provider, and why staff may look."""

from ringfence.accounts.models import OutsideIdentity
from ringfence.accounts.rules import PURPOSES
from ringfence.privacy import outside
from ringfence.privacy.looks import check as looks


def enter() -> None:
    """Enter the table of outside identities, and the purposes customers can read."""
    outside.enter(OutsideIdentity, "id", "person_id", "issuer", "key", "email", "made_at")
    looks.enter_purposes(PURPOSES)
