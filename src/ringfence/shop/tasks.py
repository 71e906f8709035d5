"""The shop's background work: each task fetches and calls."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import task
from ringfence.shop import collecting, forgetting, provider
from ringfence.shop.models import Mandate
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


@task("shop.fetch_card")
def fetch_card(*, at: datetime, subscription: str) -> None:
    """Fetch the token of a card that was left at the provider's page."""
    collecting.fetch_card(UUID(subscription), by=WORKER, at=at)


@task("shop.forget_card_of_order")
def forget_card_of_order(*, at: datetime, order: str) -> None:
    """Have the provider forget the card of an order that never came into service."""
    forgetting.forget_card(UUID(order), by=WORKER, at=at)


@task("shop.pay_renewal_back")
def pay_renewal_back(*, at: datetime, payment: str) -> None:
    """Send a renewal's payment back; tried again while the provider does not answer."""
    collecting.pay_back(UUID(payment), by=WORKER, at=at)


@task("shop.forget_mandates")
def forget_mandates(*, at: datetime) -> None:
    """Have the provider forget the cards that were let go."""
    for mandate in list(Mandate.objects.filter(leaving_at__isnull=False).values_list("pk", flat=True)[:100]):
        collecting.forget_mandate(mandate, by=WORKER, at=at)


@task("shop.sweep", every="* * * * *")
def sweep(*, at: datetime) -> None:
    """Find what got lost between two steps."""
    run_sweep(by=WORKER, at=at)


@task("shop.sweep_papers", every="*/10 * * * *")
def papers(*, at: datetime) -> None:
    """End orders whose papers did not come, and destroy papers whose time is over."""
    sweep_papers(by=WORKER, at=at)
