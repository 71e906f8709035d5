"""Calls to Stripe: what is sent, what is not, and how its answers and silences are taken."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stripe

from ringfence.adapters.payments import stripe_connection
from ringfence.adapters.payments.stripe_checkout import PAGE_STEP_SECONDS, StripeCheckout
from ringfence.adapters.payments.stripe_connection import API_VERSION
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    HostedPage,
    PaymentsRefused,
    PaymentStatus,
    PaymentsUnavailable,
    RefundStatus,
)
from tests.adapters.rehearsal_world import eventually
from tests.adapters.stripe_objects import sample
from tests.adapters.stripe_stand_in import SECRET_KEY, Seen, StandIn
from tests.adapters.stripe_world import PRICE, adapter_of, open_page, running

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with running() as server:
        yield server


@pytest.fixture
def adapter(server: StandIn) -> Iterator[StripeCheckout]:
    server.seen.clear()
    with adapter_of(server) as adapter:
        yield adapter


def paid(server: StandIn, adapter: StripeCheckout, order: str, how: str = "at once") -> HostedPage:
    page = open_page(adapter, order)
    server.pay(page.reference, how)
    return page


def payment_of(server: StandIn, page: HostedPage) -> dict[str, Any]:
    return server.books.payments[server.books.sessions[page.reference]["payment_intent"]]


def posts(server: StandIn, path: str) -> list[Seen]:
    return [seen for seen in server.seen if seen.method == "POST" and seen.path == path]


def test_pinned_version_is_the_locked_librarys() -> None:
    assert stripe.api_version == API_VERSION


@pytest.mark.promise("2.4")
def test_page_is_opened_with_nothing_about_the_buyer(
    server: StandIn, adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "clock", lambda: NOON)
    page = open_page(adapter, "ord_form", language="nb")
    [seen] = server.seen
    assert seen.form == {
        "mode": "payment",
        "client_reference_id": "ord_form",
        "customer_creation": "if_required",
        "adaptive_pricing": {"enabled": "false"},
        "line_items": [
            {
                "quantity": "1",
                "price_data": {
                    "currency": "nok",
                    "unit_amount": "12400",
                    "product_data": {"name": "A number in Norway"},
                },
            }
        ],
        "payment_intent_data": {"metadata": {"order": "ord_form"}},
        "locale": "nb",
        "success_url": "http://shop.example/en/done",
        "cancel_url": "http://shop.example/en/not-done",
        "expires_at": str(int(NOON) + 3600),
    }
    assert page.url.startswith("https://checkout.stripe.com/")
    assert page.reference == page.url.rpartition("/")[2]


def test_a_call_carries_what_it_needs_and_nothing_about_the_machine(
    server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.seen.clear()
    with adapter_of(server) as adapter:
        open_page(adapter, "ord_headers")
        open_page(adapter, "ord_headers")
    assert len(server.seen) == 2
    for seen in server.seen:
        assert seen.headers == {
            "host": server.origin.partition("://")[2],
            "authorization": f"Bearer {SECRET_KEY}",
            "stripe-version": API_VERSION,
            "idempotency-key": "open:ord_headers",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": seen.headers["content-length"],
            "user-agent": "shop",
            "accept": "*/*",
            "accept-encoding": seen.headers["accept-encoding"],
            "connection": "keep-alive",
        }


def test_nothing_of_a_body_is_logged_or_printed(
    server: StandIn,
    adapter: StripeCheckout,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    paid(server, adapter, "ord_quiet")
    with pytest.raises(PaymentsRefused) as refused:
        open_page(adapter, "ord_quiet", amount=Money(1, "NOK"))
    told = capfd.readouterr()
    lines = [line for line in caplog.records if line.name.startswith(("stripe", "ringfence"))]
    assert (lines, told.out, told.err) == ([], "", "")
    assert "4242" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_the_librarys_own_debugging_cannot_be_switched_on() -> None:
    module = "ringfence.adapters.payments.stripe_connection"
    code = f"import {module} as c, stripe._util as u; print(u.STRIPE_LOG, c.stripe.enable_telemetry)"
    environment = os.environ | {"STRIPE_LOG": "debug", "PYTHONPATH": "src"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["None", "False"]


def test_repeat_across_the_half_hour_gives_the_same_page(
    server: StandIn, adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "clock", lambda: NOON - 300)
    first = open_page(adapter, "ord_half")
    monkeypatch.setattr(server, "clock", lambda: NOON - 300 + PAGE_STEP_SECONDS / 2)
    assert open_page(adapter, "ord_half") == first
    assert len({seen.form["expires_at"] for seen in posts(server, "/v1/checkout/sessions")}) == 2
    with pytest.raises(PaymentsRefused) as refused:
        open_page(adapter, "ord_half", language="nb")
    assert refused.value.code == "key_reused"


@pytest.mark.parametrize("minutes", range(0, 60, 7))
def test_a_page_ends_within_the_time_stripe_allows(
    server: StandIn, adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    now = NOON + minutes * 60
    monkeypatch.setattr(server, "clock", lambda: now)
    open_page(adapter, f"ord_minute_{minutes}")
    [seen] = server.seen
    assert 35 * 60 <= int(seen.form["expires_at"]) - now <= 65 * 60


def test_a_page_nobody_closed_ends_by_itself(
    server: StandIn, adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "clock", lambda: NOON)
    page = open_page(adapter, "ord_ends")
    monkeypatch.setattr(server, "clock", lambda: NOON + 3601)
    assert adapter.look_up(page.reference).status is PaymentStatus.EXPIRED


@pytest.mark.parametrize("currency", ["ISK", "UGX", "MGA"])
def test_currency_with_other_units_there_is_refused(
    server: StandIn, adapter: StripeCheckout, currency: str
) -> None:
    with pytest.raises(PaymentsRefused) as refused:
        open_page(adapter, f"ord_{currency}", amount=Money(100, currency))
    assert refused.value.code == "wrong_currency"
    assert server.seen == []


@pytest.mark.promise("6.2")
def test_refund_happens_once_after_stripe_has_forgotten_its_key(
    server: StandIn, adapter: StripeCheckout
) -> None:
    page, part = paid(server, adapter, "ord_forgotten"), Money(400, "NOK")
    first = adapter.refund(reference=page.reference, amount=part, idempotency_key="refund:forgotten:1")
    [seen] = posts(server, "/v1/refunds")
    assert seen.headers["idempotency-key"] == seen.form["metadata"]["key"] == "refund:forgotten:1"
    for place in range(3):
        adapter.refund(
            reference=page.reference, amount=Money(place + 1, "NOK"), idempotency_key=f"other {place}"
        )
    server.books.keys.clear()
    assert (
        adapter.refund(reference=page.reference, amount=part, idempotency_key="refund:forgotten:1") == first
    )
    assert adapter.look_up(page.reference).refunded == Money(406, "NOK")


def test_refund_that_failed_is_told_and_may_be_tried_with_another_key(
    server: StandIn, adapter: StripeCheckout
) -> None:
    page = paid(server, adapter, "ord_failed")
    first = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="failed:1")
    server.finish_refund(server.books.refunds[first.reference], "failed")
    assert adapter.look_up_refund(first.reference).status is RefundStatus.FAILED
    assert adapter.look_up(page.reference).refunded == Money(0, "NOK")
    again = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="failed:2")
    assert (again.status, again.reference != first.reference) == (RefundStatus.SUCCEEDED, True)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
    ],
)
def test_each_state_of_a_refund_has_its_meaning(
    server: StandIn, adapter: StripeCheckout, said: str, status: RefundStatus
) -> None:
    page = paid(server, adapter, f"ord_refund_{said}")
    made = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key=f"state:{said}")
    server.books.refunds[made.reference]["status"] = said
    assert adapter.look_up_refund(made.reference).status is status


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("needs_response", PaymentStatus.CHARGED_BACK),
        ("under_review", PaymentStatus.CHARGED_BACK),
        ("lost", PaymentStatus.CHARGED_BACK),
        ("won", PaymentStatus.PAID),
        ("warning_needs_response", PaymentStatus.PAID),
        ("warning_closed", PaymentStatus.PAID),
        ("prevented", PaymentStatus.PAID),
    ],
)
def test_only_a_dispute_that_took_the_money_is_a_charge_back(
    server: StandIn, adapter: StripeCheckout, said: str, status: PaymentStatus
) -> None:
    page = paid(server, adapter, f"ord_dispute_{said}")
    server.dispute(page.reference, said)
    assert adapter.look_up(page.reference).status is status


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("processing", PaymentStatus.OPEN),
        ("requires_action", PaymentStatus.OPEN),
        ("requires_payment_method", PaymentStatus.FAILED),
        ("canceled", PaymentStatus.FAILED),
    ],
)
def test_a_completed_page_may_be_unpaid_still(
    server: StandIn, adapter: StripeCheckout, said: str, status: PaymentStatus
) -> None:
    page = paid(server, adapter, f"ord_slow_{said}", "slowly")
    payment_of(server, page)["status"] = said
    assert adapter.look_up(page.reference).status is status
    with pytest.raises(PaymentsRefused) as refused:
        adapter.refund(reference=page.reference, amount=PRICE, idempotency_key=f"slow:{said}")
    assert refused.value.code == "not_paid"


def test_silence_is_tried_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_connection, "_TIMEOUT", 0.1)
    with running() as silent, adapter_of(silent) as adapter:
        silent.stall_seconds = 0.3
        with pytest.raises(PaymentsUnavailable):
            adapter.look_up("cs_test_a1")
        tries = stripe_connection.RETRIES + 1
        eventually(lambda: len(silent.seen) == tries, "each try, once the stand-in wakes")


def test_a_lost_answer_opens_no_second_page(server: StandIn, adapter: StripeCheckout) -> None:
    before = len(server.books.sessions)
    with server.trouble(lose=2):
        open_page(adapter, "ord_lost")
    assert len(server.books.sessions) == before + 1
    assert [seen.headers["idempotency-key"] for seen in server.seen] == ["open:ord_lost"] * 3


def test_nobody_listening_is_unavailable() -> None:
    adapter = StripeCheckout(secret_key=SECRET_KEY, webhook_secret="whsec_x", api_origin="http://127.0.0.1:1")
    with adapter, pytest.raises(PaymentsUnavailable):
        adapter.look_up("cs_test_a1")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "unheard_of"},
        {"status": None},
        {"amount_total": None},
        {"amount_total": "12400"},
        {"currency": "zzz"},
        {"currency": "isk"},
    ],
)
def test_an_answer_of_another_shape_is_no_answer(
    server: StandIn, adapter: StripeCheckout, change: dict[str, Any]
) -> None:
    page = open_page(adapter, f"ord_shape_{json.dumps(change)}".translate({ord(one): "_" for one in ' {}":'}))
    server.books.sessions[page.reference] |= change
    with pytest.raises(PaymentsUnavailable):
        adapter.look_up(page.reference)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, {"type": "invalid_request_error", "code": "url_invalid"}, "url_invalid"),
        (400, {"type": "invalid_request_error", "message": "4242 4242 4242 4242"}, "invalid_request"),
        (400, {"type": "invalid_request_error", "code": "4242 4242"}, "invalid_request"),
        (402, {"type": "card_error", "code": "card_declined"}, "card_declined"),
        (403, {"type": "invalid_request_error"}, "not_permitted"),
    ],
)
def test_a_refusal_is_told_by_a_word_alone(
    adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch, status: int, error: dict[str, str], code: str
) -> None:
    answer = (json.dumps({"error": error}), status, {})
    monkeypatch.setattr(adapter._connection, "request", lambda *_, **__: answer)
    with pytest.raises(PaymentsRefused) as refused:
        open_page(adapter, "ord_word")
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "<html>", "[]", "null", '{"object": 1}', '"text"'])
def test_an_answer_that_is_not_stripes_is_unavailable(
    adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(adapter._connection, "request", lambda *_, **__: (text, 200, {}))
    with pytest.raises(PaymentsUnavailable):
        adapter.look_up("cs_test_a1")
    with pytest.raises(PaymentsUnavailable):
        adapter._refunds("pi_one")
    with pytest.raises(PaymentsUnavailable):
        adapter._session_of("pi_one")


def test_published_objects_are_read_as_they_are(
    adapter: StripeCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = sample("checkout.session", amount_total=12400, currency="nok")
    monkeypatch.setattr(adapter._connection, "request", lambda *_, **__: (json.dumps(published), 200, {}))
    assert adapter.look_up(published["id"]).status is PaymentStatus.OPEN
    refund = sample("refund")
    monkeypatch.setattr(adapter._connection, "request", lambda *_, **__: (json.dumps(refund), 200, {}))
    state = adapter.look_up_refund(refund["id"])
    assert (state.status, state.amount) == (RefundStatus.SUCCEEDED, Money(100, "USD"))


def test_a_store_that_names_another_provider_never_loads_the_library(tmp_path: Path) -> None:
    code = (
        "import django, sys; django.setup(); from ringfence.shop.ports import payments; import ringfence.config.urls;"
        "from django.conf import settings; import ringfence.adapters.payments.rehearsal;"
        "print([name for name in sys.modules if name.partition('.')[0] in {'stripe', 'requests'}])"
    )
    environment = os.environ | {
        "PYTHONPATH": "src",
        "DJANGO_SETTINGS_MODULE": "ringfence.config.settings",
        "RINGFENCE_VAR_DIR": str(tmp_path),
    }
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["[]"]
