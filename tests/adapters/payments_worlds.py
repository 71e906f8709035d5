"""Both providers behind one face: what buyers do there, and how it may fail."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import pytest

from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card
from ringfence.adapters.payments.trust import trusted
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    EventKind,
    HostedPage,
    PaymentEvent,
    Payments,
)
from tests.adapters import stripe_world
from tests.adapters.rehearsal_world import SECRET, Provider, Shop
from tests.adapters.stripe_stand_in import StandIn

PRICE = Money(12400, "NOK")
CHARGES_GO = {
    Card.SLOW: "slowly",
    Card.RENEWAL_REFUSED: "declined",
    Card.RENEWAL_NEEDS_BUYER: "see the buyer",
}
"""What Stripe's stand-in does with a charge of a card that behaves like this one of the rehearsal."""


class World(ABC):
    """A provider, what its buyers do, and how it may fail."""

    adapter: Payments
    unknown: str

    @abstractmethod
    def pay(self, page: HostedPage, card: Card) -> None:
        """The buyer pays."""

    @abstractmethod
    def events(self, reference: str) -> list[PaymentEvent]:
        """What the shop was told of a payment."""

    @abstractmethod
    def failing(self, times: int, status: int) -> AbstractContextManager[None]:
        """The next calls are answered with this status."""

    @abstractmethod
    def losing(self, times: int) -> AbstractContextManager[None]:
        """The next calls are done, and their answers lost."""

    @abstractmethod
    def stranger(self) -> AbstractContextManager[Payments]:
        """Somebody with a wrong key."""

    @abstractmethod
    def leave_card(self, page: HostedPage, card: Card) -> None:
        """The buyer leaves a card at a page where nothing is paid."""

    def open(self, order: str, amount: Money = PRICE, *, keep: bool = False) -> HostedPage:
        """A page for an order."""
        return self.adapter.open_page(
            order_id=order,
            amount=amount,
            description="A number in Norway",
            language="nb",
            success_url="http://shop.example/nb/done",
            cancel_url="http://shop.example/nb/not-done",
            keep_mandate=keep,
            idempotency_key=f"open:{order}",
        )

    def paid(self, order: str, card: Card = Card.SUCCEEDS) -> HostedPage:
        """A page that was paid at."""
        page = self.open(order)
        self.pay(page, card)
        return page

    def kinds(self, page: HostedPage) -> list[EventKind]:
        """The kinds of what the shop was told."""
        return [event.kind for event in self.events(page.reference)]


class Rehearsal(World):
    """The rehearsal provider."""

    unknown = "pay_unknown"

    def __init__(self, provider: Provider, shop: Shop, adapter: RehearsalPayments) -> None:
        """Know its parts."""
        self.provider, self.shop, self.adapter, self._mine = provider, shop, adapter, adapter

    def pay(self, page: HostedPage, card: Card) -> None:
        """See ``World``."""
        assert (
            httpx.post(
                page.url, data={"number": NUMBERS[card]}, trust_env=False, verify=trusted()
            ).status_code
            == 303
        )

    def leave_card(self, page: HostedPage, card: Card) -> None:
        """See ``World``."""
        self.pay(page, card)

    def events(self, reference: str) -> list[PaymentEvent]:
        """See ``World``."""
        return self.shop.events(self._mine, reference)

    def failing(self, times: int, status: int) -> AbstractContextManager[None]:
        """See ``World``."""
        return self.provider.trouble(fail_next=times, fail_status=status)

    def losing(self, times: int) -> AbstractContextManager[None]:
        """See ``World``."""
        return self.provider.trouble(lose_next=times)

    def stranger(self) -> AbstractContextManager[Payments]:
        """See ``World``."""
        return RehearsalPayments(url=self.provider.url, secret="another secret entirely")


class Stripe(World):
    """Stripe's stand-in."""

    unknown = "cs_test_unknown"

    def __init__(self, server: StandIn) -> None:
        """Know its parts."""
        self.server = server
        self.adapter = self._mine = stripe_world.adapter_of(server)

    def pay(self, page: HostedPage, card: Card) -> None:
        """See ``World``."""
        how = {Card.SLOW: "slowly", Card.SLOW_DECLINED: "slowly in vain"}.get(card, "at once")
        self.server.pay(page.reference, how)
        self.server.charges_go = CHARGES_GO.get(card, "at once")
        if card is Card.CHARGED_BACK:
            self.server.dispute(page.reference)

    def leave_card(self, page: HostedPage, card: Card) -> None:
        """See ``World``."""
        self.server.charges_go = CHARGES_GO.get(card, "at once")
        self.server.leave_card(page.reference)

    def events(self, reference: str) -> list[PaymentEvent]:
        """See ``World``."""
        return stripe_world.read_all(self.server, self._mine, reference)

    def failing(self, times: int, status: int) -> AbstractContextManager[None]:
        """See ``World``."""
        return self.server.trouble(fail=[status] * times)

    def losing(self, times: int) -> AbstractContextManager[None]:
        """See ``World``."""
        return self.server.trouble(lose=times)

    def stranger(self) -> AbstractContextManager[Payments]:
        """See ``World``."""
        return stripe_world.adapter_of(self.server, "sk_test_" + "x" * 24)


@pytest.fixture(scope="module", params=["rehearsal", "stripe"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Each provider in turn."""
    with ExitStack() as stack:
        if request.param == "stripe":
            stripe = Stripe(stack.enter_context(stripe_world.running()))
            stack.enter_context(stripe._mine)
            yield stripe
            return
        yield _rehearsal(stack, tmp_path_factory.mktemp("provider"))


def _rehearsal(stack: ExitStack, folder: Path) -> Rehearsal:
    shop = stack.enter_context(Shop())
    thread = threading.Thread(target=shop.serve_forever, args=(0.05,))
    thread.start()
    stack.callback(thread.join)
    stack.callback(shop.shutdown)
    provider = Provider(folder, shop)
    provider.start()
    stack.callback(provider.stop)
    adapter = stack.enter_context(RehearsalPayments(url=provider.url, secret=SECRET))
    return Rehearsal(provider, shop, adapter)
