"""What the privacy room itself holds about people (clause 1.1)."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.backups import tombstones
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.policy.models import Acknowledgement
from ringfence.privacy.register import add_models, add_on_tombstone
from ringfence.privacy.requests.models import SubjectRequest


def forget_whose(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Empty the person of their requests; the rows go on counting for the promise of clause 4.3."""
    return SubjectRequest.objects.filter(subject=subject).update(subject=None)


def leave_to_the_end(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Keep the tombstone while the deletion is under way; its last step empties it."""
    return 0


add_models("privacy.acknowledgements", gettext_noop("Versions of the terms you were shown"), Acknowledgement)
add_models(
    "privacy.requests", gettext_noop("Your requests about your data"), SubjectRequest, erase=forget_whose
)
add_models("privacy.erasures", gettext_noop("A deletion under way"), Erasure, erase=leave_to_the_end)
add_on_tombstone(tombstones.set_for)
