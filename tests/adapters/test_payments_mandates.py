"""What the port promises about kept cards, of every adapter: left at a page, charged later, forgotten."""

import pytest

from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    Charge,
    EventKind,
    HostedPage,
    PaymentsRefused,
    PaymentStatus,
    PaymentsUnavailable,
    PaymentUnknown,
)
from tests.adapters.payments_worlds import PRICE, World, world
from tests.adapters.rehearsal_world import eventually

__all__ = ["world"]


def kept(world: World, order: str, card: Card = Card.SUCCEEDS) -> str:
    """Pay at a page that keeps the card; the mandate."""
    page = world.open(order, keep=True)
    world.pay(page, card)
    mandate = eventually(lambda: world.adapter.look_up(page.reference).mandate, "the mandate")
    assert mandate is not None
    return mandate


def charge(world: World, mandate: str, renewal: str, amount: Money = PRICE) -> Charge:
    return world.adapter.charge(
        mandate=mandate,
        renewal_id=renewal,
        amount=amount,
        description="A phone number, renewed",
        idempotency_key=f"charge:{renewal}",
    )


def test_only_a_page_that_keeps_the_card_leaves_a_mandate(world: World) -> None:
    page = world.paid("ord_not_kept")
    assert world.adapter.look_up(page.reference).mandate is None
    page = world.open("ord_kept", keep=True)
    assert world.adapter.look_up(page.reference).mandate is None, "nobody has paid yet"
    world.pay(page, Card.SUCCEEDS)
    assert world.adapter.look_up(page.reference).mandate


def test_charge_is_paid_told_and_refunded(world: World) -> None:
    made = charge(world, kept(world, "ord_charge"), "rnw_charge")
    assert (made.state.status, made.state.amount) == (PaymentStatus.PAID, PRICE)
    assert world.adapter.look_up(made.reference).status is PaymentStatus.PAID
    [event] = eventually(lambda: world.events(made.reference), "the event")
    assert (event.kind, event.order_id, event.amount) == (EventKind.PAID, "rnw_charge", PRICE)
    world.adapter.refund(reference=made.reference, amount=PRICE, idempotency_key="back:rnw_charge")
    eventually(
        lambda: EventKind.REFUND_SUCCEEDED in [event.kind for event in world.events(made.reference)], "refund"
    )
    assert world.adapter.look_up(made.reference).refunded == PRICE


def test_charge_happens_once_whatever_is_retried(world: World) -> None:
    mandate = kept(world, "ord_once")
    with world.losing(3), pytest.raises(PaymentsUnavailable):
        charge(world, mandate, "rnw_once")
    first = charge(world, mandate, "rnw_once")
    assert charge(world, mandate, "rnw_once") == first
    eventually(lambda: len(world.events(first.reference)) == 1, "one event")
    with pytest.raises(PaymentsRefused) as refused:
        charge(world, mandate, "rnw_once", Money(1, "NOK"))
    assert refused.value.code == "key_reused"


@pytest.mark.parametrize("card", [Card.RENEWAL_REFUSED, Card.RENEWAL_NEEDS_BUYER])
def test_refused_charge_is_an_answer_and_says_whether_the_buyer_is_needed(world: World, card: Card) -> None:
    made = charge(world, kept(world, f"ord_{card}", card), f"rnw_{card}")
    wanted = (PaymentStatus.FAILED, card is Card.RENEWAL_NEEDS_BUYER)
    assert (made.state.status, made.state.needs_buyer) == wanted
    found = world.adapter.look_up(made.reference)
    assert (found.status, found.needs_buyer) == wanted
    [event] = eventually(lambda: world.events(made.reference), "the event")
    assert (event.kind, event.order_id) == (EventKind.FAILED, f"rnw_{card}")


def test_a_charge_is_found_by_its_key_and_looking_takes_nothing(world: World) -> None:
    mandate = kept(world, "ord_find")
    find = world.adapter.find_charge
    assert find(mandate=mandate, idempotency_key="charge:rnw_find") is None
    assert find(mandate=mandate, idempotency_key="charge:rnw_find") is None
    made = charge(world, mandate, "rnw_find")
    found = find(mandate=mandate, idempotency_key="charge:rnw_find")
    assert found is not None
    assert (found.reference, found.state.status) == (made.reference, PaymentStatus.PAID)


def test_slow_charge_is_decided_later(world: World) -> None:
    made = charge(world, kept(world, "ord_slow", Card.SLOW), "rnw_slow")
    assert made.state.status is PaymentStatus.OPEN
    eventually(lambda: world.adapter.look_up(made.reference).status is PaymentStatus.PAID, "the decision")


def test_forgotten_mandate_is_charged_no_more(world: World) -> None:
    mandate = kept(world, "ord_forget")
    for _again in range(2):
        world.adapter.forget_mandate(mandate)
    with pytest.raises(PaymentUnknown):
        charge(world, mandate, "rnw_forget")
    for other in ("", "../../healthz", "cus_x", "man_unknown"):
        with pytest.raises(PaymentUnknown):
            charge(world, other, "rnw_other")


def test_another_card_is_left_without_paying(world: World) -> None:
    page: HostedPage = world.adapter.open_card_page(
        subscription_id="sub_one",
        currency="NOK",
        language="nb",
        success_url="http://shop.example/nb/done",
        cancel_url="http://shop.example/nb/not-done",
        idempotency_key="card:sub_one",
    )
    assert world.adapter.look_up_card(page.reference).is_open
    world.leave_card(page, Card.SUCCEEDS)
    left = world.adapter.look_up_card(page.reference)
    assert not left.is_open
    assert charge(world, left.mandate or "", "rnw_replaced").state.status is PaymentStatus.PAID
    with pytest.raises(PaymentUnknown):
        world.adapter.look_up_card("")
