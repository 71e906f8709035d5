"""The rehearsal provider as a process of its own, and the shop's adapter speaking to it over the network."""

import base64
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card
from ringfence.adapters.payments.trust import trusted
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    EventKind,
    HostedPage,
    PaymentStatus,
    PaymentsUnavailable,
)
from tests.adapters.rehearsal_world import PATIENCE_SECONDS, SECRET, Provider, Shop, eventually, free_port

PRICE = Money(12400, "NOK")


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
    return httpx.post(page.url, data={"number": NUMBERS[card]}, trust_env=False, verify=trusted())


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
    paid_page(adapter, "ord_listed_before")
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
    too_large = httpx.post(f"{provider.url}/pay/x", content=b"x" * 70_000, trust_env=False, verify=trusted())
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
        answer = httpx.post(page.url, data={"number": typed}, trust_env=False, verify=trusted())
        assert answer.status_code == 422
        assert "not one of the test cards" in answer.text
        assert "4242" not in answer.text
        httpx.post(page.url, content=b"\xff\xfe" + typed.encode(), trust_env=False, verify=trusted())
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
