"""The door for the payment provider's news."""

import json
import logging
import time

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.adapters.payments.rehearsal_provider.keys import SIGNATURE_HEADER, signature, signing_key
from ringfence.shop.models import PaymentEvent
from tests.shop.conftest import SECRET, Purchase, a_customer, found_anywhere, stocked  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
PATH = "/webhooks/payments/"


@pytest.fixture(autouse=True)
def shared_secret(settings: Settings) -> None:
    settings.PAYMENTS_ADAPTER = "ringfence.adapters.payments.rehearsal.RehearsalPayments"
    settings.REHEARSAL_URL, settings.REHEARSAL_SECRET = "http://127.0.0.1:1", SECRET


def event(order: str, kind: str = "payment.paid", number: int = 1, **changes: object) -> bytes:
    data = {"session": "pay_1", "order_id": order, "currency": "NOK", "amount": 6125, **changes}
    return json.dumps(
        {"id": f"evt_{number}", "type": kind, "created": int(time.time()), "data": data}
    ).encode()


def send(body: bytes, seconds: int | None = None, secret: str = SECRET) -> int:
    key = signing_key(secret)
    signed = signature(key, body, seconds=int(time.time()) if seconds is None else seconds)
    client = Client(enforce_csrf_checks=True)
    response = client.post(PATH, body, content_type="application/json", headers={SIGNATURE_HEADER: signed})
    return response.status_code


def test_an_event_is_taken_once_and_a_repeat_is_welcome(stocked: list[str], customer_here: Purchase) -> None:  # noqa: F811
    body = event(customer_here.order)
    assert [send(body) for _ in range(3)] == [204, 204, 204]
    assert customer_here.is_state("active")
    assert PaymentEvent.objects.count() == 1


@pytest.fixture
def customer_here(stocked: list[str]) -> Purchase:  # noqa: F811
    return Purchase(a_customer(), stocked[0]).check_out()


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("late", 400),
        ("early", 400),
        ("other secret", 400),
        ("not json", 400),
        ("unused kind", 204),
        ("unknown", 204),
    ],
)
def test_what_is_not_proven_changes_nothing(customer_here: Purchase, what: str, status: int) -> None:
    at = int(time.time())
    order = customer_here.order
    other = "another secret of that length"
    if what == "other secret":
        assert send(event(order), secret=other) == status
    else:
        body, seconds = {
            "late": (event(order), at - 3600),
            "early": (event(order), at + 3600),
            "not json": (b"{", at),
            "unused kind": (event(order, "customer.created"), at),
            "unknown": (event("ord_00000000000000000000000000"), at),
        }[what]
        assert send(body, seconds) == status
    assert customer_here.is_state("awaiting_payment")
    assert not PaymentEvent.objects.exists()


def test_news_in_the_wrong_order_ends_the_same(customer_here: Purchase) -> None:
    assert send(event(customer_here.order, "refund.succeeded", 3)) == 204
    assert send(event(customer_here.order, "payment.failed", 2)) == 204
    assert customer_here.is_state("failed")
    assert send(event(customer_here.order, "payment.paid", 1)) == 204
    assert customer_here.is_state("active")
    assert send(event(customer_here.order, "payment.expired", 4)) == 204
    assert customer_here.is_state("active")


def test_an_event_of_another_payment_is_not_believed(customer_here: Purchase) -> None:
    assert send(event(customer_here.order, "payment.failed", 1)) == 204
    assert send(event(customer_here.order, "payment.paid", 2, session="pay_other")) == 204
    assert customer_here.is_state("failed")


def test_a_wrong_amount_goes_back(customer_here: Purchase) -> None:
    assert send(event(customer_here.order, amount=1)) == 204
    assert customer_here.is_state("cancelled")
    assert customer_here.view.refund is not None
    assert customer_here.view.refund.amount.minor == 1


def test_a_body_too_large_is_not_read() -> None:
    assert send(b"x" * 70_000) == 413


def test_looking_is_not_allowed(client: Client) -> None:
    assert client.get(PATH).status_code == 405


@pytest.mark.promise("2.4")
def test_payment_data_in_an_event_is_neither_kept_nor_logged(
    customer_here: Purchase, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    body = event(customer_here.order, card="4242424242424242", payer="Customer One")
    assert send(body) == 204
    assert send(body[:-1]) == 400
    assert not found_anywhere("4242424242424242")
    told = capfd.readouterr()
    assert "4242" not in caplog.text + told.out + told.err
