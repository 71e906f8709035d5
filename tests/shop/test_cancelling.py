"""A customer changes their mind, with the real provider: the service stops, and the money goes back once."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, provider
from ringfence.shop.models import BookEntry, Order, PaymentEvent, Refund
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.ports import payments as payments_of_the_shop
from ringfence.shop.refund_rules import RefundStep
from ringfence.telephony import queries as telephony
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SYSTEM, Provider, Purchase, eventually, now
from tests.shop.test_sweeping import bought as bought_without_provider

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def number_state(purchase: Purchase) -> NumberState:
    offer = telephony.offer(purchase.view.number) if purchase.view.number else None
    assert offer is not None
    return offer.state


def test_news_of_the_refund_before_news_of_the_payment(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    with payments.trouble(webhooks="hold"):
        payments.pay(page)
        provider.ask(purchase.view.id, by=SYSTEM, at=purchase.at)
        actions.cancel(order=purchase.order, by=purchase.by, at=purchase.at)
        provider.send_refund(Refund.objects.get().pk, by=SYSTEM, at=purchase.at)
    payments.call("POST", "/rehearsal/release?order=reversed")
    eventually(lambda: PaymentEvent.objects.count() == 2, "both events")
    assert purchase.is_state("refunded")
    assert Refund.objects.get().state == RefundStep.DONE


@pytest.mark.promise("6.1")
def test_inside_the_window_an_order_is_cancelled_and_paid_back(paid: Purchase, payments: Provider) -> None:
    assert paid.view.window is not None
    last = paid.view.window.ends_at - timedelta(seconds=1)
    actions.cancel(order=paid.order, by=paid.by, at=last)
    actions.cancel(order=paid.order, by=paid.by, at=last)
    assert paid.is_state("cancelled")
    assert number_state(paid) is NumberState.QUARANTINE
    assert telephony.numbers_of(paid.subject) == []
    refund = Refund.objects.get()
    assert refund.minor == 6125
    for _ in range(3):
        provider.send_refund(refund.pk, by=SYSTEM, at=last)
    eventually(lambda: paid.is_state("refunded"), "the money back")
    reference = Order.objects.get(pk=paid.view.id).payment_reference
    assert len(payments.refunds_of(str(reference))) == 1
    assert [entry.kind for entry in BookEntry.objects.order_by("serial")] == ["sale", "credit"]


@pytest.mark.promise("6.1")
def test_after_the_window_the_answer_is_no(paid: Purchase) -> None:
    assert paid.view.window is not None
    with pytest.raises(Refusal) as refused:
        actions.cancel(order=paid.order, by=paid.by, at=paid.view.window.ends_at)
    assert refused.value.code == "order.window_closed"
    assert paid.is_state("active")


@pytest.mark.promise("6.2")
def test_the_money_goes_back_once_whatever_is_retried(paid: Purchase, payments: Provider) -> None:
    at = now()
    actions.cancel(order=paid.order, by=paid.by, at=at)
    key = Refund.objects.get().pk
    with payments.trouble(lose_next=2):
        provider.send_refund(key, by=SYSTEM, at=at)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_refund SET state = 'owed', done_at = NULL, reference = ''")
        cursor.execute("UPDATE shop_order SET state = 'cancelled'")
    provider.send_refund(key, by=SYSTEM, at=at)
    paid.sweep(at + timedelta(minutes=5))
    eventually(lambda: paid.is_state("refunded"), "the money back")
    reference = Order.objects.get(pk=paid.view.id).payment_reference
    assert len(payments.refunds_of(str(reference))) == 1


def test_twenty_cancellations_at_once_owe_the_money_once(paid: Purchase) -> None:
    from django.db import connections

    def cancel() -> None:
        try:
            actions.cancel(order=paid.order, by=paid.by, at=now())
        finally:
            for alias in ("default", "keys"):
                connections[alias].close()

    threads = [threading.Thread(target=cancel) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Refund.objects.count() == 1
    assert paid.is_state("cancelled", "refunded")


def test_a_slow_refund_is_followed_until_it_arrives(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    payments.pay(purchase.page(), Card.SLOW)
    eventually(lambda: purchase.is_state("active"), "the slow payment")
    with payments.trouble(webhooks="lose"):
        actions.cancel(order=purchase.order, by=purchase.by, at=now())
        key = Refund.objects.get().pk
        provider.send_refund(key, by=SYSTEM, at=now())
        assert Refund.objects.get().state == RefundStep.SENT

        def arrived() -> bool:
            provider.ask_refund(key, by=SYSTEM, at=now())
            return purchase.is_state("refunded")

        eventually(arrived, "the money back")


def test_a_charge_back_ends_the_service_and_is_not_paid_back_again(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    payments.pay(purchase.page(), Card.CHARGED_BACK)
    eventually(lambda: purchase.is_state("charged_back"), "the charge-back")
    assert number_state(purchase) is NumberState.QUARANTINE
    assert not Refund.objects.exists()


def test_a_bank_that_was_faster_voids_the_refund(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    with payments.trouble(webhooks="lose"):
        payments.pay(purchase.page(), Card.CHARGED_BACK)
        provider.ask(purchase.view.id, by=SYSTEM, at=now())
        assert purchase.is_state("active")
        actions.cancel(order=purchase.order, by=purchase.by, at=now())
        reference = str(Order.objects.get(pk=purchase.view.id).payment_reference)
        eventually(
            lambda: payments_of_the_shop().look_up(reference).status is PaymentStatus.CHARGED_BACK,
            "the charge-back",
        )
        provider.send_refund(Refund.objects.get().pk, by=SYSTEM, at=now())
    assert purchase.is_state("charged_back")
    assert Refund.objects.get().state == RefundStep.VOID


def test_a_provider_that_is_down_leaves_the_refund_owed(paid: Purchase, payments: Provider) -> None:
    actions.cancel(order=paid.order, by=paid.by, at=now())
    with payments.trouble(fail_next=100):
        paid.sweep(now() + timedelta(minutes=2))
    assert Refund.objects.get().state == RefundStep.OWED
    paid.sweep(now() + timedelta(minutes=4))
    assert paid.is_state("refunded")


def test_an_order_cancelled_while_its_customer_leaves_is_not_ended_twice(
    stocked: list[str], customer: UUID
) -> None:
    bought, held = bought_without_provider(customer, stocked[0]), Purchase(customer, stocked[1])
    ended: list[int] = []

    def leave() -> None:
        ended.append(actions.end_all(subject=customer, by=bought.by, at=now()))
        for alias in ("default", "keys"):
            connections[alias].close()

    with transaction.atomic():
        actions.cancel(order=bought.order, by=bought.by, at=now())
        leaving = threading.Thread(target=leave)
        leaving.start()
        eventually(waits_for_a_row, "somebody who waits for the order")
    leaving.join()
    assert ended == [1]
    assert (bought.view.state, held.view.state) == ("cancelled", "lapsed")
    assert Refund.objects.count() == 1


def waits_for_a_row() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)) LIMIT 1"
        )
        return cursor.fetchone() is not None
