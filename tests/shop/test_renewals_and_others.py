"""Renewals beside what others do meanwhile: staff with numbers, banks with money, customers with cards."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ringfence.accounts.actions import set_profile
from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.shop import actions, collecting, personal_data
from ringfence.shop import renewal_queries as queries
from ringfence.shop.models import BookEntry, Mandate, Renewal, RenewalPayment
from ringfence.shop.ports import PaymentStatus, PaymentUnknown
from ringfence.shop.ports import payments as the_provider
from ringfence.shop.renewal_rules import GRACE
from ringfence.telephony.actions import numbers
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SYSTEM, Provider, a_customer, now
from tests.shop.renewal_world import DAY, HOUR, WAY_BACK, Renewed, sales

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


def a_page(it: Renewed, reference: str, at: datetime, number: int = 0) -> UUID:
    """Begin a payment of a renewal, the first unless said, at a page of its own."""
    begun = actions.begin_page(
        renewal=public_id("rnw", it.renewals[number].pk), keep_card=False, by=it.by, at=at
    )
    actions.note_renewal_asked(payment=begun, reference=reference, by=it.by, at=at)
    return begun


def settle(payment: UUID, status: PaymentStatus, at: datetime) -> None:
    """Let news of a payment arrive."""
    minor = RenewalPayment.objects.get(pk=payment).minor
    actions.settle_renewal(payment=payment, status=status, amount=Money(minor, "NOK"), by=SYSTEM, at=at)


@pytest.mark.parametrize("paid_twice", [False, True])
def test_what_the_bank_took_while_it_was_owed_is_credited_unless_another_payment_stays(
    quiet: Provider, stocked: list[str], customer: UUID, *, paid_twice: bool
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    at = it.due - DAY
    pages = [a_page(it, f"page_{turn}", at) for turn in range(1 + paid_twice)]
    for page in pages:
        settle(page, PaymentStatus.PAID, at)
    if not paid_twice:
        actions.end_all(subject=customer, by=it.by, at=at + HOUR)
    assert it.tries()[-1].back_state == "owed"
    for _again in range(2):
        settle(pages[-1], PaymentStatus.CHARGED_BACK, at + 2 * HOUR)
    assert it.tries()[-1].back_state == "void"
    invoice = sales()[1]
    credited = list(BookEntry.objects.filter(kind="credit").values_list("credits", "gross_minor"))
    assert credited == ([] if paid_twice else [(invoice.serial, invoice.gross_minor)])


def test_an_invoice_says_the_tax_of_whom_its_price_was_fixed_for(quiet: Provider, stocked: list[str]) -> None:
    firm = {"company": "A firm", "vat_number": "DE136695976", "address": "A street 1\n10115 Berlin"}
    subject = a_customer(country="DE", consumer=False, time_zone="Europe/Berlin")
    set_profile(person=subject, by=SYSTEM, at=now(), **firm)  # type: ignore[arg-type]
    it = Renewed(quiet, subject, stocked[0], None)
    page = a_page(it, "its_page", it.due - DAY)
    moved = {"country": "NO", "consumer": True, "vat_number": "", "company": ""}
    set_profile(person=subject, by=it.by, at=it.due - HOUR, **moved)  # type: ignore[arg-type]
    settle(page, PaymentStatus.PAID, it.due)
    invoice = sales()[1]
    assert invoice.buyer_vat_number is not None
    assert (invoice.vat_rule, invoice.vat_rate, invoice.buyer_country) == ("reverse_charge", 0, "DE")
    assert invoice.buyer_vat_number.open() == "DE136695976"
    it.sweep(it.due + MINUTES)
    page = a_page(it, "another_page", it.renewals[1].period_from - DAY, number=1)
    settle(page, PaymentStatus.PAID, it.renewals[1].period_from)
    later = sales()[2]
    assert (later.vat_rule, later.vat_rate, later.buyer_country) == ("sellers_country", 25, "NO")
    assert later.buyer_vat_number is None


def card_page(it: Renewed, at: datetime) -> str:
    """Leave another card at the provider's page; return its token. Nobody has fetched it yet."""
    page = collecting.open_card_page(order=it.order, way_back=WAY_BACK, language="en", by=it.by, at=at)
    it.payments.pay(page)
    token = the_provider().look_up_card(page.reference).mandate
    assert token
    return token


def is_forgotten(token: str) -> bool:
    """Whether the provider knows a card no more."""
    try:
        the_provider().charge(
            mandate=token,
            renewal_id="rnw_x",
            amount=Money(100, "NOK"),
            description="x",
            idempotency_key=token,
        )
    except PaymentUnknown:
        return True
    return False


def test_a_card_that_was_left_and_removed_before_it_was_fetched_is_forgotten_and_never_charged(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.RENEWAL_REFUSED)
    at = it.at + DAY
    token = card_page(it, at)
    actions.remove_card(order=it.order, by=it.by, at=at)
    assert not queries.next_payments(customer, at)[0].card_expected
    for minutes in (3, 6):
        it.sweep(at + timedelta(minutes=minutes))
    assert it.subscription.mandate_id is None
    assert not Mandate.objects.exists()
    assert is_forgotten(token)
    it.sweep(it.due)
    assert (it.states, it.first.reason, it.charges()) == (["grace"], "no_card", [])


def test_of_two_cards_left_one_after_the_other_the_last_is_kept_and_the_first_forgotten(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    first, second = [card_page(it, it.at + DAY + timedelta(seconds=turn)) for turn in range(2)]
    for minutes in (3, 6):
        it.sweep(it.at + DAY + timedelta(minutes=minutes))
    assert [row.token for row in Mandate.objects.all()] == [second]
    assert it.subscription.mandate_id is not None
    assert is_forgotten(first)
    assert not is_forgotten(second)


def test_a_page_that_was_given_up_while_it_was_opened_is_asked_about(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    at, name = it.due - DAY, public_id("rnw", it.first.pk)
    begun = actions.begin_page(renewal=name, keep_card=False, by=it.by, at=at)
    page = the_provider().open_page(
        order_id=name,
        amount=Money(it.tries()[0].minor, "NOK"),
        description=WAY_BACK.description,
        language="en",
        success_url=WAY_BACK.success_url,
        cancel_url=WAY_BACK.cancel_url,
        idempotency_key=f"opened:{begun}",
    )
    collecting.close_pages(it.first.pk, by=SYSTEM, at=at)
    assert it.tries()[0].status == "expired"
    actions.note_renewal_asked(payment=begun, reference=page.reference, by=it.by, at=at)
    quiet.pay(page)
    it.sweep(at + MINUTES)
    assert (it.states, it.tries()[0].status) == (["paid", "upcoming"], "paid")


@pytest.mark.promise("2.9")
def test_whom_a_renewal_was_priced_for_is_let_go_when_they_are_forgotten(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    settle(a_page(it, "its_page", it.due - DAY), PaymentStatus.PAID, it.due)
    renewal = it.first.pk
    known = it.first.buyer
    assert known is not None
    assert known.open()["country"] == "NO"
    personal_data.stop(subject=customer, by=SYSTEM, at=it.due + HOUR)
    personal_data.forget(subject=customer, by=SYSTEM, at=it.due + HOUR)
    assert Renewal.objects.get(pk=renewal).buyer is None
