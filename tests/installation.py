"""An installation as it is after its first start, but for the checks: tests run those that they look at."""

from datetime import datetime

from ringfence.kernel.actor import Actor
from ringfence.privacy import sweeping
from ringfence.privacy.ledger import append


def founded(at: datetime) -> None:
    """Have a key epoch and the first version of the policy, and all lines of the ledger in its tree."""
    sweeping.found(by=Actor.system("tests"), at=at)
    while append.sequence():
        pass
