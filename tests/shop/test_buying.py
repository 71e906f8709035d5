"""A number is bought, with the real provider: paid, late, lost, repeated, out of order, killed half-way."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from django.db import connection

from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.adapters.payments.trust import trusted
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, provider
from ringfence.shop.models import BookEntry, Order, PaymentEvent, Subscription
from ringfence.shop.rules import HOLD, OrderState, WindowRule
from ringfence.telephony import queries as telephony
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SYSTEM, Provider, Purchase, a_customer, eventually, kroner, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def number_state(purchase: Purchase) -> NumberState:
    offer = telephony.offer(purchase.view.number) if purchase.view.number else None
    assert offer is not None
    return offer.state


def test_a_number_is_bought_and_in_service(paid: Purchase) -> None:
    view = paid.view
    assert view.price is not None
    assert view.price.gross == kroner("61.25")
    assert view.window is not None
    assert view.window.rule is WindowRule.FOURTEEN_DAYS_EEA
    assert [step.state for step in view.steps] == ["held", "awaiting_payment", "paid", "active"]
    assert view.policy_version
    assert number_state(paid) is NumberState.IN_SERVICE
    assert [number.id for number in telephony.numbers_of(paid.subject)] == [view.number]
    assert Subscription.objects.get().order_id == view.id
    entry = BookEntry.objects.get()
    assert (entry.serial, entry.gross_minor, entry.buyer_name.open()) == (1, 6125, "Customer One")


def test_choosing_twice_is_one_order_and_five_are_the_most(stocked: list[str], customer: UUID) -> None:
    first = Purchase(customer, stocked[0])
    assert Purchase(customer, stocked[0]).order == first.order
    for number in stocked[1:5]:
        Purchase(customer, number)
    with pytest.raises(Refusal) as refused:
        Purchase(customer, stocked[5])
    assert refused.value.code == "order.too_many_open"


def test_nobody_orders_or_cancels_for_somebody_else(
    stocked: list[str], customer: UUID, paid: Purchase
) -> None:
    other = Actor.customer(a_customer())
    for attempt in (
        lambda: actions.place(subject=customer, number=stocked[7], by=other, at=now()),
        lambda: actions.cancel(order=paid.order, by=other, at=now()),
        lambda: actions.check_out(order=paid.order, shown=kroner("61.25"), by=other, at=now()),
        lambda: actions.give_up(order=paid.order, by=other, at=now()),
        lambda: actions.cancel(order=paid.order, by=Actor.stranger(), at=now()),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code == "order.unknown"


def test_twenty_buyers_want_one_number(stocked: list[str]) -> None:
    buyers = [a_customer() for _ in range(20)]
    said: list[str] = []
    start = threading.Barrier(len(buyers))

    def buy(buyer: UUID) -> None:
        try:
            start.wait()
            actions.place(subject=buyer, number=stocked[0], by=Actor.customer(buyer), at=now())
            said.append("held")
        except Refusal as refused:
            said.append(refused.code)
        finally:
            for alias in ("default", "keys"):
                from django.db import connections

                connections[alias].close()

    threads = [threading.Thread(target=buy, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(said) == {"held": 1, "number.taken": 19}
    assert Order.objects.count() == 1


def test_a_hold_lapses_and_the_number_is_free_again(stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0])
    late = purchase.at + HOLD
    with pytest.raises(Refusal) as refused:
        actions.check_out(order=purchase.order, shown=kroner("61.25"), by=purchase.by, at=late)
    assert refused.value.code == "order.hold_ended"
    purchase.sweep(late)
    assert purchase.is_state("lapsed")
    assert number_state(purchase) is NumberState.AVAILABLE


def test_an_abandoned_page_is_closed_before_the_number_is_let_go(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    payments.pay(page, Card.ABANDONED)
    assert purchase.is_state("awaiting_payment")
    purchase.sweep(purchase.at + HOLD)
    assert purchase.is_state("lapsed")
    assert number_state(purchase) is NumberState.AVAILABLE
    assert "Too late" in payments.pay(page).text


def test_declined_three_times_fails_and_frees_the_number(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    for _ in range(3):
        payments.pay(page, Card.DECLINED)
    eventually(lambda: purchase.is_state("failed"), "the failure")
    assert number_state(purchase) is NumberState.AVAILABLE


def test_a_slow_payment_is_settled_when_it_is_decided(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    payments.pay(purchase.page(), Card.SLOW)
    assert purchase.is_state("awaiting_payment")
    eventually(lambda: purchase.is_state("active"), "the slow payment")


def test_repeated_events_change_nothing(payments: Provider, stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    with payments.trouble(repeat_webhooks=3):
        payments.pay(purchase.page())
        eventually(lambda: purchase.is_state("active"), "the order in service")
    assert PaymentEvent.objects.count() == 1
    assert Subscription.objects.count() == BookEntry.objects.count() == 1


def test_a_lost_event_is_asked_for(payments: Provider, stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    with payments.trouble(webhooks="lose"):
        payments.pay(purchase.page())
        purchase.sweep(purchase.at + timedelta(minutes=1))
        assert purchase.is_state("awaiting_payment")
        purchase.sweep(purchase.at + timedelta(minutes=2))
    assert purchase.is_state("active")


def test_a_late_payment_gets_the_number_while_it_is_free(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    late = purchase.at + HOLD
    actions.lapse(order=purchase.view.id, by=SYSTEM, at=late)
    assert purchase.is_state("lapsed")
    payments.pay(page)
    eventually(lambda: purchase.is_state("active"), "the late payer served")
    assert number_state(purchase) is NumberState.IN_SERVICE


@pytest.mark.parametrize("stop_after", ["place", "check_out", "open_page", "pay", "cancel"])
def test_a_kill_between_two_steps_is_repaired_by_the_sweep(
    payments: Provider, stocked: list[str], customer: UUID, stop_after: str
) -> None:
    """Whatever step was the last, the sweep brings the order to an end that is nothing half."""
    with payments.trouble(webhooks="lose"):
        purchase = Purchase(customer, stocked[0])
        if stop_after != "place":
            purchase.check_out()
        if stop_after in {"open_page", "pay", "cancel"}:
            page = purchase.page()
        if stop_after in {"pay", "cancel"}:
            payments.pay(page)
        if stop_after == "cancel":
            provider.ask(purchase.view.id, by=SYSTEM, at=purchase.at)
            actions.cancel(order=purchase.order, by=purchase.by, at=purchase.at)
        purchase.sweep(purchase.at + HOLD)
        purchase.sweep(purchase.at + HOLD + timedelta(minutes=2))
    expected = {"pay": OrderState.ACTIVE, "cancel": OrderState.REFUNDED}.get(stop_after, OrderState.LAPSED)
    assert purchase.view.state is expected
    rest = {"pay": NumberState.IN_SERVICE, "cancel": NumberState.QUARANTINE}.get(
        stop_after, NumberState.AVAILABLE
    )
    assert number_state(purchase) is rest


def test_a_page_whose_answer_was_lost_is_opened_once(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    with payments.trouble(lose_next=3), pytest.raises(Refusal) as refused:
        purchase.page()
    assert refused.value.code == "payment.unavailable"
    first = purchase.page()
    assert purchase.page() == first
    payments.pay(first)
    eventually(lambda: purchase.is_state("active"), "the order in service")


def test_giving_up_closes_the_page(payments: Provider, stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    provider.give_up(order=purchase.order, by=purchase.by, at=purchase.at)
    assert purchase.is_state("lapsed")
    assert "Too late" in payments.pay(page).text
    provider.give_up(order=purchase.order, by=purchase.by, at=purchase.at)


def test_a_number_has_one_order_in_service_by_the_database_itself(paid: Purchase) -> None:
    from django.db import IntegrityError

    with (
        pytest.raises(IntegrityError, match="a_number_is_in_service_for_one_order"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO shop_order SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(),"
            " 'payment_reference', 'other'))).* FROM shop_order o"
        )
    assert paid.is_state("active")


def test_an_event_of_a_stranger_is_turned_away(payments: Provider, paid: Purchase) -> None:
    answer = httpx.post(f"{payments.webhook_url}", content=b"{}", trust_env=False, verify=trusted())
    assert answer.status_code == 400
    assert paid.is_state("active")
