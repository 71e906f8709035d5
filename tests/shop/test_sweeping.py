"""The sweep and the books, when single rows or single pieces of news are not as they should be."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from ringfence.shop import actions, provider
from ringfence.shop.models import BookEntry, Order, Refund
from ringfence.shop.ports import EventKind, PaymentEvent, PaymentsRefused, PaymentStatus, PaymentUnknown
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.sweeping import _each as each
from tests.shop.conftest import SYSTEM, Purchase, a_customer, kroner, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def bought(subject: UUID, number: str) -> Purchase:
    """Return an order in service, without a provider."""
    purchase = Purchase(subject, number).check_out()
    price = purchase.view.price
    assert price is not None
    actions.note_payment_page(
        order=purchase.view.id, reference=f"pay_{uuid4().hex}", by=purchase.by, at=purchase.at
    )
    actions.settle(order=purchase.view.id, status=PaymentStatus.PAID, amount=price.gross, by=SYSTEM, at=now())
    assert purchase.is_state("active")
    return purchase


def test_a_charge_back_is_credited_once_in_the_books(stocked: list[str], customer: UUID) -> None:
    purchase = bought(customer, stocked[0])
    for _again in range(2):
        actions.settle(
            order=purchase.view.id,
            status=PaymentStatus.CHARGED_BACK,
            amount=kroner("61.25"),
            by=SYSTEM,
            at=now(),
        )
    entries = list(BookEntry.objects.order_by("serial"))
    assert [entry.kind for entry in entries] == ["sale", "credit"]
    assert entries[0].gross_minor == entries[1].gross_minor == 6125
    assert entries[0].vat_minor == entries[1].vat_minor


def test_a_refund_of_another_amount_does_not_settle_what_is_owed(stocked: list[str], customer: UUID) -> None:
    purchase = bought(customer, stocked[0])
    actions.cancel(order=purchase.order, by=purchase.by, at=now())
    reference = Order.objects.get().payment_reference
    for amount, state in (("10", RefundStep.OWED), ("61.25", RefundStep.DONE)):
        event = PaymentEvent(
            f"evt_{amount}",
            EventKind.REFUND_SUCCEEDED,
            str(reference),
            purchase.order,
            kroner(amount),
            now(),
        )
        actions.take_event(event=event, by=SYSTEM, at=now())
        assert Refund.objects.get().state == state


class Balking:
    """A provider that refuses everything it is asked."""

    def __getattr__(self, _name: str) -> object:
        def refuse(*_given: object, **_named: object) -> None:
            raise PaymentsRefused("api_key_expired")

        return refuse


def test_a_provider_that_refuses_holds_up_no_sweep(
    stocked: list[str], customer: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "payments", Balking)
    waiting = [Purchase(customer, number).check_out() for number in stocked[:2]]
    for purchase in waiting:
        actions.note_payment_page(
            order=purchase.view.id, reference=f"pay_{uuid4().hex}", by=purchase.by, at=purchase.at
        )
    undone = bought(customer, stocked[2])
    actions.cancel(order=undone.order, by=undone.by, at=now())
    later = now() + timedelta(minutes=11)
    undone.sweep(later)
    assert Order.objects.filter(asked_at=later).count() == 2
    refund = Refund.objects.get()
    assert (refund.state, refund.trouble, refund.tried_at) == ("owed", "api_key_expired", later)


def test_a_refund_nobody_knows_is_noted_and_asked_about_again(
    stocked: list[str], customer: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(Balking):
        def look_up_refund(self, _reference: str) -> None:
            raise PaymentUnknown

    undone = bought(customer, stocked[0])
    actions.cancel(order=undone.order, by=undone.by, at=now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_refund SET state = 'sent', reference = 'ref_1'")
    for asked in (Balking, Forgetful):
        monkeypatch.setattr(provider, "payments", asked)
        provider.ask_refund(Refund.objects.get().pk, by=SYSTEM, at=now())
        refund = Refund.objects.get()
        assert refund.state == RefundStep.SENT
        assert refund.trouble


def test_one_broken_row_holds_up_no_other(stocked: list[str]) -> None:
    orders = [Purchase(a_customer(), number) for number in stocked[:3]]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_order SET state = 'awaiting_payment', e164 = '\\x00'::bytea, vat_rate = 0,"
            " net_minor = 0, vat_minor = 0, gross_minor = 0, payment_reference = 'pay_broken' WHERE id = %s",
            [orders[0].view.id],
        )
        cursor.execute(
            "UPDATE shop_order SET held_until = held_until + interval '1 second' WHERE id <> %s",
            [orders[0].view.id],
        )
    orders[0].sweep(now() + timedelta(minutes=11))
    assert [purchase.view.state for purchase in orders[1:]] == ["lapsed", "lapsed"]


def test_a_row_that_the_database_refuses_holds_up_no_other_and_a_lost_connection_ends_the_sweep() -> None:
    rows, seen = [uuid4() for _ in range(3)], []

    def look(key: UUID) -> None:
        seen.append(key)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [0 if key == rows[0] else 1])

    assert each(rows, look, "look") == 3
    assert seen == rows

    def lose(_key: UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        each(rows, lose, "lose")
    connection.close()
