"""The rehearsal provider as a process of its own, and the shop's adapter speaking to it over the network."""

import base64
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card
from ringfence.adapters.payments.rehearsal_provider.keys import api_key
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    EventKind,
    HostedPage,
    PaymentEvent,
    PaymentsRefused,
    PaymentStatus,
    PaymentsUnavailable,
    PaymentUnknown,
    RefundStatus,
)

T = TypeVar("T")
SECRET = "a secret that both sides share"
PRICE = Money(12400, "NOK")
PATIENCE_SECONDS = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(ask: Callable[[], T], what: str) -> T:
    """What ``ask`` answers, once it is anything but empty."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.03)
    pytest.fail(f"never seen: {what}")


class Shop(ThreadingHTTPServer):
    """Takes events as the shop would; ``status`` is what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen at a free port."""
        super().__init__(("127.0.0.1", 0), _Door)
        self.status = 200
        self.came: list[tuple[bytes, dict[str, str]]] = []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def events(self, adapter: RehearsalPayments, reference: str) -> list[PaymentEvent]:
        """What came about one payment, in the order of arrival."""
        read = [adapter.read_event(body, headers, at=datetime.now(UTC)) for body, headers in list(self.came)]
        return [event for event in read if event and event.reference == reference]


class _Door(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((body, dict(self.headers.items())))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Provider:
    """The process, its folder and its log."""

    def __init__(self, folder: Path, shop: Shop, *extra: str) -> None:
        """Choose a port and write the secret; nothing runs yet."""
        self.folder, self.shop, self.extra = folder, shop, extra
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret_file = folder / "secret"
        self.secret_file.write_text(SECRET + "\n")
        self.log = folder / "log"

    def command(self) -> list[str]:
        """How it is started."""
        module = "ringfence.adapters.payments.rehearsal_provider"
        given = {
            "--port": self.port,
            "--data-dir": self.folder / "data",
            "--webhook-url": f"{self.shop.address}/webhooks/payments/",
            "--secret-file": self.secret_file,
            "--slow-seconds": 0.4,
        }
        return [
            sys.executable,
            "-m",
            module,
            *(str(part) for pair in given.items() for part in pair),
            *self.extra,
        ]

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        eventually(self._answers, "the provider answering")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stops it; answers its exit status."""
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def call(
        self, method: str, path: str, asked: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """A bare call of the API, without the adapter."""
        all_headers = {"Authorization": f"Bearer {api_key(SECRET)}", **headers}
        return httpx.request(method, self.url + path, json=asked, headers=all_headers, trust_env=False)

    @contextmanager
    def trouble(self, **asked: object) -> Iterator[None]:
        """Things go wrong inside the block."""
        assert self.call("PUT", "/rehearsal/trouble", asked).is_success
        yield
        assert self.call("PUT", "/rehearsal/trouble", {}).is_success


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def provider(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    provider = Provider(tmp_path_factory.mktemp("provider"), shop)
    provider.start()
    yield provider
    assert provider.stop() == 0, provider.log.read_text()


@pytest.fixture
def own_provider(shop: Shop, tmp_path: Path) -> Iterator[Provider]:
    """A provider that a test may stop and start."""
    provider = Provider(tmp_path, shop)
    provider.start()
    yield provider
    if provider.process.poll() is None:
        provider.stop(signal.SIGKILL)


def adapter_of(provider: Provider) -> RehearsalPayments:
    return RehearsalPayments(url=provider.url, secret=SECRET)


@pytest.fixture
def adapter(provider: Provider) -> Iterator[RehearsalPayments]:
    with adapter_of(provider) as adapter:
        yield adapter


def open_page(
    adapter: RehearsalPayments, order: str, language: str = "en", amount: Money = PRICE
) -> HostedPage:
    return adapter.open_page(
        order_id=order,
        amount=amount,
        description="A number in Norway",
        language=language,
        success_url="http://shop.example/en/done",
        cancel_url="http://shop.example/en/not-done",
        idempotency_key=f"open:{order}",
    )


def pay(page: HostedPage, card: Card) -> httpx.Response:
    return httpx.post(page.url, data={"number": NUMBERS[card]}, trust_env=False)


def paid_page(adapter: RehearsalPayments, order: str, card: Card = Card.SUCCEEDS) -> HostedPage:
    page = open_page(adapter, order)
    assert pay(page, card).status_code == 303
    return page


def kinds(shop: Shop, adapter: RehearsalPayments, page: HostedPage) -> list[EventKind]:
    return [event.kind for event in shop.events(adapter, page.reference)]


def test_good_card_pays_redirects_and_tells_the_shop(adapter: RehearsalPayments, shop: Shop) -> None:
    page = open_page(adapter, "ord_good")
    assert adapter.look_up(page.reference).status is PaymentStatus.OPEN
    answer = pay(page, Card.SUCCEEDS)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://shop.example/en/done")
    state = adapter.look_up(page.reference)
    assert (state.status, state.amount, state.refunded) == (PaymentStatus.PAID, PRICE, Money(0, "NOK"))
    [event] = eventually(lambda: shop.events(adapter, page.reference), "the event")
    assert (event.kind, event.order_id, event.amount) == (EventKind.PAID, "ord_good", PRICE)
    assert abs((datetime.now(UTC) - event.occurred_at).total_seconds()) < PATIENCE_SECONDS


def test_paying_twice_pays_once(adapter: RehearsalPayments, shop: Shop) -> None:
    page = paid_page(adapter, "ord_twice")
    assert "Paid" in pay(page, Card.SUCCEEDS).text
    eventually(lambda: shop.events(adapter, page.reference), "the event")
    time.sleep(0.2)
    assert kinds(shop, adapter, page) == [EventKind.PAID]


def test_declined_card_may_be_followed_by_another(adapter: RehearsalPayments, shop: Shop) -> None:
    page = open_page(adapter, "ord_declined")
    answer = pay(page, Card.DECLINED)
    assert answer.status_code == 422
    assert "You can try 2 more cards." in answer.text
    assert adapter.look_up(page.reference).status is PaymentStatus.OPEN
    assert pay(page, Card.SUCCEEDS).status_code == 303
    eventually(lambda: kinds(shop, adapter, page) == [EventKind.PAID], "paid and nothing else")


def test_third_declined_card_is_the_end(adapter: RehearsalPayments, shop: Shop) -> None:
    page = open_page(adapter, "ord_thrice")
    answers = [pay(page, Card.DECLINED) for _ in range(3)]
    assert "Not paid" in answers[-1].text
    assert adapter.look_up(page.reference).status is PaymentStatus.FAILED
    eventually(lambda: kinds(shop, adapter, page) == [EventKind.FAILED], "failed")


@pytest.mark.parametrize(
    ("card", "status", "kind"),
    [
        (Card.SLOW, PaymentStatus.PAID, EventKind.PAID),
        (Card.SLOW_DECLINED, PaymentStatus.FAILED, EventKind.FAILED),
    ],
)
def test_slow_card_is_decided_after_the_buyer_is_back(
    adapter: RehearsalPayments, shop: Shop, card: Card, status: PaymentStatus, kind: EventKind
) -> None:
    page = paid_page(adapter, f"ord_{card}", card)
    assert adapter.look_up(page.reference).status is PaymentStatus.OPEN
    assert kinds(shop, adapter, page) == []
    eventually(lambda: kinds(shop, adapter, page) == [kind], "the decision")
    assert adapter.look_up(page.reference).status is status


def test_abandoned_payment_stays_open_until_the_shop_closes_it(
    adapter: RehearsalPayments, shop: Shop
) -> None:
    page = open_page(adapter, "ord_left")
    assert pay(page, Card.ABANDONED).headers["location"] == "http://shop.example/en/not-done"
    assert adapter.look_up(page.reference).status is PaymentStatus.OPEN
    assert adapter.close_page(page.reference).status is PaymentStatus.EXPIRED
    assert adapter.close_page(page.reference).status is PaymentStatus.EXPIRED
    assert "Too late" in pay(page, Card.SUCCEEDS).text
    eventually(lambda: kinds(shop, adapter, page) == [EventKind.EXPIRED], "expired, once")


def test_closing_leaves_a_paid_payment_paid(adapter: RehearsalPayments) -> None:
    page = paid_page(adapter, "ord_close_paid")
    assert adapter.close_page(page.reference).status is PaymentStatus.PAID


def test_charged_back_payment_cannot_be_refunded(adapter: RehearsalPayments, shop: Shop) -> None:
    page = paid_page(adapter, "ord_back", Card.CHARGED_BACK)
    eventually(
        lambda: kinds(shop, adapter, page) == [EventKind.PAID, EventKind.CHARGED_BACK], "the charge-back"
    )
    assert adapter.look_up(page.reference).status is PaymentStatus.CHARGED_BACK
    with pytest.raises(PaymentsRefused) as refused:
        adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="back")
    assert refused.value.code == "not_paid"


def test_opening_twice_with_one_key_gives_one_page(adapter: RehearsalPayments) -> None:
    assert open_page(adapter, "ord_same") == open_page(adapter, "ord_same")
    with pytest.raises(PaymentsRefused) as refused:
        open_page(adapter, "ord_same", amount=Money(1, "NOK"))
    assert refused.value.code == "key_reused"


def test_unknown_reference_is_said_to_be_unknown(adapter: RehearsalPayments) -> None:
    for reference in ("pay_unknown", "../../healthz", ""):
        with pytest.raises(PaymentUnknown):
            adapter.look_up(reference)
        with pytest.raises(PaymentUnknown):
            adapter.look_up_refund(reference)
    with pytest.raises(PaymentUnknown):
        adapter.refund(reference="pay_unknown", amount=PRICE, idempotency_key="unknown")


def test_wrong_secret_is_refused(provider: Provider) -> None:
    with RehearsalPayments(url=provider.url, secret="another secret entirely") as stranger:
        with pytest.raises(PaymentsRefused) as refused:
            open_page(stranger, "ord_stranger")
        assert refused.value.code == "wrong_key"


@pytest.mark.promise("6.2")
def test_refund_happens_once_whatever_is_retried(
    adapter: RehearsalPayments, provider: Provider, shop: Shop
) -> None:
    page = paid_page(adapter, "ord_refund")
    with provider.trouble(lose_next=2):
        first = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="refund:ord_refund")
    again = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="refund:ord_refund")
    assert first == again == adapter.look_up_refund(first.reference)
    assert (first.status, first.amount) == (RefundStatus.SUCCEEDED, PRICE)
    assert adapter.look_up(page.reference).refunded == PRICE
    with pytest.raises(PaymentsRefused) as refused:
        adapter.refund(reference=page.reference, amount=Money(1, "NOK"), idempotency_key="more")
    assert refused.value.code == "too_much"
    wanted = [EventKind.PAID, EventKind.REFUND_SUCCEEDED]
    eventually(lambda: sorted(kinds(shop, adapter, page)) == sorted(wanted), "one refund")


def test_refund_in_parts_and_slowly(adapter: RehearsalPayments, shop: Shop) -> None:
    page = paid_page(adapter, "ord_parts", Card.SLOW)
    eventually(lambda: kinds(shop, adapter, page) == [EventKind.PAID], "paid")
    part = adapter.refund(reference=page.reference, amount=Money(400, "NOK"), idempotency_key="part")
    assert part.status is RefundStatus.PENDING
    eventually(lambda: adapter.look_up_refund(part.reference).status is RefundStatus.SUCCEEDED, "the refund")
    eventually(lambda: EventKind.REFUND_SUCCEEDED in kinds(shop, adapter, page), "the event")
    assert adapter.look_up(page.reference).refunded == Money(400, "NOK")


def test_refund_in_another_currency_is_refused(adapter: RehearsalPayments) -> None:
    page = paid_page(adapter, "ord_currency")
    with pytest.raises(PaymentsRefused):
        adapter.refund(reference=page.reference, amount=Money(1, "EUR"), idempotency_key="euro")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_short_trouble_is_ridden_out_and_long_trouble_is_told(
    adapter: RehearsalPayments, provider: Provider, status: int
) -> None:
    with provider.trouble(fail_next=2, fail_status=status):
        page = open_page(adapter, f"ord_trouble_{status}")
    with provider.trouble(fail_next=3, fail_status=status), pytest.raises(PaymentsUnavailable):
        adapter.look_up(page.reference)


def test_repeated_lost_and_reversed_events(
    adapter: RehearsalPayments, provider: Provider, shop: Shop
) -> None:
    with provider.trouble(repeat_webhooks=2):
        thrice = paid_page(adapter, "ord_repeat")
    eventually(lambda: kinds(shop, adapter, thrice) == [EventKind.PAID] * 3, "three times")
    assert len({event.event_id for event in shop.events(adapter, thrice.reference)}) == 1
    with provider.trouble(webhooks="lose"):
        lost = paid_page(adapter, "ord_lost")
    with provider.trouble(webhooks="hold"):
        held = paid_page(adapter, "ord_held")
        adapter.refund(reference=held.reference, amount=PRICE, idempotency_key="refund:ord_held")
        time.sleep(0.2)
        assert kinds(shop, adapter, held) == []
    assert provider.call("POST", "/rehearsal/release?order=reversed").json() == {"released": 2}
    wanted = [EventKind.REFUND_SUCCEEDED, EventKind.PAID]
    eventually(lambda: kinds(shop, adapter, held) == wanted, "the younger one first")
    assert kinds(shop, adapter, lost) == []
    assert adapter.look_up(lost.reference).status is PaymentStatus.PAID


def test_events_are_listed_from_any_point(adapter: RehearsalPayments, provider: Provider) -> None:
    page = paid_page(adapter, "ord_list")
    everything: list[dict[str, Any]] = []
    while batch := _events(provider, everything[-1]["id"] if everything else ""):
        everything += batch
    assert everything[-1]["data"]["session"] == page.reference
    assert _events(provider, everything[-2]["id"]) == everything[-1:]


def _events(provider: Provider, after: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = provider.call("GET", f"/v1/events?limit=7&after={after}").json()["events"]
    return found


def test_what_is_asked_wrongly_is_answered_with_a_code(provider: Provider) -> None:
    good = {
        "order_id": "ord_1",
        "amount": 1,
        "currency": "NOK",
        "description": "d",
        "language": "nb",
        "success_url": "https://shop.example/a",
        "cancel_url": "https://shop.example/b",
    }
    wrong: dict[str, Any] = {
        "order_id": "a b",
        "amount": 0.5,
        "currency": "XXX",
        "description": "",
        "language": "sv",
        "success_url": "javascript:alert(1)",
        "cancel_url": "http://a b/",
    }
    for name, value in wrong.items():
        answer = provider.call(
            "POST", "/v1/sessions", {**good, name: value}, **{"Idempotency-Key": f"wrong-{name}"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, f"bad_{name}")
    assert provider.call("POST", "/v1/sessions", good).json()["error"]["code"] == "bad_key"
    assert provider.call("GET", "/v1/nothing").status_code == 404
    assert provider.call("GET", "/v1/events", Authorization="Bearer wrong").status_code == 401
    assert provider.call("PUT", "/rehearsal/trouble", {"fail_next": -1}).status_code == 422
    assert provider.call("PUT", "/rehearsal/trouble", {"surprise": 1}).status_code == 422
    too_large = httpx.post(f"{provider.url}/pay/x", content=b"x" * 70_000, trust_env=False)
    assert too_large.status_code == 413


def test_provider_that_is_down_is_unavailable() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with RehearsalPayments(url=nowhere, secret=SECRET) as adapter, pytest.raises(PaymentsUnavailable):
        open_page(adapter, "ord_down")


def test_events_owed_survive_a_kill(own_provider: Provider, shop: Shop) -> None:
    with adapter_of(own_provider) as adapter:
        shop.status = 503
        try:
            paid = paid_page(adapter, "ord_kill_paid")
            slow = paid_page(adapter, "ord_kill_slow", Card.SLOW)
            eventually(lambda: shop.events(adapter, paid.reference), "a first try")
            own_provider.stop(signal.SIGKILL)
        finally:
            shop.status = 200
        before = len(shop.events(adapter, paid.reference))
        own_provider.start()
        eventually(
            lambda: len(shop.events(adapter, paid.reference)) == before + 1, "the event after the restart"
        )
        eventually(lambda: kinds(shop, adapter, slow)[-1:] == [EventKind.PAID], "the slow payment")
        assert adapter.look_up(slow.reference).status is PaymentStatus.PAID


def test_provider_does_without_the_shops_framework() -> None:
    module = "ringfence.adapters.payments.rehearsal_provider.__main__"
    code = f"import sys, {module}; sys.exit(any(name.startswith('django') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_stops_cleanly_and_a_second_one_is_turned_away(own_provider: Provider) -> None:
    def turned_away(*change: str) -> str:
        done = subprocess.run(
            [*own_provider.command(), *change],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 2
        return done.stderr

    assert "cannot listen" in turned_away()
    assert "another one already works" in turned_away("--port", str(free_port()))
    own_provider.secret_file.write_text("short")
    assert "shorter than" in turned_away("--port", str(free_port()))
    assert own_provider.stop() == 0
    assert own_provider.log.read_text() == ""


@pytest.mark.promise("2.4")
def test_what_is_typed_as_a_card_number_is_kept_nowhere(own_provider: Provider) -> None:
    typed = "4242 4242 4242 4242"
    with adapter_of(own_provider) as adapter:
        page = open_page(adapter, "ord_typed")
        answer = httpx.post(page.url, data={"number": typed}, trust_env=False)
        assert answer.status_code == 422
        assert "not one of the test cards" in answer.text
        assert "4242" not in answer.text
        httpx.post(page.url, content=b"\xff\xfe" + typed.encode(), trust_env=False)
        pay(page, Card.DECLINED)
        pay(page, Card.SUCCEEDS)
        assert adapter.look_up(page.reference).status is PaymentStatus.PAID
    own_provider.stop(signal.SIGKILL)
    searched = [path for path in own_provider.folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".sqlite3-wal") for path in searched)
    for number in (typed, NUMBERS[Card.SUCCEEDS], NUMBERS[Card.DECLINED]):
        for path in searched:
            content = path.read_bytes()
            for form in _forms(number):
                assert form not in content, f"{form!r} in {path.name}"


def _forms(number: str) -> list[bytes]:
    texts = [text.encode() for text in (number, number.replace(" ", ""), number.replace(" ", "+"))]
    texts += [text[::-1] for text in texts]
    return texts + [text.hex().encode() for text in texts] + [base64.b64encode(text) for text in texts]


def test_raw_event_holds_no_more_than_it_must(adapter: RehearsalPayments, shop: Shop) -> None:
    page = paid_page(adapter, "ord_raw")
    eventually(lambda: shop.events(adapter, page.reference), "the event")
    body = next(json.loads(body) for body, _ in shop.came if page.reference.encode() in body)
    assert set(body) == {"id", "type", "created", "rehearsal", "data"}
    assert set(body["data"]) == {"session", "order_id", "currency", "amount"}
