"""A number is renewed, over weeks, with the real provider: paid, refused, paid late, switched off, ended."""

import time
from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions
from ringfence.shop.models import Mandate
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.ports import payments as the_provider
from ringfence.shop.renewal_rules import GRACE, SUSPENSION
from ringfence.shop.rules import Term
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SYSTEM, Provider, eventually
from tests.shop.renewal_world import DAY, HOUR, Renewed, sales

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def test_a_kept_card_is_charged_when_due_and_each_period_is_booked_once(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    it.live(it.due - HOUR)
    assert it.states == ["upcoming"]
    assert not it.charges()
    it.live(it.due + DAY)
    assert it.states == ["paid", "upcoming"]
    assert it.letters() == ["renewal-reminder"] * 3 + ["renewal-paid"]
    second = it.renewals[1]
    assert second.period_from == it.first.period_to == it.subscription.renews_at
    it.live(second.period_from + DAY)
    assert it.states == ["paid", "paid", "upcoming"]
    assert it.letters()[4:] == ["renewal-reminder"] * 3 + ["renewal-paid"]
    assert [event["data"]["amount"] for event in it.charges()] == [6125, 6125]
    invoices = sales()
    assert [entry.gross_minor for entry in invoices] == [6125, 6125, 6125]
    assert [entry.period_from for entry in invoices[1:]] == [row.period_from for row in it.renewals[:2]]
    assert it.number_state() is NumberState.IN_SERVICE


def test_a_year_is_renewed_after_a_year(quiet: Provider, stocked: list[str], customer: UUID) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS, Term.YEAR)
    assert (it.due - it.at).days in {365, 366}
    it.sweep(it.due)
    assert it.states == ["paid", "upcoming"]
    assert it.tries()[0].minor == it.subscription.period_minor * 5 // 4


def test_a_refused_card_goes_the_whole_way_and_each_step_is_told(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.RENEWAL_REFUSED)
    it.live(it.due)
    assert it.states == ["retrying"]
    it.live(it.due + 6 * DAY)
    assert it.states == ["grace"]
    assert [payment.status for payment in it.tries()] == ["failed"] * 4
    assert it.number_state() is NumberState.IN_SERVICE
    it.live(it.due + 13 * DAY)
    assert it.states == ["suspended"]
    assert it.number_state() is NumberState.SUSPENDED
    it.live(it.due + 28 * DAY)
    assert it.states == ["ended"]
    assert it.number_state() is NumberState.QUARANTINE
    assert it.is_state("ended")
    told = ["reminder"] * 3 + ["failed"] * 3 + ["grace", "suspended", "ended"]
    assert it.letters() == [f"renewal-{kind}" for kind in told]
    assert not Mandate.objects.exists(), "the provider was told to forget the card"
    assert len(it.charges()) == 4
    assert len(sales()) == 1


def test_a_bank_that_wants_the_buyer_leads_to_a_link_at_once(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.RENEWAL_NEEDS_BUYER)
    it.sweep(it.due)
    assert (it.states, it.first.reason) == (["grace"], "needs_buyer")
    it.pay_by_page(it.due + DAY)
    it.sweep(it.due + DAY + timedelta(minutes=3))
    assert it.states == ["paid", "upcoming"]
    assert len(sales()) == 2


def test_without_a_card_it_is_paid_by_a_link(quiet: Provider, stocked: list[str], customer: UUID) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    with pytest.raises(Refusal) as refused:
        it.pay_by_page(it.due - 8 * DAY)
    assert refused.value.code == "renewal.not_payable"
    it.sweep(it.due)
    assert (it.states, it.first.reason) == (["grace"], "no_card")
    it.pay_by_page(it.due + DAY, keep=True)
    it.sweep(it.due + DAY + timedelta(minutes=3))
    assert it.states == ["paid", "upcoming"]
    it.sweep(it.due + DAY + timedelta(minutes=6))
    assert it.subscription.mandate_id is not None
    it.sweep(it.renewals[1].period_from)
    assert it.states == ["paid", "paid", "upcoming"]


def test_paid_after_the_suspension_it_rings_again_and_after_the_end_the_money_goes_back(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    it.sweep(it.due)
    it.sweep(it.due + GRACE)
    assert it.number_state() is NumberState.SUSPENDED
    it.pay_by_page(it.due + GRACE + HOUR)
    it.sweep(it.due + GRACE + HOUR + timedelta(minutes=3))
    assert it.states == ["paid", "upcoming"]
    assert it.number_state() is NumberState.IN_SERVICE
    due = it.renewals[1].period_from
    it.sweep(due)
    it.sweep(due + GRACE)
    page = it.pay_by_page(due + GRACE + HOUR, Card.SLOW)
    actions.end(renewal=it.renewals[1].pk, by=SYSTEM, at=due + GRACE + SUSPENSION)
    assert it.states == ["paid", "ended"]
    time.sleep(0.6)
    for minutes in (3, 6, 9):
        it.sweep(due + GRACE + SUSPENSION + timedelta(minutes=minutes))
    time.sleep(0.6)
    it.sweep(due + GRACE + SUSPENSION + timedelta(minutes=20))
    assert it.states == ["paid", "ended"]
    late = it.tries()[-1]
    assert (late.reference, late.status, late.back_state) == (page.reference, "paid", "done")
    assert it.letters()[-1] == "renewal-paid-back"
    assert it.number_state() is NumberState.QUARANTINE


def test_switched_off_it_rings_until_the_end_of_what_is_paid(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    for _again in range(2):
        actions.switch_off(order=it.order, by=it.by, at=it.at + DAY)
    assert it.states == ["switched_off"]
    for _again in range(2):
        actions.switch_on(order=it.order, by=it.by, at=it.at + 2 * DAY)
    assert it.states == ["upcoming"]
    actions.switch_off(order=it.order, by=it.by, at=it.at + 3 * DAY)
    it.live(it.due - DAY)
    assert it.number_state() is NumberState.IN_SERVICE
    it.live(it.due + 60 * DAY)
    assert (it.states, it.view.state) == (["ended"], "ended")
    assert it.letters() == ["renewal-off", "renewal-off", "renewal-ended"]
    assert it.charges() == []
    assert not Mandate.objects.exists()
    assert it.number_state() is NumberState.QUARANTINE


@pytest.mark.parametrize("how", ["cancelled", "charged back", "account ended"])
def test_after_the_order_ended_nothing_is_ever_charged(
    quiet: Provider, stocked: list[str], customer: UUID, how: str
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    at, due = it.at + HOUR, it.due
    if how == "cancelled":
        actions.cancel(order=it.order, by=it.by, at=at)
    elif how == "charged back":
        price = it.view.price
        assert price is not None
        actions.settle(
            order=it.view.id, status=PaymentStatus.CHARGED_BACK, amount=price.gross, by=SYSTEM, at=at
        )
    else:
        actions.end_all(subject=customer, by=it.by, at=at)
    for day in range(0, 40, 8):
        it.live(due + day * DAY)
    assert it.states == ["dropped"]
    assert it.charges() == []
    assert not Mandate.objects.exists()


def test_a_renewal_taken_back_by_the_bank_ends_the_number_and_is_never_charged_again(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.RENEWAL_CHARGED_BACK)
    it.sweep(it.due)
    assert it.states == ["paid", "upcoming"]
    assert quiet.call("PUT", "/rehearsal/trouble", {}).is_success
    [payment] = it.tries()
    reference = payment.reference or ""
    eventually(lambda: the_provider().look_up(reference).status is PaymentStatus.CHARGED_BACK, "taken back")
    state = the_provider().look_up(reference)
    for _again in range(2):
        actions.settle_renewal(
            payment=payment.pk, status=state.status, amount=state.amount, by=SYSTEM, at=it.due + HOUR
        )
    assert it.states == ["charged_back", "dropped"]
    it.live(it.due + 40 * DAY)
    assert it.number_state() is NumberState.QUARANTINE
    assert [payment.status for payment in it.tries()] == ["charged_back"]
    assert it.letters().count("renewal-charged-back") == 1
