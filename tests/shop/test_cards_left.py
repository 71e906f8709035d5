"""A card left for an order that never comes into service is forgotten at the provider, whatever ended the order."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.shop import actions
from ringfence.shop.models import Order
from ringfence.shop.ports import PaymentStatus, PaymentUnknown
from ringfence.shop.ports import payments as the_provider
from ringfence.shop.rules import HOLD
from ringfence.shop.sweeping import sweep
from tests.accounts import builders
from tests.shop.conftest import SYSTEM, Provider, Purchase, a_customer, kroner, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def choosing(provider: Provider, customer: UUID, number: str) -> tuple[Purchase, str]:
    """Somebody who left a card, paid too late, and may choose; and the token of the card."""
    late = Purchase(customer, number).check_out(keep_card=True)
    page = late.page()
    price = late.view.price
    assert price is not None
    provider.pay(page)
    actions.lapse(order=late.view.id, by=SYSTEM, at=late.at + HOLD)
    Purchase(a_customer(), number)
    actions.settle(order=late.view.id, status=PaymentStatus.PAID, amount=price.gross, by=SYSTEM, at=now())
    assert late.is_state("choosing")
    token = the_provider().look_up(page.reference).mandate
    assert token
    return late, token


def charge_back(late: Purchase) -> None:
    price = late.view.price
    assert price is not None
    status = PaymentStatus.CHARGED_BACK
    actions.settle(order=late.view.id, status=status, amount=price.gross, by=SYSTEM, at=now())
    assert late.is_state("charged_back")


def is_forgotten(token: str) -> bool:
    try:
        the_provider().charge(
            mandate=token, renewal_id="rnw_x", amount=kroner("1"), description="x", idempotency_key="never"
        )
    except PaymentUnknown:
        return True
    return False


def test_the_card_of_an_order_that_the_bank_took_back_before_its_service_is_forgotten(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    late, token = choosing(quiet, customer, stocked[0])
    charge_back(late)
    builders.run_jobs("shop.forget_card")
    assert is_forgotten(token)
    assert not Order.objects.get(pk=late.view.id).keep_card


@pytest.mark.parametrize(
    ("language", "said"),
    [("nb", "før nummeret ble satt i drift"), ("en", "before the number was put into service")],
)
def test_the_customer_is_not_told_of_a_service_that_never_began(
    client: Client, stocked: list[str], customer: UUID, language: str, said: str
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    price, key = purchase.view.price, purchase.view.id
    assert price is not None
    actions.lapse(order=key, by=SYSTEM, at=purchase.at + HOLD)
    Purchase(a_customer(), stocked[0])
    for status in (PaymentStatus.PAID, PaymentStatus.CHARGED_BACK):
        actions.settle(order=key, status=status, amount=price.gross, by=SYSTEM, at=now())
    row = OutgoingLetter.objects.get(subject=customer, kind="order-charged-back")
    letter = LetterToSend(row.pk, row.kind, "a@example.com", language, "", row.facts.open(), now())
    builders.sign_in(client, customer)
    page = client.get(f"/{language}/account/orders/{purchase.order}/").content.decode()
    for text in (written(letter).text, written(letter).html, page):
        assert said in " ".join(text.split())
        assert "rests" not in text
        assert "hviler" not in text


def test_a_card_whose_job_was_lost_is_forgotten_by_the_sweep(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    late, token = choosing(quiet, customer, stocked[0])
    charge_back(late)
    with quiet.trouble(lose_next=9):
        sweep(by=SYSTEM, at=now())
    assert Order.objects.get(pk=late.view.id).keep_card
    later = now() + timedelta(minutes=11)
    assert sweep(by=SYSTEM, at=later)["cards forgotten"] == 1
    assert is_forgotten(token)
    assert sweep(by=SYSTEM, at=later + timedelta(minutes=11))["cards forgotten"] == 0
