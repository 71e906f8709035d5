"""The stand-in for Stripe with the shop's adapter before it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ringfence.adapters.payments.stripe_checkout import StripeCheckout
from ringfence.kernel.money import Money
from ringfence.shop.ports import HostedPage, PaymentEvent
from tests.adapters.stripe_stand_in import SECRET_KEY, WEBHOOK_SECRET, StandIn

PRICE = Money(12400, "NOK")


@contextmanager
def running() -> Iterator[StandIn]:
    """A stand-in that answers."""
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def adapter_of(server: StandIn, secret_key: str = SECRET_KEY) -> StripeCheckout:
    """The adapter, speaking to the stand-in instead of Stripe, by its clock."""
    return StripeCheckout(
        secret_key=secret_key,
        webhook_secret=WEBHOOK_SECRET,
        api_origin=server.origin,
        clock=lambda: datetime.fromtimestamp(server.clock(), UTC),
    )


def open_page(adapter: StripeCheckout, order: str, language: str = "en", amount: Money = PRICE) -> HostedPage:
    """A page for an order."""
    return adapter.open_page(
        order_id=order,
        amount=amount,
        description="A number in Norway",
        language=language,
        success_url="http://shop.example/en/done",
        cancel_url="http://shop.example/en/not-done",
        idempotency_key=f"open:{order}",
    )


def read_all(server: StandIn, adapter: StripeCheckout, reference: str) -> list[PaymentEvent]:
    """What the stand-in has to say of a payment, read by the adapter."""
    server.settle_due()
    sent = [server.signed(event) for event in list(server.books.events)]
    read = [adapter.read_event(body, headers, at=datetime.now(UTC)) for body, headers in sent]
    return [event for event in read if event and event.reference == reference]
