"""Background work of cases of abuse."""

from datetime import datetime

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import task
from ringfence.support.abuse import sweeping


@task("support.sweep_abuse", every="*/5 * * * *")
def sweep(*, at: datetime) -> None:
    """Make decisions final that were not appealed in time."""
    sweeping.sweep(by=Actor.system("worker"), at=at)
