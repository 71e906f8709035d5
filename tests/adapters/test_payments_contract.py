"""What the port promises, of every adapter: the rehearsal provider as a process, and Stripe's stand-in."""

from datetime import UTC, datetime

import pytest

from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    EventKind,
    PaymentsRefused,
    PaymentStatus,
    PaymentsUnavailable,
    PaymentUnknown,
    RefundStatus,
)
from tests.adapters.payments_worlds import PRICE, World, world
from tests.adapters.rehearsal_world import eventually

__all__ = ["world"]


def test_paying_is_seen_and_told(world: World) -> None:
    page = world.open("ord_good")
    assert world.adapter.look_up(page.reference).status is PaymentStatus.OPEN
    world.pay(page, Card.SUCCEEDS)
    state = world.adapter.look_up(page.reference)
    assert (state.status, state.amount, state.refunded) == (PaymentStatus.PAID, PRICE, Money(0, "NOK"))
    [event] = eventually(lambda: world.events(page.reference), "the event")
    assert (event.kind, event.order_id, event.amount) == (EventKind.PAID, "ord_good", PRICE)
    assert abs((datetime.now(UTC) - event.occurred_at).total_seconds()) < 10


@pytest.mark.parametrize(
    ("card", "status", "kind"),
    [
        (Card.SLOW, PaymentStatus.PAID, EventKind.PAID),
        (Card.SLOW_DECLINED, PaymentStatus.FAILED, EventKind.FAILED),
    ],
)
def test_slow_payment_is_decided_after_the_buyer_is_back(
    world: World, card: Card, status: PaymentStatus, kind: EventKind
) -> None:
    page = world.paid(f"ord_{card}", card)
    assert world.adapter.look_up(page.reference).status is PaymentStatus.OPEN
    assert world.adapter.close_page(page.reference).status is PaymentStatus.OPEN, "it is under way"
    assert world.kinds(page) == []
    eventually(lambda: world.kinds(page) == [kind], "the decision")
    assert world.adapter.look_up(page.reference).status is status


def test_page_is_closed_once_however_often(world: World) -> None:
    page = world.open("ord_left")
    assert world.adapter.close_page(page.reference).status is PaymentStatus.EXPIRED
    assert world.adapter.close_page(page.reference).status is PaymentStatus.EXPIRED
    eventually(lambda: world.kinds(page) == [EventKind.EXPIRED], "expired, once")


def test_closing_leaves_a_paid_payment_paid(world: World) -> None:
    page = world.paid("ord_close_paid")
    assert world.adapter.close_page(page.reference).status is PaymentStatus.PAID


def test_charged_back_payment_cannot_be_refunded(world: World) -> None:
    page = world.paid("ord_back", Card.CHARGED_BACK)
    eventually(lambda: world.kinds(page) == [EventKind.PAID, EventKind.CHARGED_BACK], "the charge-back")
    assert world.adapter.look_up(page.reference).status is PaymentStatus.CHARGED_BACK
    with pytest.raises(PaymentsRefused) as refused:
        world.adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="back")
    assert refused.value.code == "not_paid"


def test_opening_twice_with_one_key_gives_one_page(world: World) -> None:
    assert world.open("ord_same") == world.open("ord_same")
    with pytest.raises(PaymentsRefused) as refused:
        world.open("ord_same", amount=Money(1, "NOK"))
    assert refused.value.code == "key_reused"


def test_unknown_reference_is_said_to_be_unknown(world: World) -> None:
    for reference in (world.unknown, "../../healthz", ""):
        with pytest.raises(PaymentUnknown):
            world.adapter.look_up(reference)
        with pytest.raises(PaymentUnknown):
            world.adapter.close_page(reference)
        with pytest.raises(PaymentUnknown):
            world.adapter.look_up_refund(reference)
    with pytest.raises(PaymentUnknown):
        world.adapter.refund(reference=world.unknown, amount=PRICE, idempotency_key="unknown")


def test_wrong_key_is_refused(world: World) -> None:
    with world.stranger() as stranger, pytest.raises(PaymentsRefused) as refused:
        stranger.look_up(world.unknown)
    assert refused.value.code == "wrong_key"


@pytest.mark.promise("6.2")
def test_refund_happens_once_whatever_is_retried(world: World) -> None:
    page, adapter = world.paid("ord_refund"), world.adapter
    with world.losing(2):
        first = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="refund:ord_refund")
    again = adapter.refund(reference=page.reference, amount=PRICE, idempotency_key="refund:ord_refund")
    assert first == again == adapter.look_up_refund(first.reference)
    assert (first.status, first.amount) == (RefundStatus.SUCCEEDED, PRICE)
    assert adapter.look_up(page.reference).refunded == PRICE
    with pytest.raises(PaymentsRefused) as refused:
        adapter.refund(reference=page.reference, amount=Money(1, "NOK"), idempotency_key="more")
    assert refused.value.code == "too_much"
    with pytest.raises(PaymentsRefused) as refused:
        adapter.refund(reference=page.reference, amount=Money(1, "NOK"), idempotency_key="refund:ord_refund")
    assert refused.value.code == "key_reused"
    wanted = [EventKind.PAID, EventKind.REFUND_SUCCEEDED]
    eventually(lambda: sorted(world.kinds(page)) == sorted(wanted), "one refund")


def test_refund_in_parts_and_slowly(world: World) -> None:
    page, adapter = world.paid("ord_parts", Card.SLOW), world.adapter
    eventually(lambda: world.kinds(page) == [EventKind.PAID], "paid")
    part = adapter.refund(reference=page.reference, amount=Money(400, "NOK"), idempotency_key="part")
    assert part.status is RefundStatus.PENDING
    eventually(lambda: adapter.look_up_refund(part.reference).status is RefundStatus.SUCCEEDED, "the refund")
    eventually(lambda: EventKind.REFUND_SUCCEEDED in world.kinds(page), "the event")
    assert adapter.look_up(page.reference).refunded == Money(400, "NOK")


def test_refund_in_another_currency_is_refused(world: World) -> None:
    page = world.paid("ord_currency")
    with pytest.raises(PaymentsRefused) as refused:
        world.adapter.refund(reference=page.reference, amount=Money(1, "EUR"), idempotency_key="euro")
    assert refused.value.code == "wrong_currency"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_short_trouble_is_ridden_out_and_long_trouble_is_told(world: World, status: int) -> None:
    with world.failing(2, status):
        page = world.open(f"ord_trouble_{status}")
    with world.failing(3, status), pytest.raises(PaymentsUnavailable):
        world.adapter.look_up(page.reference)
