"""Renewals through Stripe's stand-in: a kept card charged off session, its events brought to the store's own door."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.kernel.public_ids import public_id
from ringfence.shop import collecting
from ringfence.shop.models import Mandate, Renewal, RenewalPayment, Subscription
from tests.adapters.stripe_stand_in import StandIn
from tests.shop.conftest import SYSTEM, Purchase, found_anywhere
from tests.shop.renewal_world import WAY_BACK
from tests.shop.test_buying_by_stripe import bring, stripe

__all__ = ["stripe"]

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


@pytest.fixture
def kept(stripe: StandIn, stocked: list[str], customer: UUID) -> Purchase:
    """A number bought with a card that is kept."""
    purchase = Purchase(customer, stocked[0]).check_out(keep_card=True)
    page = purchase.page()
    assert stripe.seen[-1].form["payment_intent_data"]["setup_future_usage"] == "off_session"
    stripe.pay(page.reference)
    assert set(bring(stripe)) == {204}
    assert purchase.is_state("active")
    collecting.fetch_card(Subscription.objects.get().pk, by=SYSTEM, at=purchase.at)
    assert Mandate.objects.count() == 1
    return purchase


def states() -> list[str]:
    return [row.state for row in Renewal.objects.order_by("number")]


def test_a_renewal_is_charged_off_session_and_its_news_changes_nothing_twice(
    stripe: StandIn, kept: Purchase
) -> None:
    due = Renewal.objects.get().period_from
    stripe.seen.clear()
    kept.sweep(due)
    [asked] = [seen for seen in stripe.seen if (seen.method, seen.path) == ("POST", "/v1/payment_intents")]
    assert asked.form["off_session"] == asked.form["confirm"] == "true"
    assert asked.form["metadata"]["renewal"].startswith("rnw_")
    assert asked.headers["idempotency-key"] == asked.form["metadata"]["key"]
    assert "Customer One" not in str(asked.form)
    assert states() == ["paid", "upcoming"]
    assert set(bring(stripe)) == {204}
    assert states() == ["paid", "upcoming"]
    kept.sweep(due + timedelta(minutes=5))
    assert len([one for one in stripe.books.payments.values() if one["metadata"].get("renewal")]) == 1


def test_a_bank_that_wants_the_buyer_leads_to_a_page_that_keeps_the_new_card(
    stripe: StandIn, kept: Purchase
) -> None:
    due = Renewal.objects.get().period_from
    stripe.charges_go = "see the buyer"
    kept.sweep(due)
    assert states() == ["grace"]
    assert Renewal.objects.get().reason == "needs_buyer"
    page = collecting.open_pay_page(
        renewal=public_id("rnw", Renewal.objects.get().pk),
        way_back=WAY_BACK,
        language="nb",
        keep_card=True,
        by=kept.by,
        at=due,
    )
    stripe.pay(page.reference)
    assert set(bring(stripe)) == {204}
    assert states() == ["paid", "upcoming"]
    before = Mandate.objects.get().token
    kept.sweep(due + timedelta(minutes=3))
    kept.sweep(due + timedelta(minutes=6))
    [now] = Mandate.objects.all()
    assert now.token != before
    assert before.partition(":")[0] not in stripe.books.customers, "Stripe has deleted the older card"


def test_a_renewal_disputed_at_the_bank_ends_the_number(stripe: StandIn, kept: Purchase) -> None:
    due = Renewal.objects.get().period_from
    kept.sweep(due)
    [charge] = RenewalPayment.objects.all()
    payment = stripe.books.payments[charge.reference or ""]
    stripe.dispute_payment(payment)
    assert set(bring(stripe)) == {204}
    assert states() == ["charged_back", "dropped"]
    assert kept.is_state("ended")


@pytest.mark.promise("2.4")
def test_nothing_of_a_card_is_stored(stripe: StandIn, kept: Purchase) -> None:
    due = Renewal.objects.get().period_from
    kept.sweep(due)
    stripe.books.events[-1]["data"]["object"]["payment_method_details"] = {
        "card": {"number": "4242424242424242"}
    }
    assert set(bring(stripe)) == {204}
    for value in ("4242424242424242", "visa"):
        assert found_anywhere(value) == []
