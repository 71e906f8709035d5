"""What the shop lets go of, and what the books keep, when a customer is forgotten."""

from datetime import timedelta

import pytest
from django.db import connection

from ringfence.kernel.refusal import Refusal
from ringfence.privacy import register
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.payment_data import holds_payment_data
from ringfence.privacy.sealed import ERASED
from ringfence.shop import personal_data
from ringfence.shop.models import BookEntry, Order
from tests.shop.conftest import SYSTEM, Provider, Purchase, eventually, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def holder(name: str) -> register.Holder:
    return next(found for found in register.holders() if found.name == name)


@pytest.mark.promise("2.9")
def test_a_customer_is_taken_out_of_their_orders_and_the_money_still_goes_back(
    paid: Purchase, payments: Provider, stocked: list[str]
) -> None:
    waiting = Purchase(paid.subject, stocked[3])
    at = now()
    personal_data.stop(subject=paid.subject, by=SYSTEM, at=at)
    personal_data.stop(subject=paid.subject, by=SYSTEM, at=at)
    assert paid.is_state("cancelled")
    assert waiting.is_state("lapsed")
    keys.destroy(subject=paid.subject, classes=[RetentionClass.ACCOUNT], by=SYSTEM, at=at)
    keyring.forget()
    personal_data.forget(subject=paid.subject, by=SYSTEM, at=at)
    assert not Order.objects.filter(subject=paid.subject).exists()
    with connection.cursor() as cursor:
        for table in (
            "shop_order",
            "shop_orderstep",
            "shop_paymentevent",
            "shop_refund",
            "shop_subscription",
        ):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{paid.subject}%"])
            assert cursor.fetchone() == (0,), table
    paid.sweep(at + timedelta(minutes=2))
    eventually(lambda: paid.is_state("refunded"), "the money back")
    kinds = BookEntry.objects.filter(subject=paid.subject).order_by("serial")
    assert [entry.kind for entry in kinds] == ["sale", "credit"]
    assert {entry.buyer_name.open() for entry in kinds} == {"Customer One"}
    assert all(entry.buyer_name.open() is not ERASED for entry in kinds)


def test_after_the_window_the_service_ends_without_a_refund(paid: Purchase) -> None:
    assert paid.view.window is not None
    personal_data.stop(subject=paid.subject, by=SYSTEM, at=paid.view.window.ends_at)
    assert paid.is_state("ended")
    assert paid.view.refund is None


def test_the_copy_holds_every_personal_field(paid: Purchase) -> None:
    [order, *_rest] = [dict(record) for record in holder("shop.orders").hand_over(paid.subject)]
    assert order["e164"].startswith("+44")
    assert order["gross_minor"] == 6125
    [entry] = [dict(record) for record in holder("shop.books").hand_over(paid.subject)]
    assert entry["buyer_name"] == "Customer One"
    assert holder("shop.books").stays


def test_a_payment_after_the_customer_left_goes_back(
    payments: Provider, stocked: list[str], customer: object
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()  # type: ignore[arg-type] # a customer's id
    page = purchase.page()
    personal_data.stop(subject=purchase.subject, by=SYSTEM, at=now())
    personal_data.forget(subject=purchase.subject, by=SYSTEM, at=now())
    payments.pay(page)
    eventually(lambda: purchase.is_state("cancelled"), "the payment noticed")
    purchase.sweep(now() + timedelta(minutes=2))
    assert purchase.is_state("refunded")


@pytest.mark.parametrize(
    "text", ["4242424242424242", "my card is 4242-4242-4242-4242.", "NO93 8601 1117 947"]
)
def test_payment_data_is_recognised(text: str) -> None:
    assert holds_payment_data(text)


@pytest.mark.parametrize("text", ["Customer One", "+44 20 7946 0000", "4242424242424243", "0" * 16])
def test_what_is_no_payment_data_passes(text: str) -> None:
    assert not holds_payment_data(text)


def test_an_order_of_nobody_is_unknown(paid: Purchase) -> None:
    from ringfence.shop import actions

    with pytest.raises(Refusal):
        actions.cancel(order="ord_00000000000000000000000000", by=SYSTEM, at=now())
