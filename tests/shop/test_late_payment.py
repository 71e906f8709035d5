"""Money that comes after its number is gone: an equal number, or the money back, once, whatever is raced."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.rules import Channel
from ringfence.shop import actions, provider
from ringfence.shop.models import BookEntry, Order, Refund
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.rules import CHOICE, HOLD
from ringfence.telephony import queries as telephony
from ringfence.telephony.equals import equal_to
from ringfence.telephony.rules import NumberState
from tests.accounts import builders
from tests.shop.conftest import SYSTEM, Provider, Purchase, a_customer, eventually, kroner, now
from tests.world import for_sale, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

BLOCKS = (
    "+442079460000,+442079460003,49,0,NOK,voice",
    "+442079460010,+442079460012,49,0,NOK,voice sms",
    "+442079460020,,49,0,NOK,sms",
    "+441134960000,+441134960001,49,0,NOK,voice",
    "+448081570030,,59,0,NOK,voice",
    "+12025550100,,49,0,NOK,voice",
)


def take_in(*blocks: str) -> list[str]:
    take_in_stock(*blocks)
    return [offer.public_id for offer in for_sale()]


@pytest.fixture
def late(customer: UUID) -> Purchase:
    """Somebody whose number went to somebody else, and who paid all the same."""
    take_in(*BLOCKS)
    return late_payer(customer)


def in_london() -> telephony.Offer:
    return for_sale(country="GB", area="London")[0]


def late_payer(customer: UUID) -> Purchase:
    first = in_london()
    purchase = Purchase(customer, first.public_id).check_out()
    reference = f"pay_{uuid4().hex}"
    actions.note_payment_page(order=purchase.view.id, reference=reference, by=SYSTEM, at=purchase.at)
    actions.lapse(order=purchase.view.id, by=SYSTEM, at=purchase.at + HOLD)
    Purchase(a_customer(), first.public_id)
    pay(purchase)
    return purchase


def pay(purchase: Purchase) -> None:
    price = purchase.view.price
    assert price is not None
    actions.settle(order=purchase.view.id, status=PaymentStatus.PAID, amount=price.gross, by=SYSTEM, at=now())


def take(purchase: Purchase, number: UUID) -> None:
    actions.choose_equal(order=purchase.order, number=public_id("num", number), by=purchase.by, at=now())


def test_what_is_equal_can_do_as_much_and_costs_the_same_and_is_near(late: Purchase) -> None:
    number = late.view.number
    assert number is not None
    found = [equal.e164[-7:] for equal in equal_to(number, 10)]
    assert found == ["9460001", "9460002", "9460003", "9460010", "9460011", "9460012", "4960001", "4960000"]
    assert len(equal_to(number, 2)) == 2


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_late_payer_takes_an_equal_number_with_one_click(
    late: Purchase, client: Client, language: str
) -> None:
    assert late.is_state("choosing")
    builders.sign_in(client, late.subject)
    page = client.get(f"/{language}/checkout/{late.order}/done/")
    shown = page.content.decode()
    assert "+44 20 7946 0000" in shown
    assert "+44 20 7946 0001" in shown
    number = late.view.number
    assert number is not None
    wanted = equal_to(number)[0]
    client.post(f"/{language}/checkout/{late.order}/take/{wanted.public_id}/")
    assert late.is_state("active")
    assert late.view.number == wanted.id
    assert late.view.e164 is not None
    assert late.view.e164.open() == wanted.e164
    assert [held.id for held in telephony.numbers_of(late.subject)] == [wanted.id]
    assert wanted.e164 in BookEntry.objects.get().what.open()
    assert [row.kind for row in OutgoingLetter.objects.filter(subject=late.subject).order_by("made_at")] == [
        "order-choose",
        "order-active",
    ]
    assert "choosing" in [step.state for step in late.view.steps]


def test_a_number_that_is_not_equal_or_not_free_is_not_given(late: Purchase) -> None:
    number = late.view.number
    assert number is not None
    other = equal_to(number)[0]
    Purchase(a_customer(), other.public_id)
    dear = [o for o in for_sale() if o.e164.endswith(("0030", "0100"))]
    for wrong in [number, other.id, uuid4(), *(offer.id for offer in dear)]:
        with pytest.raises(Refusal) as refused:
            take(late, wrong)
        assert refused.value.code == "number.taken"
    assert late.is_state("choosing")
    assert len(dear) == 2


def test_whoever_asks_for_the_money_gets_it_once(late: Purchase, client: Client) -> None:
    builders.sign_in(client, late.subject)
    for _again in range(2):
        client.post(reverse("storefront:money_back", args=[late.order]))
    assert late.is_state("cancelled")
    assert Refund.objects.get().minor == 6125
    assert not BookEntry.objects.exists()
    number = late.view.number
    assert number is not None
    with pytest.raises(Refusal) as refused:
        take(late, equal_to(number)[0].id)
    assert refused.value.code == "order.choice_over"


def test_nobody_chooses_for_somebody_else(late: Purchase, client: Client) -> None:
    other = a_customer()
    number = late.view.number
    assert number is not None
    equal = equal_to(number)[0].public_id
    builders.sign_in(client, other)
    for name, places in (("take_equal", [late.order, equal]), ("money_back", [late.order])):
        assert client.post(reverse(f"storefront:{name}", args=places)).status_code == 404
    for attempt in (
        lambda: actions.choose_equal(order=late.order, number=equal, by=Actor.customer(other), at=now()),
        lambda: actions.take_money_back(order=late.order, by=Actor.customer(other), at=now()),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code == "order.unknown"
    assert late.is_state("choosing")


def test_after_a_day_the_money_goes_back_by_itself(late: Purchase) -> None:
    end = late.view.choose_until
    assert end is not None
    late.sweep(end - timedelta(seconds=1))
    assert late.is_state("choosing")
    number = late.view.number
    assert number is not None
    with pytest.raises(Refusal):
        actions.choose_equal(order=late.order, number=equal_to(number)[0].public_id, by=late.by, at=end)
    actions.end_choice(order=late.view.id, by=SYSTEM, at=end)
    actions.end_choice(order=late.view.id, by=SYSTEM, at=end)
    assert late.is_state("cancelled")
    assert Refund.objects.count() == 1


def test_with_nothing_equal_the_money_goes_back_at_once(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    [number, *_others] = take_in("+46701740605,,39,0,NOK,voice")
    purchase = Purchase(customer, number).check_out()
    page = purchase.page()
    actions.lapse(order=purchase.view.id, by=SYSTEM, at=purchase.at + HOLD)
    other = Purchase(a_customer(), number)
    payments.pay(page)
    eventually(lambda: purchase.is_state("cancelled", "refunded"), "the late payer told")
    purchase.sweep(now() + timedelta(minutes=2))
    eventually(lambda: purchase.is_state("refunded"), "the money back")
    assert other.is_state("held")
    assert not BookEntry.objects.exists()


def test_the_money_of_a_choice_goes_back_the_way_it_came(
    payments: Provider, stocked: list[str], customer: UUID
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    page = purchase.page()
    actions.lapse(order=purchase.view.id, by=SYSTEM, at=purchase.at + HOLD)
    Purchase(a_customer(), stocked[0])
    payments.pay(page)
    eventually(lambda: purchase.is_state("choosing"), "the choice")
    purchase.sweep(now() + CHOICE)
    for _again in range(2):
        provider.send_refund(Refund.objects.get().pk, by=SYSTEM, at=now())
    eventually(lambda: purchase.is_state("refunded"), "the money back")
    assert len(payments.refunds_of(page.reference)) == 1


def test_a_customer_who_leaves_gets_the_money(late: Purchase) -> None:
    erasure.ask(subject=late.subject, channel=Channel.ACCOUNT, by=SYSTEM, at=now())
    actions.end_all(subject=late.subject, by=SYSTEM, at=now())
    assert Order.objects.get(pk=late.view.id).state in {"cancelled", "refunded"}
    assert Refund.objects.get().minor == 6125


def test_money_that_comes_while_its_customer_leaves_is_not_a_choice(customer: UUID) -> None:
    [number, *_rest] = take_in(*BLOCKS)
    purchase = Purchase(customer, number).check_out()
    actions.note_payment_page(order=purchase.view.id, reference="pay_x", by=SYSTEM, at=purchase.at)
    erasure.ask(subject=customer, channel=Channel.ACCOUNT, by=SYSTEM, at=now())
    pay(purchase)
    assert purchase.is_state("cancelled")


def test_a_bank_that_takes_the_money_back_ends_the_choice(late: Purchase) -> None:
    amount = kroner("61.25")
    actions.settle(order=late.view.id, status=PaymentStatus.CHARGED_BACK, amount=amount, by=SYSTEM, at=now())
    assert late.is_state("charged_back")
    late.sweep(now() + CHOICE)
    assert not Refund.objects.exists()


def test_the_same_number_paid_for_twice_is_not_sold_twice(customer: UUID) -> None:
    """Late money for the first order takes the number; the second order's money is then late itself."""
    take_in(*BLOCKS)
    number = in_london().public_id
    first = Purchase(customer, number).check_out()
    actions.note_payment_page(order=first.view.id, reference="pay_1", by=SYSTEM, at=first.at)
    actions.lapse(order=first.view.id, by=SYSTEM, at=first.at + HOLD)
    second = Purchase(customer, number).check_out()
    actions.note_payment_page(order=second.view.id, reference="pay_2", by=SYSTEM, at=second.at)
    pay(first)
    pay(second)
    assert (first.view.state, second.view.state) == ("active", "choosing")


def raced(*works: Callable[[], object]) -> list[str]:
    """Do things at once; return what was said to each."""
    start, said = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
            said.append("done")
        except Refusal as refused:
            said.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def test_two_clicks_a_sweep_and_a_refund_at_once_come_to_one_end(late: Purchase) -> None:
    number, end = late.view.number, late.view.choose_until
    assert number is not None
    assert end is not None
    one, two, *_rest = equal_to(number)
    moment: datetime = now()
    raced(
        lambda: take(late, one.id),
        lambda: take(late, two.id),
        lambda: take(late, one.id),
        lambda: actions.take_money_back(order=late.order, by=late.by, at=moment),
        lambda: actions.end_choice(order=late.view.id, by=SYSTEM, at=end),
        lambda: actions.end_choice(order=late.view.id, by=SYSTEM, at=end),
    )
    held = telephony.numbers_of(late.subject)
    if late.is_state("active"):
        assert [one.id for one in held] == [late.view.number]
        assert not Refund.objects.exists()
    else:
        assert late.is_state("cancelled")
        assert held == []
        assert Refund.objects.count() == 1


def test_two_late_payers_want_the_same_equal_number(late: Purchase) -> None:
    other = late_payer(a_customer())
    assert other.is_state("choosing")
    number = late.view.number
    assert number is not None
    wanted = equal_to(number)[-1]
    assert raced(lambda: take(late, wanted.id), lambda: take(other, wanted.id)) == ["done", "number.taken"]
    offer = telephony.offer(wanted.id)
    assert offer is not None
    assert offer.state is NumberState.IN_SERVICE
    assert sorted([late.view.state, other.view.state]) == ["active", "choosing"]
