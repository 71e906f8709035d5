"""Whatever happens to orders, in whatever order and however often: numbers and money stay accounted for.

Every step is an action of the product on a real database; the provider is a bank in this process that loses,
repeats and reorders its news. `SALE_EXAMPLES=500` looks longer.
"""

import os
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pytest_django import Settings

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.keys import keyring
from ringfence.shop import actions, provider, queries
from ringfence.shop.models import Order, Refund, RenewalPayment
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.sweeping import sweep
from ringfence.telephony.actions import numbers
from ringfence.telephony.equals import equal_to
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState
from tests.shop.bank import THE_BANK, Bank
from tests.shop.conftest import SYSTEM, a_customer, now
from tests.world import take_in_stock, to_pay

EXAMPLES = int(os.environ.get("SALE_EXAMPLES", "12"))
WAY_BACK = provider.WayBack("http://shop.example/done", "http://shop.example/not", "A number")
SOLD = {"paid", "active", "ended"}
GONE_BACK = {"cancelled", "refunded"}
UNHEARD = {"awaiting_payment", "lapsed", "failed"}
WHICH = st.integers(0, 9)


class World:
    """What every example begins with."""

    people: list[UUID]
    stock: list[UUID]


class Sales(RuleBasedStateMachine):
    """Three customers, four numbers, one bank."""

    world = World()

    def __init__(self) -> None:
        """Begin with everything free and nobody having paid."""
        super().__init__()
        self.undo = ExitStack()
        for alias in ("default", "keys"):
            self.undo.enter_context(transaction.atomic(alias))
        THE_BANK[0] = self.bank = Bank()
        self.at, self.orders = now(), list[str]()

    def teardown(self) -> None:
        """Two days and many sweeps later nothing is left half; then everything is undone."""
        try:
            for minutes in (12, 3, 3, 24 * 60 + 5, 5, 5, 5):
                self.wait(minutes)
                self.sweeps()
            self.all_money_is_accounted_for(unheard=set())
            assert not Order.objects.filter(
                state__in=("held", "awaiting_payment", "choosing", "cancelled")
            ).exists()
            assert not Number.objects.filter(state=NumberState.HELD).exists()
        finally:
            for alias in ("default", "keys"):
                transaction.set_rollback(rollback=True, using=alias)
            self.undo.close()
            keyring.forget()

    def order(self, which: int) -> Order | None:
        """One of the orders so far."""
        if not self.orders:
            return None
        view = queries.order(self.orders[which % len(self.orders)])
        return Order.objects.get(pk=view.id) if view else None

    def attempt(self, act: Any, **given: Any) -> Any:
        """Do something that may be refused."""
        with suppress(Refusal):
            return act(**given, at=self.at)

    def by(self, row: Order) -> Actor:
        """The order's customer."""
        assert row.subject is not None
        return Actor.customer(row.subject)

    @rule(who=st.integers(0, 2), which=st.integers(0, 3))
    def hold(self, who: int, which: int) -> None:
        """Somebody chooses a number."""
        person, number = self.world.people[who], Number.objects.get(pk=self.world.stock[which]).public_id
        by = Actor.customer(person)
        made = self.attempt(actions.place, subject=person, number=number, by=by)
        if made and made not in self.orders:
            self.orders.append(made)

    @rule(which=WHICH, keep_card=st.booleans())
    def check_out_and_open_the_page(self, which: int, *, keep_card: bool) -> None:
        """They order, and are led to the page."""
        if row := self.order(which):
            name, by = self.orders[which % len(self.orders)], self.by(row)
            shown = to_pay(name)
            self.attempt(actions.check_out, order=name, shown=shown, keep_card=keep_card, by=by)
            self.attempt(provider.open_page, order=name, way_back=WAY_BACK, by=by)

    @rule(which=WHICH, fails=st.integers(0, 4))
    def pay(self, which: int, fails: int) -> None:
        """They pay, or their card is refused; the news waits at the bank."""
        row = self.order(which)
        if row and row.payment_reference:
            status = PaymentStatus.FAILED if fails == 0 else PaymentStatus.PAID
            self.bank.decide(row.payment_reference, status)

    @rule(which=st.integers(0, 99))
    def news(self, which: int) -> None:
        """Any news of the bank arrives: late, again, before older news."""
        if self.bank.events:
            event = self.bank.events[which % len(self.bank.events)]
            actions.take_event(event=event, by=SYSTEM, at=self.at)

    @rule(which=WHICH)
    def ask(self, which: int) -> None:
        """The store asks the bank."""
        if row := self.order(which):
            provider.ask(row.pk, by=SYSTEM, at=self.at)

    @rule(which=WHICH)
    def give_up(self, which: int) -> None:
        """They let the number go."""
        if row := self.order(which):
            self.attempt(provider.give_up, order=self.orders[which % len(self.orders)], by=self.by(row))

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        """They change their mind."""
        if row := self.order(which):
            self.attempt(actions.cancel, order=self.orders[which % len(self.orders)], by=self.by(row))

    @rule(which=WHICH, wants_money=st.booleans())
    def answer(self, which: int, *, wants_money: bool) -> None:
        """Whoever paid too late answers."""
        row = self.order(which)
        if row is None or row.number is None:
            return
        name, by = self.orders[which % len(self.orders)], self.by(row)
        equals = equal_to(row.number)
        if wants_money or not equals:
            self.attempt(actions.take_money_back, order=name, by=by)
        else:
            self.attempt(actions.choose_equal, order=name, number=equals[0].public_id, by=by)

    @rule(which=WHICH)
    def send_the_refund(self, which: int) -> None:
        """The worker sends an owed refund, maybe again."""
        row = self.order(which)
        refund = Refund.objects.filter(order=row).first() if row else None
        if refund:
            provider.send_refund(refund.pk, by=SYSTEM, at=self.at)

    @rule(which=WHICH)
    def charge_back(self, which: int) -> None:
        """Their bank takes the money back."""
        row = self.order(which)
        if row and row.payment_reference:
            self.bank.take_back(row.payment_reference)

    @rule(which=WHICH, again=st.booleans())
    def suspend(self, which: int, *, again: bool) -> None:
        """The number is suspended, or works again."""
        row = self.order(which)
        if row and row.number and row.state == "active":
            act = numbers.resume if again else numbers.suspend
            self.attempt(act, number=row.number, reason="test", by=SYSTEM)

    @rule(minutes=st.sampled_from([1, 4, 9, 11]))
    def wait(self, minutes: int) -> None:
        """Time goes by."""
        self.at += timedelta(minutes=minutes)

    @rule()
    def kill(self) -> None:
        """Everything in memory is gone; the sweeps find what was lost."""
        keyring.forget()
        self.sweeps()

    @rule(works=st.booleans())
    def a_month_goes_by(self, *, works: bool) -> None:
        """Renewals fall due, and the cards work or do not."""
        self.bank.works = works
        for days in (31, 1, 2):
            self.at += timedelta(days=days)
            self.sweeps()

    def sweeps(self) -> None:
        """What runs every minute."""
        sweep(by=SYSTEM, at=self.at)
        numbers.end_holds(by=SYSTEM, at=self.at)

    @invariant()
    def a_number_never_has_two_holders(self) -> None:
        """A number in use belongs to one order, and to its customer."""
        used = Number.objects.filter(state__in=(NumberState.IN_SERVICE, NumberState.SUSPENDED))
        holders = {row.pk: row.holder for row in used}
        sold = list(Order.objects.filter(state__in=("paid", "active")))
        assert len({row.number for row in sold}) == len(sold)
        assert holders == {row.number: row.subject for row in sold}

    @invariant()
    def money_goes_back_once(self) -> None:
        """Nothing is paid back twice, nor in part."""
        for account in self.bank.open_accounts.values():
            assert account.back in ([], [account.amount])
        assert Refund.objects.count() == Refund.objects.values("order").distinct().count()

    @invariant()
    def money_in_is_orders_and_refunds(self) -> None:
        """Each payment is a sale, a choice, a refund, or news that has not been heard."""
        self.all_money_is_accounted_for(UNHEARD)

    def all_money_is_accounted_for(self, unheard: set[str]) -> None:
        """Compare the bank's books with ours."""
        ours = {row.payment_reference: row for row in Order.objects.filter(payment_reference__isnull=False)}
        renewals = {row.reference: row for row in RenewalPayment.objects.filter(reference__isnull=False)}
        for reference, account in self.bank.open_accounts.items():
            if account.status is not PaymentStatus.PAID or reference in renewals:
                continue
            row = ours[reference]
            refund = Refund.objects.filter(order=row).first()
            if row.state in GONE_BACK:
                assert refund is not None
                assert refund.minor == account.amount.minor
                assert (row.state == "refunded") == (refund.state == "done")
                assert row.state != "refunded" or account.back == [account.amount]
            else:
                assert row.state in SOLD | {"choosing"} | unheard, row.state
                assert refund is None
                assert account.back == []


@pytest.mark.django_db(databases=["default", "keys"])
@pytest.mark.timeout(3600)
@pytest.mark.promise("6.2")
def test_numbers_and_money_stay_accounted_for(settings_of_tests: None) -> None:
    began: datetime = now()
    World.people = [a_customer() for _ in range(3)]
    take_in_stock("+442079460000,+442079460003,49,0,NOK,voice", at=began)
    World.stock = list(Number.objects.order_by("e164").values_list("pk", flat=True))
    run_state_machine_as_test(
        Sales,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=EXAMPLES < 100,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def settings_of_tests(settings: Settings) -> None:
    settings.PAYMENTS_ADAPTER = "tests.shop.bank.Bank"
