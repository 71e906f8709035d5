"""Stripe's webhooks: signed by the official library, and read by allow-list."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from ringfence.adapters.payments.stripe_checkout import StripeCheckout
from ringfence.adapters.payments.stripe_events import KINDS, SIGNATURE_HEADER
from ringfence.kernel.money import Money
from ringfence.privacy.payment_data import holds_payment_data
from ringfence.shop.ports import EventKind, EventRejected, PaymentEvent, PaymentsUnavailable
from tests.adapters.stripe_objects import sample
from tests.adapters.stripe_stand_in import WEBHOOK_SECRET, StandIn
from tests.adapters.stripe_world import PRICE, adapter_of, open_page, read_all, running

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SESSION = sample("checkout.session", id="cs_test_a1", amount_total=12400, currency="nok") | {
    "client_reference_id": "ord_one",
    "status": "complete",
    "payment_status": "paid",
}
PAYLOAD = sample(
    "event",
    id="evt_one",
    type="checkout.session.completed",
    created=int(NOW.timestamp()) - 2,
    data={"object": SESSION},
)
EVENT = PaymentEvent(
    event_id="evt_one",
    kind=EventKind.PAID,
    reference="cs_test_a1",
    order_id="ord_one",
    amount=PRICE,
    occurred_at=NOW - timedelta(seconds=2),
)
PLANTED: dict[str, Any] = {
    "card": {"number": "4242 4242 4242 4242", "last4": "4242", "exp_month": 12},
    "payment_method_details": {"card": {"fingerprint": "AOB934RVNwzk6xtn", "number": "5555555555554444"}},
    "customer_details": {
        "email": "customer.one@example.com",
        "name": "Customer One",
        "phone": "+442079460101",
    },
    "bank_account": {"iban": "NO9386011117947"},
    "metadata": {"note": "4000056655665556"},
    "receipt_email": "customer.one@example.com",
}


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def adapter(server: StandIn) -> Iterator[StripeCheckout]:
    with adapter_of(server) as adapter:
        yield adapter


def signed(body: bytes | str, at: datetime = NOW, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    text = body if isinstance(body, str) else body.decode("latin-1")
    header = stripe.WebhookSignature.generate_signature_header(text, secret, int(at.timestamp()))
    return {SIGNATURE_HEADER: header}


def read(adapter: StripeCheckout, payload: object, at: datetime = NOW) -> PaymentEvent | None:
    body = json.dumps(payload)
    return adapter.read_event(body.encode(), signed(body, at), at=at)


def about(word: str, thing: dict[str, Any], **data: Any) -> dict[str, Any]:
    return PAYLOAD | {"type": word, "data": {"object": thing, **data}}


def rejection(adapter: StripeCheckout, body: bytes, headers: dict[str, str]) -> str:
    with pytest.raises(EventRejected) as rejected:
        adapter.read_event(body, headers, at=NOW)
    return rejected.value.code


@pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"])
def test_genuine_event_is_read(adapter: StripeCheckout, name: str) -> None:
    body = json.dumps(PAYLOAD)
    headers = {name: signed(body)[SIGNATURE_HEADER]}
    assert adapter.read_event(body.encode(), headers, at=NOW) == EVENT


def test_tampered_body_or_signature_is_rejected(adapter: StripeCheckout) -> None:
    body = json.dumps(PAYLOAD).encode()
    headers = signed(body)
    assert rejection(adapter, body.replace(b"12400", b"12401"), headers) == "bad_signature"
    assert rejection(adapter, body + b" ", headers) == "bad_signature"
    assert rejection(adapter, body, signed(body, secret="whsec_somebodyelse")) == "bad_signature"
    stamp, _, proof = headers[SIGNATURE_HEADER].partition(",")
    moved = {SIGNATURE_HEADER: f"t={int(stamp[2:]) + 1},{proof}"}
    assert rejection(adapter, body, moved) == "bad_signature"
    assert (
        rejection(adapter, body, {SIGNATURE_HEADER: f"{stamp},{proof.replace('v1=', 'v0=')}"})
        == "bad_signature"
    )
    assert rejection(adapter, body, {}) == "unsigned"
    for header in (
        f"{stamp},v1=0",
        proof,
        stamp,
        f"{stamp},{proof},",
        f"{stamp},{stamp},{proof}",
        "t=1,v1=é",
    ):
        assert rejection(adapter, body, {SIGNATURE_HEADER: header}) == "malformed"
    assert rejection(adapter, b"\xff" + body, headers) == "bad_signature"


def test_while_a_secret_is_replaced_one_signature_that_fits_is_enough(adapter: StripeCheckout) -> None:
    body = json.dumps(PAYLOAD)
    stamp, _, ours = signed(body)[SIGNATURE_HEADER].partition(",")
    other = signed(body, secret="whsec_theolderone")[SIGNATURE_HEADER].partition(",")[2]
    header = f"{stamp},{other},{ours},v0={'0' * 64}"
    assert adapter.read_event(body.encode(), {SIGNATURE_HEADER: header}, at=NOW) == EVENT


@pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
def test_time_within_five_minutes_is_taken(adapter: StripeCheckout, seconds: int) -> None:
    body = json.dumps(PAYLOAD)
    headers = signed(body, NOW + timedelta(seconds=seconds))
    assert adapter.read_event(body.encode(), headers, at=NOW) == EVENT


@pytest.mark.parametrize("seconds", [-86400, -301, 301])
def test_time_further_off_is_rejected(adapter: StripeCheckout, seconds: int) -> None:
    body = json.dumps(PAYLOAD).encode()
    assert rejection(adapter, body, signed(body, NOW + timedelta(seconds=seconds))) == "too_old"


@pytest.mark.parametrize(
    ("word", "changes", "kind"),
    [
        ("checkout.session.completed", {}, EventKind.PAID),
        ("checkout.session.completed", {"payment_status": "unpaid"}, None),
        ("checkout.session.async_payment_succeeded", {}, EventKind.PAID),
        ("checkout.session.async_payment_failed", {"payment_status": "unpaid"}, EventKind.FAILED),
        ("checkout.session.expired", {"status": "expired", "payment_status": "unpaid"}, EventKind.EXPIRED),
        ("checkout.session.completed", {"mode": "subscription"}, None),
        ("checkout.session.completed", {"client_reference_id": None}, None),
        ("checkout.session.completed", {"client_reference_id": "another shop's order"}, None),
        ("checkout.session.completed", {"currency": "isk"}, None),
    ],
)
def test_each_kind_about_a_page_has_its_meaning(
    adapter: StripeCheckout, word: str, changes: dict[str, Any], kind: EventKind | None
) -> None:
    event = read(adapter, about(word, SESSION | changes))
    assert (event and event.kind) == kind


@pytest.mark.parametrize("word", ["payment_intent.created", "charge.succeeded", "payout.paid", "v1.new.kind"])
def test_event_of_another_kind_is_none(adapter: StripeCheckout, word: str) -> None:
    assert word not in KINDS
    assert read(adapter, about(word, sample("payment_intent"))) is None


@pytest.mark.parametrize(
    ("word", "status", "kind"),
    [
        ("refund.updated", "succeeded", EventKind.REFUND_SUCCEEDED),
        ("refund.updated", "failed", EventKind.REFUND_FAILED),
        ("refund.updated", "canceled", EventKind.REFUND_FAILED),
        ("refund.updated", "pending", None),
        ("refund.updated", "requires_action", None),
        ("refund.failed", "failed", EventKind.REFUND_FAILED),
    ],
)
def test_event_about_a_refund_names_the_payment_and_the_order(
    adapter: StripeCheckout, server: StandIn, word: str, status: str, kind: EventKind | None
) -> None:
    page = open_page(adapter, f"ord_{word.replace('.', '_')}_{status}")
    server.pay(page.reference)
    payment = server.books.sessions[page.reference]["payment_intent"]
    refund = sample("refund", payment_intent=payment, amount=400, currency="nok", status=status)
    event = read(adapter, about(word, refund))
    assert (event and event.kind) == kind
    if event:
        order = server.books.sessions[page.reference]["client_reference_id"]
        assert (event.reference, event.order_id, event.amount) == (page.reference, order, Money(400, "NOK"))


def test_charge_called_refunded_is_believed_once_the_money_has_arrived(
    adapter: StripeCheckout, server: StandIn
) -> None:
    page = open_page(adapter, "ord_claim")
    server.pay(page.reference)
    made = adapter.refund(reference=page.reference, amount=Money(400, "NOK"), idempotency_key="claim:1")
    told = server.books.events[-1]
    assert told["type"] == "charge.refunded"
    row = server.books.refunds[made.reference]
    row["status"] = "pending"
    now = datetime.now(UTC)
    assert adapter.read_event(*server.signed(told), at=now) is None
    row["status"] = "succeeded"
    event = adapter.read_event(*server.signed(told), at=now)
    assert event is not None
    assert (event.kind, event.amount) == (EventKind.REFUND_SUCCEEDED, Money(400, "NOK"))
    adapter.refund(reference=page.reference, amount=Money(600, "NOK"), idempotency_key="claim:2")
    event = adapter.read_event(*server.signed(server.books.events[-1]), at=now)
    assert event is not None
    assert event.amount == Money(600, "NOK")


@pytest.mark.parametrize(
    ("word", "status", "kind"),
    [
        ("charge.dispute.created", "needs_response", EventKind.CHARGED_BACK),
        ("charge.dispute.created", "warning_needs_response", None),
        ("charge.dispute.funds_withdrawn", "needs_response", EventKind.CHARGED_BACK),
        ("charge.dispute.created", "prevented", None),
    ],
)
def test_only_a_dispute_that_took_the_money_is_told(
    adapter: StripeCheckout, server: StandIn, word: str, status: str, kind: EventKind | None
) -> None:
    page = open_page(adapter, f"ord_{word.replace('.', '_')}_{status}")
    server.pay(page.reference)
    server.dispute(page.reference, status)
    event = read(adapter, about(word, list(server.books.disputes.values())[-1]))
    assert (event and event.kind) == kind
    assert event is None or event.reference == page.reference


def test_news_of_somebody_elses_payment_on_the_account_is_none(adapter: StripeCheckout) -> None:
    assert read(adapter, about("charge.refunded", sample("charge", payment_intent="pi_theirs"))) is None
    assert read(adapter, about("charge.refunded", sample("charge"))) is None
    assert read(adapter, about("charge.dispute.created", sample("dispute", status="lost"))) is None


def test_when_stripe_cannot_be_asked_the_event_is_to_come_again(
    adapter: StripeCheckout, server: StandIn
) -> None:
    refund = sample("refund", payment_intent="pi_any", status="succeeded")
    with server.trouble(fail=[503] * 3), pytest.raises(PaymentsUnavailable):
        read(adapter, about("refund.updated", refund))


def test_repeated_late_and_reversed_events_say_the_same(adapter: StripeCheckout, server: StandIn) -> None:
    page = open_page(adapter, "ord_reordered")
    server.pay(page.reference)
    adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="reordered")
    told = read_all(server, adapter, page.reference)
    assert [event.kind for event in told] == [EventKind.PAID, EventKind.REFUND_SUCCEEDED]
    assert read_all(server, adapter, page.reference) == told
    late = datetime.fromtimestamp(time.time() + 3 * 86400, UTC)
    again = [server.signed(event, late.timestamp()) for event in reversed(server.books.events)]
    read_late = [adapter.read_event(body, headers, at=late) for body, headers in again]
    assert [event for event in read_late if event and event.reference == page.reference] == told[::-1]


def planted_in(thing: Any) -> Any:
    """Card numbers, accounts and personal data at every level of a payload."""
    if isinstance(thing, dict):
        return PLANTED | {name: planted_in(inner) for name, inner in thing.items()}
    return thing


@pytest.mark.promise("2.4")
def test_everything_not_on_the_list_is_dropped(adapter: StripeCheckout, server: StandIn) -> None:
    page = open_page(adapter, "ord_planted")
    server.pay(page.reference)
    payment = server.books.sessions[page.reference]["payment_intent"]
    server.dispute(page.reference)
    refund = sample("refund", payment_intent=payment, status="succeeded")
    things = {
        "checkout.session.completed": SESSION,
        "checkout.session.expired": SESSION,
        "refund.updated": refund,
        "refund.failed": refund,
        "charge.dispute.created": sample("dispute", payment_intent=payment, status="lost"),
    }
    for word, thing in things.items():
        payload = planted_in(about(word, thing))
        assert holds_payment_data(json.dumps(payload))
        event = read(adapter, payload)
        assert event is not None
        shown = repr(asdict(event))
        assert not holds_payment_data(shown)
        for value in ("4242", "5555", "customer.one", "NO93", "Customer One", "AOB934", "+44"):
            assert value not in shown
    assert read(adapter, planted_in(PAYLOAD)) == EVENT


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": "evt one"},
        {"id": "e" * 101},
        {"created": "now"},
        {"created": True},
        {"created": 10**30},
        {"data": None},
        {"data": {"object": None}},
        {"data": {"object": SESSION | {"amount_total": 1.5}}},
        {"data": {"object": SESSION | {"amount_total": None}}},
        {"data": {"object": SESSION | {"currency": None}}},
        {"data": {"object": SESSION | {"id": "pi_one"}}},
        {"data": {"object": SESSION | {"id": ["cs_test_a1"]}}},
        {
            "type": "refund.updated",
            "data": {"object": sample("refund", status="succeeded") | {"payment_intent": 1}},
        },
        {"type": "charge.refunded", "data": {"object": sample("charge") | {"payment_intent": "pi one"}}},
        {"livemode": True},
        {"livemode": None},
    ],
)
def test_genuine_but_misshapen_event_is_rejected(adapter: StripeCheckout, change: dict[str, Any]) -> None:
    body = json.dumps(PAYLOAD | change).encode()
    assert rejection(adapter, body, signed(body)) == "malformed"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'"text"', b"[" * 60_000, b"1" * 65_537])
def test_genuine_but_senseless_body_is_rejected(adapter: StripeCheckout, body: bytes) -> None:
    assert rejection(adapter, body, signed(body)) == "malformed"


@given(header=st.text(max_size=120), body=st.binary(max_size=50))
def test_no_header_is_believed(adapter: StripeCheckout, header: str, body: bytes) -> None:
    with pytest.raises(EventRejected):
        adapter.read_event(body, {SIGNATURE_HEADER: header}, at=NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SESSION, *PAYLOAD]), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(thing=JSON, word=st.sampled_from(sorted(KINDS)))
def test_no_signed_payload_makes_it_stumble(adapter: StripeCheckout, thing: Any, word: str) -> None:
    payload = about(word, SESSION | thing if isinstance(thing, dict) else thing)
    try:
        event = read(adapter, payload)
    except EventRejected as rejected:
        assert rejected.code == "malformed"  # noqa: PT017 - either this or an event
    else:
        assert event is None or event.reference.startswith("cs_")
