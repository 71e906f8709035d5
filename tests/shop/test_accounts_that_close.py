"""Nothing is sold to an account that is about to be closed for abuse, and nothing charged (clause 5.4)."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.accounts import closing
from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.public_ids import public_id
from ringfence.shop import actions, provider
from ringfence.shop.renewal_rules import GRACE
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import Provider, Purchase
from tests.shop.renewal_world import DAY, HOUR, Renewed
from tests.support.cases import refused

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("5.4"),
]
APPEAL = 14 * DAY


@pytest.fixture
def closes(monkeypatch: pytest.MonkeyPatch) -> set[UUID]:
    """Whose accounts are about to be closed."""
    found: set[UUID] = set()
    monkeypatch.setattr(closing, "_told_by", [found.__contains__])
    return found


def test_no_renewal_is_charged_and_the_number_goes_on_once_the_appeal_is_won(
    quiet: Provider, stocked: list[str], customer: UUID, closes: set[UUID]
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    closes.add(customer)
    for moment in (it.due, it.due + HOUR, it.due + APPEAL):
        it.sweep(moment)
    assert (it.states, it.charges(), it.tries()) == (["upcoming"], [], [])
    assert it.first.waits_since is not None
    assert "renewal-failed" not in it.letters()
    closes.clear()
    it.live(it.due + APPEAL + 2 * HOUR)
    assert it.states == ["paid", "upcoming"]
    assert it.first.waits_since is None
    assert len(it.charges()) == 1


def test_reminders_are_not_sent_and_a_deadline_is_counted_anew(
    quiet: Provider, stocked: list[str], customer: UUID, closes: set[UUID]
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    it.live(it.due)
    assert it.states == ["grace"]
    told = len(it.letters())
    closes.add(customer)
    it.live(it.due + GRACE + DAY)
    assert (it.states, len(it.letters())) == (["grace"], told), "it is not suspended for want of a payment"
    with refused("order.account_closing"):
        it.pay_by_page(it.due + GRACE + DAY)
    closes.clear()
    again = it.due + GRACE + DAY + 2 * HOUR
    it.sweep(again)
    assert it.letters()[-1] == "renewal-grace"
    it.sweep(again + GRACE - HOUR)
    assert it.number_state() is NumberState.IN_SERVICE
    it.sweep(again + GRACE)
    assert it.number_state() is NumberState.SUSPENDED


def test_what_is_paid_at_a_page_that_was_open_goes_back(
    quiet: Provider, stocked: list[str], customer: UUID, closes: set[UUID]
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    page = it.pay_by_page(it.due - DAY)
    closes.add(customer)
    it.sweep(it.due - DAY + timedelta(minutes=3))
    assert page
    assert it.states == ["upcoming"]
    assert [row.back_state for row in it.tries()] in (["owed"], ["sent"], ["done"])


def test_a_charge_that_was_begun_and_never_sent_is_not_made_and_costs_no_try(
    quiet: Provider, stocked: list[str], customer: UUID, closes: set[UUID]
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    actions.begin_charge(renewal=it.first.pk, by=it.by, at=it.due)
    closes.add(customer)
    it.sweep(it.due + timedelta(minutes=3))
    assert (it.charges(), it.first.state, it.first.tries) == ([], "retrying", 0)
    assert "renewal-failed" not in it.letters()
    closes.clear()
    it.live(it.due + DAY)
    assert it.states == ["paid", "upcoming"]
    assert len(it.charges()) == 1


def test_no_order_is_accepted_and_what_was_paid_for_one_goes_back(
    quiet: Provider, stocked: list[str], customer: UUID, closes: set[UUID]
) -> None:
    it = Purchase(customer, stocked[0])
    it.check_out()
    page = it.page()
    closes.add(customer)
    quiet.pay(page, Card.SUCCEEDS)
    provider.ask(it.view.id, by=it.by, at=it.at)
    assert it.is_state("refunded", "cancelled", "failed", "refund_owed"), it.view.state
    with refused("order.account_closing"):
        Purchase(customer, stocked[1])
    closes.clear()
    again = Purchase(customer, stocked[1])
    closes.add(customer)
    with refused("order.account_closing"):
        again.check_out()
    closes.clear()
    again.check_out()
    assert again.is_state("awaiting_payment")
    assert public_id("ord", again.view.id)
