"""A number bought, cancelled and paid back through Stripe's stand-in, its events brought to the store's own door."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.adapters.payments import stripe_checkout
from ringfence.shop import actions, provider
from ringfence.shop.models import Refund
from tests.adapters.stripe_stand_in import SECRET_KEY, WEBHOOK_SECRET, StandIn
from tests.adapters.stripe_world import adapter_of, running
from tests.shop.conftest import SYSTEM, Purchase, found_anywhere, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


@pytest.fixture
def stripe(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    settings.PAYMENTS_ADAPTER = "ringfence.adapters.payments.stripe_checkout.StripeCheckout"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = SECRET_KEY, WEBHOOK_SECRET
    with running() as server, adapter_of(server) as adapter:
        monkeypatch.setattr(stripe_checkout, "_shared", lambda *_: adapter)
        yield server


def bring(server: StandIn) -> list[int]:
    """Brings every event so far, each twice and in any order; answers the statuses."""
    sent = [server.signed(event) for event in server.books.events] * 2
    random.Random(4).shuffle(sent)
    return [
        Client()
        .post("/webhooks/payments/", data=body, content_type="application/json", headers=headers)
        .status_code
        for body, headers in sent
    ]


@pytest.mark.promise("6.2")
def test_a_number_is_bought_cancelled_and_paid_back_once(
    stripe: StandIn, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    assert purchase.page() == page
    stripe.pay(page.reference)
    assert set(bring(stripe)) == {204}
    assert purchase.is_state("active")
    at: datetime = now()
    actions.cancel(order=purchase.order, by=purchase.by, at=at)
    for _ in range(2):
        provider.send_refund(Refund.objects.get().pk, by=SYSTEM, at=at)
    assert purchase.is_state("refunded")
    assert set(bring(stripe)) == {204}
    [refund] = stripe.books.refunds.values()
    assert refund["amount"] == 6125
    assert purchase.is_state("refunded")


@pytest.mark.promise("2.4")
def test_nothing_of_a_payload_reaches_a_table(stripe: StandIn, stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    stripe.pay(page.reference)
    details = {"email": "buyer@example.org", "name": "4242424242424242"}
    stripe.books.events[-1]["data"]["object"]["customer_details"] = details
    stripe.dispute(page.reference)
    stripe.books.events[-1]["data"]["object"]["evidence"] = {"receipt": "5555555555554444"}
    assert set(bring(stripe)) == {204}
    assert purchase.is_state("charged_back")
    for value in ("4242424242424242", "5555555555554444", "buyer@example.org", "visa"):
        assert found_anywhere(value) == []


def test_an_event_of_a_stranger_is_turned_away(stripe: StandIn, stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    stripe.pay(purchase.page().reference)
    body, headers = stripe.signed(stripe.books.events[-1])
    door, kind = "/webhooks/payments/", "application/json"
    assert Client().post(door, data=body + b" ", content_type=kind, headers=headers).status_code == 400
    assert Client().post(door, data=body, content_type=kind).status_code == 400
    assert purchase.is_state("awaiting_payment")


def test_when_the_hold_lapses_the_page_is_closed(stripe: StandIn, stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    purchase.sweep(now() + timedelta(minutes=11))
    assert stripe.books.sessions[page.reference]["status"] == "expired"
    assert purchase.is_state("lapsed")
