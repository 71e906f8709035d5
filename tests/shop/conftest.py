"""A shop to buy in: numbers in stock, customers, and the rehearsal provider as a process of its own."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import connections
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ringfence.accounts import actions as accounts
from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card
from ringfence.adapters.payments.rehearsal_provider.keys import api_key
from ringfence.adapters.payments.trust import trusted
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.shop import actions, provider, queries
from ringfence.shop.ports import HostedPage
from ringfence.shop.rules import Term
from tests.world import for_sale, take_in_stock, to_pay

T = TypeVar("T")
SECRET = "a secret that both sides share"
PATIENCE_SECONDS = 15
SYSTEM = Actor.system("tests")


def eventually(ask: Callable[[], T], what: str, patience: float = PATIENCE_SECONDS) -> T:
    """What `ask` answers, once it is anything but empty."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.05)
    pytest.fail(f"never seen: {what}")


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class Provider:
    """The rehearsal provider's process, which brings its events to the store under test."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        self.folder, self.webhook_url = folder, webhook_url
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret_file = folder / "secret"
        self.secret_file.write_text(SECRET + "\n")
        self.log = folder / "log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        given = {
            "--port": self.port,
            "--data-dir": self.folder / "data",
            "--webhook-url": self.webhook_url,
            "--secret-file": self.secret_file,
            "--slow-seconds": 0.4,
        }
        module = "ringfence.adapters.payments.rehearsal_provider"
        words = [sys.executable, "-m", module, *(str(part) for pair in given.items() for part in pair)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        eventually(self._answers, "the provider answering")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False, verify=trusted()).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Stop it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE_SECONDS)

    def call(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> httpx.Response:
        """Call its API."""
        headers = {"Authorization": f"Bearer {api_key(SECRET)}"}
        return httpx.request(
            method, self.url + path, json=asked, headers=headers, trust_env=False, verify=trusted()
        )

    @contextmanager
    def trouble(self, **asked: object) -> Iterator[None]:
        """Let things go wrong inside the block."""
        assert self.call("PUT", "/rehearsal/trouble", asked).is_success
        try:
            yield
        finally:
            assert self.call("PUT", "/rehearsal/trouble", {}).is_success

    def pay(self, page: HostedPage, card: Card = Card.SUCCEEDS) -> httpx.Response:
        """Pay on the hosted page as a buyer would."""
        return httpx.post(page.url, data={"number": NUMBERS[card]}, trust_env=False, verify=trusted())

    def refunds_of(self, reference: str) -> list[dict[str, Any]]:
        """Return the provider's own events about refunds of one payment."""
        found, after = [], ""
        while batch := self.call("GET", f"/v1/events?limit=100&after={after}").json()["events"]:
            found += [event for event in batch if event["data"]["session"] == reference]
            after = batch[-1]["id"]
        return [event for event in found if event["type"].startswith("refund.")]


@pytest.fixture(scope="session")
def provider_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Provider]:
    """One provider for the run, and the store's own web server for its events."""
    django_settings.STATIC_ROOT.mkdir(exist_ok=True)
    live_server: LiveServer = request.getfixturevalue("live_server")
    made = Provider(tmp_path_factory.mktemp("payments"), f"{live_server.url}/webhooks/payments/")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def payments(provider_process: Provider, settings: Settings) -> Iterator[Provider]:
    """The provider, named by the settings; its events reach the store by themselves."""
    settings.PAYMENTS_ADAPTER = "ringfence.adapters.payments.rehearsal.RehearsalPayments"
    settings.REHEARSAL_URL = provider_process.url
    settings.REHEARSAL_SECRET = SECRET
    settings.ALLOWED_HOSTS = [*django_settings.ALLOWED_HOSTS, "localhost", "127.0.0.1", "testserver"]
    yield provider_process
    provider_process.call("PUT", "/rehearsal/trouble", {})


@pytest.fixture
def quiet(payments: Provider) -> Provider:
    """The provider, all of whose events are lost: whatever becomes known was asked for."""
    assert payments.call("PUT", "/rehearsal/trouble", {"webhooks": "lose"}).is_success
    return payments


STOCK = ("+442079460000,+442079460039,49,0,NOK,voice sms", "+12025550100,+12025550119,59,20,NOK,voice")


@pytest.fixture
def stocked() -> list[str]:
    """Sixty numbers for sale; return their public ids, the cheapest first."""
    take_in_stock(*STOCK, at=now())
    return [offer.public_id for offer in for_sale()]


_made = iter(range(1_000_000))


def a_customer(**profile: Any) -> UUID:
    """Make a customer who can order."""
    known = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo", **profile}
    email = f"customer{next(_made)}@example.com"
    return accounts.add_customer(
        email=email, password="a long enough phrase", language="en", by=SYSTEM, at=now(), **known
    )


@pytest.fixture
def customer() -> UUID:
    """A Norwegian consumer."""
    return a_customer()


class Purchase:
    """One customer buying one number."""

    def __init__(self, subject: UUID, number: str, at: datetime | None = None) -> None:
        self.subject, self.at = subject, at or now()
        self.by = Actor.customer(subject)
        self.order = actions.place(subject=subject, number=number, by=self.by, at=self.at)

    def check_out(
        self, term: Term = Term.MONTH, currency: str = "NOK", *, keep_card: bool = False
    ) -> "Purchase":
        """Accept price and terms."""
        shown = to_pay(self.order, term, currency)
        actions.check_out(
            order=self.order, term=term, shown=shown, keep_card=keep_card, by=self.by, at=self.at
        )
        return self

    def page(self) -> HostedPage:
        """Open the provider's page."""
        way_back = provider.WayBack("http://shop.example/done", "http://shop.example/not", "A number")
        return provider.open_page(order=self.order, way_back=way_back, by=self.by, at=self.at)

    @property
    def view(self) -> queries.OrderView:
        """How it stands."""
        found = queries.order(self.order)
        assert found is not None
        return found

    def is_state(self, *states: str) -> bool:
        """Whether the order is in one of the states."""
        return self.view.state in states

    def sweep(self, at: datetime) -> None:
        """Let the sweep run at a moment."""
        from ringfence.shop.sweeping import sweep

        sweep(by=SYSTEM, at=at)


@pytest.fixture
def paid(payments: Provider, stocked: list[str], customer: UUID) -> Purchase:
    """An order bought and in service."""
    purchase = Purchase(customer, stocked[0]).check_out()
    payments.pay(purchase.page())
    eventually(lambda: purchase.is_state("active"), "the order in service")
    return purchase


def kroner(text: str) -> Money:
    """An amount in NOK."""
    return Money.of(text, "NOK")


def found_anywhere(text: str) -> list[str]:
    """Search every text column of both databases."""
    found = []
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT 1 FROM "{table}" t WHERE t::text LIKE %s LIMIT 1', [f"%{text}%"])
                found += [table] if cursor.fetchone() else []
    return found
