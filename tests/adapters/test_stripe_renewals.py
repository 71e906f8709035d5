"""Renewals at Stripe: calls as they are sent, its published objects as they are read, its events as they are signed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from ringfence.adapters.payments.stripe_checkout import StripeCheckout
from ringfence.adapters.payments.stripe_events import KINDS, SIGNATURE_HEADER
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    Charge,
    EventKind,
    EventRejected,
    PaymentEvent,
    PaymentsRefused,
    PaymentStatus,
    PaymentUnknown,
)
from tests.adapters.stripe_objects import sample
from tests.adapters.stripe_stand_in import WEBHOOK_SECRET, StandIn
from tests.adapters.stripe_world import PRICE, adapter_of, running

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEPT = "cus_QXg1o8vcGmoR32:pm_1Pgc75B7WZ01zgkWlHVgdEGJ"
CHARGE = sample("payment_intent", amount=12400, currency="nok", status="succeeded") | {
    "metadata": {"renewal": "rnw_one", "key": "charge:rnw_one:1"}
}


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with running() as server:
        yield server


@pytest.fixture
def adapter(server: StandIn) -> Iterator[StripeCheckout]:
    server.seen.clear()
    server.charges_go = "at once"
    with adapter_of(server) as adapter:
        yield adapter


def kept(server: StandIn) -> str:
    made = server.a_customer()
    return f"{made['customer']}:{made['payment_method']}"


def charge(adapter: StripeCheckout, mandate: str, renewal: str = "rnw_one", amount: Money = PRICE) -> Charge:
    return adapter.charge(
        mandate=mandate,
        renewal_id=renewal,
        amount=amount,
        description="Renewal of order ord_one",
        idempotency_key=f"charge:{renewal}:1",
    )


@pytest.mark.promise("2.4")
def test_a_charge_sends_tokens_and_nothing_about_the_buyer(server: StandIn, adapter: StripeCheckout) -> None:
    mandate = kept(server)
    customer, method = mandate.split(":")
    charge(adapter, mandate)
    looked, sent = server.seen
    assert (looked.method, looked.path) == ("GET", "/v1/payment_intents")
    assert (sent.method, sent.path) == ("POST", "/v1/payment_intents")
    assert sent.headers["idempotency-key"] == "charge:rnw_one:1"
    assert sent.form == {
        "amount": "12400",
        "currency": "nok",
        "customer": customer,
        "payment_method": method,
        "off_session": "true",
        "confirm": "true",
        "error_on_requires_action": "true",
        "automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"},
        "description": "Renewal of order ord_one",
        "metadata": {"renewal": "rnw_one", "key": "charge:rnw_one:1"},
    }


@pytest.mark.parametrize("goes", ["at once", "declined"])
def test_a_card_is_charged_once_after_stripe_has_forgotten_its_key(
    server: StandIn, adapter: StripeCheckout, goes: str
) -> None:
    server.charges_go = goes
    mandate, renewal = kept(server), f"rnw_{goes.replace(' ', '_')}"
    first = charge(adapter, mandate, renewal)
    for place in range(3):
        charge(adapter, mandate, f"rnw_other_{goes[0]}{place}")
    server.books.keys.clear()
    server.charges_go = "at once"
    assert charge(adapter, mandate, renewal).reference == first.reference
    with pytest.raises(PaymentsRefused) as refused:
        charge(adapter, mandate, renewal, Money(1, "NOK"))
    assert refused.value.code == "key_reused"


def test_forgetting_deletes_the_customer_and_a_second_time_is_fine(
    server: StandIn, adapter: StripeCheckout
) -> None:
    mandate = kept(server)
    for _again in range(2):
        adapter.forget_mandate(mandate)
    assert [(seen.method, seen.path) for seen in server.seen] == [
        ("DELETE", f"/v1/customers/{mandate.split(':')[0]}")
    ] * 2
    with pytest.raises(PaymentUnknown):
        charge(adapter, mandate, "rnw_gone")


def test_a_card_page_is_opened_with_nothing_about_the_buyer(server: StandIn, adapter: StripeCheckout) -> None:
    page = adapter.open_card_page(
        subscription_id="sub_one",
        currency="NOK",
        language="nb",
        success_url="http://shop.example/nb/done",
        cancel_url="http://shop.example/nb/not-done",
        idempotency_key="card:one",
    )
    [seen] = server.seen
    assert {name: value for name, value in seen.form.items() if name != "expires_at"} == {
        "mode": "setup",
        "client_reference_id": "sub_one",
        "customer_creation": "always",
        "currency": "nok",
        "locale": "nb",
        "success_url": "http://shop.example/nb/done",
        "cancel_url": "http://shop.example/nb/not-done",
    }
    server.leave_card(page.reference)
    told = server.books.events[-1]
    body, headers = server.signed(told)
    assert adapter.read_event(body, headers, at=datetime.now(UTC)) is None, "it is asked for, not believed"


@pytest.mark.parametrize(
    ("said", "error", "status", "needs_buyer"),
    [
        ("succeeded", None, PaymentStatus.PAID, False),
        ("processing", None, PaymentStatus.OPEN, False),
        ("requires_action", None, PaymentStatus.FAILED, True),
        ("requires_payment_method", "authentication_required", PaymentStatus.FAILED, True),
        ("requires_payment_method", "card_declined", PaymentStatus.FAILED, False),
        ("canceled", None, PaymentStatus.FAILED, False),
    ],
)
def test_each_state_of_a_charge_has_its_meaning(
    adapter: StripeCheckout,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    error: str | None,
    status: PaymentStatus,
    *,
    needs_buyer: bool,
) -> None:
    published = CHARGE | {"status": said, "last_payment_error": {"code": error} if error else None}
    monkeypatch.setattr(adapter._connection, "request", lambda *_, **__: (json.dumps(published), 200, {}))
    state = adapter.look_up(published["id"])
    assert (state.status, state.needs_buyer, state.amount, state.mandate) == (
        status,
        needs_buyer,
        PRICE,
        None,
    )


def signed(thing: dict[str, Any], word: str, at: datetime = NOW) -> tuple[bytes, dict[str, str]]:
    created = int(at.timestamp()) - 2
    body = json.dumps(sample("event", id="evt_one", type=word, created=created, data={"object": thing}))
    header = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, int(at.timestamp()))
    return body.encode(), {SIGNATURE_HEADER: header}


@pytest.mark.parametrize(
    ("word", "kind"),
    [("payment_intent.succeeded", EventKind.PAID), ("payment_intent.payment_failed", EventKind.FAILED)],
)
def test_a_signed_event_about_a_charge_names_the_renewal(
    adapter: StripeCheckout, word: str, kind: EventKind
) -> None:
    assert word in KINDS
    body, headers = signed(CHARGE, word)
    assert adapter.read_event(body, headers, at=NOW) == PaymentEvent(
        "evt_one", kind, CHARGE["id"], "rnw_one", PRICE, datetime.fromtimestamp(NOW.timestamp() - 2, UTC)
    )
    with pytest.raises(EventRejected) as rejected:
        adapter.read_event(body.replace(b"12400", b"12401"), headers, at=NOW)
    assert rejected.value.code == "bad_signature"


@pytest.mark.parametrize("marks", [{}, {"order": "ord_one"}, {"renewal": "somebody else's"}, {"renewal": 7}])
def test_an_event_about_another_payment_of_the_account_is_none(
    adapter: StripeCheckout, marks: dict[str, Any]
) -> None:
    body, headers = signed(CHARGE | {"metadata": marks}, "payment_intent.succeeded")
    assert adapter.read_event(body, headers, at=NOW) is None


def test_a_dispute_and_a_refund_of_a_charge_find_their_renewal(
    server: StandIn, adapter: StripeCheckout
) -> None:
    made = charge(adapter, kept(server), "rnw_disputed")
    for thing, word, kind in (
        (
            sample("dispute", payment_intent=made.reference, amount=12400, currency="nok", status="lost"),
            "charge.dispute.created",
            EventKind.CHARGED_BACK,
        ),
        (
            sample("refund", payment_intent=made.reference, amount=12400, currency="nok", status="succeeded"),
            "refund.updated",
            EventKind.REFUND_SUCCEEDED,
        ),
    ):
        body, headers = signed(thing, word)
        event = adapter.read_event(body, headers, at=NOW)
        assert event is not None
        assert (event.kind, event.reference, event.order_id) == (kind, made.reference, "rnw_disputed")


@pytest.mark.parametrize("mandate", ["", "cus_x", "pm_x:cus_x", f"{KEPT}:more", "cus_x:pm_x\n"])
def test_what_is_no_mandate_is_never_sent(server: StandIn, adapter: StripeCheckout, mandate: str) -> None:
    with pytest.raises(PaymentUnknown):
        charge(adapter, mandate)
    with pytest.raises(PaymentUnknown):
        adapter.forget_mandate(mandate)
    assert server.seen == []
