"""Renewals beside what others do meanwhile: staff with the number, the bank with the money, the customer with the card."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.shop.renewal_rules import GRACE
from ringfence.telephony.actions import numbers
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SYSTEM, Provider
from tests.shop.renewal_world import DAY, HOUR, Renewed

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
MINUTES = timedelta(minutes=3)


@pytest.mark.parametrize("abused", [False, True])
def test_a_payment_lifts_the_suspension_for_not_paying_and_no_other(
    quiet: Provider, stocked: list[str], customer: UUID, *, abused: bool
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    it.sweep(it.due)
    stopped = it.due + GRACE
    it.sweep(stopped)
    assert it.number_state() is NumberState.SUSPENDED
    number = it.view.number
    assert number is not None
    numbers.resume(number=number, reason="staff", by=SYSTEM, at=stopped + HOUR)
    if abused:
        numbers.suspend(number=number, reason="abuse", by=SYSTEM, at=stopped + 2 * HOUR)
    it.pay_by_page(stopped + DAY)
    it.sweep(stopped + DAY + MINUTES)
    assert it.states == ["paid", "upcoming"]
    assert it.number_state() is (NumberState.SUSPENDED if abused else NumberState.IN_SERVICE)
