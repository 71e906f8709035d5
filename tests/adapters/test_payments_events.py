"""Events of the rehearsal provider as the adapter reads them: proven, in time, and by allow-list."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.adapters.payments.rehearsal_provider.keys import SIGNATURE_HEADER, signature, signing_key
from ringfence.kernel.money import Money
from ringfence.shop.ports import EventKind, EventRejected, PaymentEvent, PaymentsUnavailable, payments

SECRET = "a secret that both sides share"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PAYLOAD: dict[str, Any] = {
    "id": "evt_one",
    "type": "payment.paid",
    "created": int(NOW.timestamp()) - 2,
    "data": {"session": "pay_one", "order_id": "ord_one", "amount": 12400, "currency": "NOK"},
}
EVENT = PaymentEvent(
    event_id="evt_one",
    kind=EventKind.PAID,
    reference="pay_one",
    order_id="ord_one",
    amount=Money(12400, "NOK"),
    occurred_at=NOW - timedelta(seconds=2),
)


@pytest.fixture(scope="module")
def adapter() -> Iterator[RehearsalPayments]:
    with RehearsalPayments(url="http://provider.example", secret=SECRET) as adapter:
        yield adapter


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    return {SIGNATURE_HEADER: signature(signing_key(secret), body, seconds=int(at.timestamp()))}


def read(adapter: RehearsalPayments, payload: object) -> PaymentEvent | None:
    body = json.dumps(payload).encode()
    return adapter.read_event(body, signed(body), at=NOW)


def rejection(adapter: RehearsalPayments, body: bytes, headers: dict[str, str]) -> str:
    with pytest.raises(EventRejected) as rejected:
        adapter.read_event(body, headers, at=NOW)
    return rejected.value.code


def test_genuine_event_is_read(adapter: RehearsalPayments) -> None:
    assert read(adapter, PAYLOAD) == EVENT


def test_header_name_in_any_case(adapter: RehearsalPayments) -> None:
    body = json.dumps(PAYLOAD).encode()
    headers = {name.lower(): value for name, value in signed(body).items()}
    assert adapter.read_event(body, headers, at=NOW) == EVENT


def test_event_of_another_kind_is_none(adapter: RehearsalPayments) -> None:
    assert read(adapter, PAYLOAD | {"type": "payout.sent"}) is None


@pytest.mark.promise("2.4")
def test_everything_not_on_the_list_is_dropped(adapter: RehearsalPayments) -> None:
    planted = {
        "card": {"number": "4242424242424242", "last4": "4242", "exp_month": 12},
        "customer_email": "customer.one@example.com",
        "iban": "NO9386011117947",
        "billing_details": {"name": "Customer One"},
    }
    payload = planted | PAYLOAD | {"data": planted | PAYLOAD["data"]}
    event = read(adapter, payload)
    assert event == EVENT
    assert event is not None
    shown = repr(asdict(event))
    for value in ("4242", "customer.one", "NO938", "Customer One"):
        assert value not in shown


def test_tampered_body_or_signature_is_rejected(adapter: RehearsalPayments) -> None:
    body = json.dumps(PAYLOAD).encode()
    headers = signed(body)
    assert rejection(adapter, body.replace(b"12400", b"12401"), headers) == "bad_signature"
    assert rejection(adapter, body, signed(body, secret="somebody else's secret")) == "bad_signature"
    stamp, _, proof = headers[SIGNATURE_HEADER].partition(",")
    moved = {SIGNATURE_HEADER: f"t={int(stamp[2:]) + 1},{proof}"}
    assert rejection(adapter, body, moved) == "bad_signature"
    assert rejection(adapter, body, {}) == "unsigned"
    assert rejection(adapter, body, {SIGNATURE_HEADER: f"{stamp},v1=0"}) == "malformed"


@pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
def test_time_within_five_minutes_is_taken(adapter: RehearsalPayments, seconds: int) -> None:
    body = json.dumps(PAYLOAD).encode()
    assert adapter.read_event(body, signed(body, NOW + timedelta(seconds=seconds)), at=NOW) == EVENT


@pytest.mark.parametrize("seconds", [-86400, -301, 301])
def test_time_further_off_is_rejected(adapter: RehearsalPayments, seconds: int) -> None:
    body = json.dumps(PAYLOAD).encode()
    assert rejection(adapter, body, signed(body, NOW + timedelta(seconds=seconds))) == "too_old"


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": "evt one"},
        {"id": "e" * 101},
        {"created": "now"},
        {"created": 10**30},
        {"data": None},
        {"data": PAYLOAD["data"] | {"amount": 1.5}},
        {"data": PAYLOAD["data"] | {"amount": True}},
        {"data": PAYLOAD["data"] | {"currency": "nok"}},
        {"data": PAYLOAD["data"] | {"order_id": ["ord_one"]}},
        {"type": ["payment.paid"]},
    ],
)
def test_genuine_but_misshapen_event_is_rejected_or_none(
    adapter: RehearsalPayments, change: dict[str, Any]
) -> None:
    body = json.dumps(PAYLOAD | change).encode()
    if "type" in change:
        assert read(adapter, PAYLOAD | change) is None
    else:
        assert rejection(adapter, body, signed(body)) == "malformed"


@given(body=st.binary(max_size=300))
def test_no_signed_bytes_make_it_stumble(adapter: RehearsalPayments, body: bytes) -> None:
    with pytest.raises(EventRejected):
        adapter.read_event(body, signed(body), at=NOW)


@given(header=st.text(max_size=120), body=st.binary(max_size=50))
def test_no_header_is_believed(adapter: RehearsalPayments, header: str, body: bytes) -> None:
    with pytest.raises(EventRejected):
        adapter.read_event(body, {SIGNATURE_HEADER: header}, at=NOW)


def test_configured_adapter_is_found_by_its_path(settings: Settings, tmp_path: Path) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text(SECRET + "\n")
    settings.PAYMENTS_ADAPTER = "ringfence.adapters.payments.rehearsal.RehearsalPayments"
    settings.REHEARSAL_URL = "http://provider.example"
    settings.REHEARSAL_SECRET_FILE = secret_file
    body = json.dumps(PAYLOAD).encode()
    assert payments().read_event(body, signed(body), at=NOW) == EVENT
    assert payments() is payments()
    settings.REHEARSAL_SECRET_FILE = tmp_path / "none"
    with pytest.raises(PaymentsUnavailable):
        payments()
