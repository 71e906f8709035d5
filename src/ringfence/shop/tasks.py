"""The shop's background work: each task fetches and calls."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import task
from ringfence.shop import provider
from ringfence.shop.paper_sweeping import sweep as sweep_papers
from ringfence.shop.sweeping import sweep as run_sweep

WORKER = Actor.system("worker")


@task("shop.send_refund")
def send_refund(*, at: datetime, refund: str) -> None:
    """Send an owed refund; tried again while the provider does not answer."""
    provider.send_refund(UUID(refund), by=WORKER, at=at)


@task("shop.ask_refund")
def ask_refund(*, at: datetime, refund: str) -> None:
    """Ask how a sent refund stands."""
    provider.ask_refund(UUID(refund), by=WORKER, at=at)


@task("shop.sweep", every="* * * * *")
def sweep(*, at: datetime) -> None:
    """Find what got lost between two steps."""
    run_sweep(by=WORKER, at=at)


@task("shop.sweep_papers", every="*/10 * * * *")
def papers(*, at: datetime) -> None:
    """End orders whose papers did not come, and destroy papers whose time is over."""
    sweep_papers(by=WORKER, at=at)
