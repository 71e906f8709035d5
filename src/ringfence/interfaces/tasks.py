"""Background work of the interfaces: the store reads its own pages."""

from datetime import datetime

from ringfence.interfaces import page_reading
from ringfence.kernel.actor import Actor
from ringfence.privacy.background import OUTSIDE, task


@task("interfaces.read_pages", every="4-59/5 * * * *", queue=OUTSIDE)
def read_pages(*, at: datetime) -> None:
    """Read every public page again and note what it says."""
    page_reading.read_pages(by=Actor.system("worker"), at=at)
