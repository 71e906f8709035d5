"""Invoices and credit notes: what they say, and a series without a gap, whatever happens."""

import threading
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from django.db import connection, connections

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, invoices
from ringfence.shop.actions.books import book_period
from ringfence.shop.models import BookEntry, Order, Subscription
from ringfence.shop.ports import EventKind, PaymentEvent
from ringfence.shop.rules import Price, Term, price
from ringfence.shop.vat_rules import VatRule
from tests.shop.conftest import SYSTEM, Purchase, a_customer, now, stocked  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def paid_by_news(purchase: Purchase) -> None:
    """Let the provider's news say that an order is paid."""
    view = purchase.view
    assert view.price is not None
    event = PaymentEvent(
        f"evt {purchase.order}",
        EventKind.PAID,
        f"pay {purchase.order}",
        purchase.order,
        view.price.gross,
        now(),
    )
    actions.take_event(event=event, by=Actor.carrier("payments"), at=now())


def bought(number: str, term: Term = Term.MONTH, **profile: object) -> Purchase:
    """Buy a number."""
    purchase = Purchase(a_customer(**profile), number).check_out(term)
    paid_by_news(purchase)
    return purchase


def the_invoice(purchase: Purchase) -> invoices.Invoice:
    """Return the only invoice of a buyer."""
    [found] = invoices.invoices_of(purchase.subject)
    return found


class Broken(Exception):
    """What a test breaks a transaction with."""


@action("test.book_and_break")
def book_and_break(*, order: UUID, offset: int, breaks: bool, by: Actor, at: object) -> None:
    """Book a further period of an order and, perhaps, fail after it."""
    subscription = Subscription.objects.get(order_id=order)
    start = subscription.renews_at + timedelta(days=31 * offset)
    cost = price(Money(4900, "NOK"), subscription.order.vat_rate or 0)  # type: ignore[arg-type]
    book_period(subscription, cost, start, start + timedelta(days=31), now())
    if breaks:
        raise Broken


def test_a_sale_makes_an_invoice_that_says_everything(stocked: list[str]) -> None:  # noqa: F811
    purchase = bought(stocked[0], Term.YEAR)
    found = the_invoice(purchase)
    assert found.entry.number == 1
    assert found.buyer_name == "Customer One"
    assert found.what == "+442079460000"
    assert (found.term, found.number_country, found.number_type) == (Term.YEAR, "GB", "geographic")
    assert found.entry.price == Price(
        Money(52920, "NOK"), found.entry.price.vat_rate, Money(13230, "NOK"), Money(66150, "NOK")
    )
    assert found.entry.rule is VatRule.SELLERS_COUNTRY
    assert (found.period_to - found.period_from).days in {365, 366}
    assert found.seller["name"] == "Example Numbers"


def test_a_refund_makes_a_credit_note_that_names_its_invoice(stocked: list[str]) -> None:  # noqa: F811
    purchase = bought(stocked[40])
    actions.cancel(order=purchase.order, by=purchase.by, at=now())
    row = Order.objects.get()
    assert row.refund is not None
    from ringfence.shop.ports import RefundStatus

    done = {"status": RefundStatus.SUCCEEDED, "reference": "r", "by": SYSTEM, "at": now()}
    for _ in range(2):
        actions.note_refund(refund=row.refund.pk, attempt=1, **done)  # type: ignore[arg-type]
    credit, sale = invoices.invoices_of(purchase.subject)
    assert (credit.entry.number, credit.entry.credits) == (2, sale.entry.number)
    assert credit.entry.price == sale.entry.price
    assert (credit.period, credit.setup) == (sale.period, sale.setup)
    assert sale.setup == Money(2000, "NOK")
    [total] = invoices.sums(invoices.Selection())
    assert (total.gross.minor, total.vat.minor, total.count) == (0, 0, 2)


def test_a_business_abroad_gets_an_invoice_without_tax(stocked: list[str]) -> None:  # noqa: F811
    from ringfence.accounts.actions import set_profile

    subject = a_customer(country="DE", consumer=False, time_zone="Europe/Berlin")
    by = Actor.customer(subject)
    facts = {"company": "A firm", "vat_number": "DE136695976", "address": "A street 1\n10115 Berlin"}
    set_profile(person=subject, by=by, at=now(), **facts)  # type: ignore[arg-type]
    purchase = Purchase(subject, stocked[0]).check_out()
    paid_by_news(purchase)
    found = the_invoice(purchase)
    assert found.entry.rule is VatRule.REVERSE_CHARGE
    assert found.entry.price.vat.is_zero
    assert (found.buyer_name, found.buyer_vat_number) == ("A firm", "DE136695976")
    assert found.buyer_address.endswith("10115 Berlin")


@pytest.mark.promise("2.9")
def test_a_business_that_is_forgotten_leaves_its_invoice_and_nothing_in_the_order(stocked: list[str]) -> None:  # noqa: F811
    from ringfence.accounts.actions import set_profile
    from ringfence.privacy.inventory import RetentionClass
    from ringfence.privacy.keys import actions as keys
    from ringfence.privacy.keys import keyring
    from ringfence.shop import personal_data

    subject = a_customer(country="DE", consumer=False, time_zone="Europe/Berlin")
    facts = {"company": "A firm", "vat_number": "DE136695976", "address": "A street 1"}
    set_profile(person=subject, by=SYSTEM, at=now(), **facts)  # type: ignore[arg-type]
    purchase = Purchase(subject, stocked[0]).check_out()
    paid_by_news(purchase)
    personal_data.stop(subject=subject, by=SYSTEM, at=now())
    keys.destroy(subject=subject, classes=[RetentionClass.ACCOUNT], by=SYSTEM, at=now())
    keyring.forget()
    personal_data.forget(subject=subject, by=SYSTEM, at=now())
    row = Order.objects.get()
    assert (row.subject, row.vat_number, row.buyer_country) == (None, None, "")
    kept = the_invoice(purchase)
    assert (kept.buyer_name, kept.buyer_address, kept.buyer_vat_number) == (
        "A firm",
        "A street 1",
        "DE136695976",
    )


def test_the_series_has_no_gap_when_many_book_at_once_and_some_break(stocked: list[str]) -> None:  # noqa: F811
    orders = [bought(number).view.id for number in stocked[:4]]
    start = threading.Barrier(8)

    def book(worker: int) -> None:
        start.wait()
        try:
            for turn in range(6):
                with suppress(Broken):
                    book_and_break(
                        order=orders[worker % 4],
                        offset=worker * 10 + turn,
                        breaks=(worker + turn) % 3 == 0,
                        by=SYSTEM,
                        at=now(),
                    )
        finally:
            for alias in ("default", "keys"):
                connections[alias].close()

    threads = [threading.Thread(target=book, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    series = list(BookEntry.objects.order_by("serial").values_list("serial", flat=True))
    assert series == list(range(1, len(series) + 1))
    assert len(series) == 4 + 32
    assert invoices.gaps() == []


def test_a_period_is_invoiced_once(stocked: list[str]) -> None:  # noqa: F811
    order = bought(stocked[0]).view.id
    for _ in range(2):
        book_and_break(order=order, offset=0, breaks=False, by=SYSTEM, at=now())
    assert BookEntry.objects.count() == 2


def test_an_entry_that_was_taken_out_is_found(stocked: list[str]) -> None:  # noqa: F811
    for number in stocked[:4]:
        bought(number)
    assert invoices.gaps() == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_bookentry WHERE serial IN (2, 3)")
    assert invoices.gaps() == [(2, 3)]
    fourth = BookEntry.objects.get(serial=4).booked_at
    assert invoices.gaps(invoices.Selection(since=fourth)) == [(2, 3)], "what is missing at its edge too"
    assert invoices.gaps(invoices.Selection(since=now(), kind="credit")) == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_bookentry WHERE serial = 4")
    assert invoices.gaps() == [(2, 4)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_bookentry WHERE serial = 1")
    assert invoices.gaps() == [(1, 4)]


def test_the_export_holds_a_period_its_sums_and_nobody(stocked: list[str]) -> None:  # noqa: F811
    bought(stocked[0])
    bought(stocked[1], country="DE", time_zone="Europe/Berlin")
    by = Actor.staff(a_customer(), frozenset({Role.OPERATIONS}))
    at = now()
    found, sums = actions.export_books(
        since=at - timedelta(days=1), until=at + timedelta(days=1), by=by, at=at
    )
    assert [one.number for one in found] == [1, 2]
    assert {(one.rule, str(one.rate)) for one in sums} == {
        (VatRule.SELLERS_COUNTRY, "25.00"),
        (VatRule.BUYERS_COUNTRY, "19.00"),
    }
    assert "Customer One" not in repr(found)
    empty, nothing = actions.export_books(
        since=at + timedelta(days=1), until=at + timedelta(days=2), by=by, at=at
    )
    assert not empty
    assert not nothing
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM privacy_ledgerline WHERE action = 'books.export'")
        assert cursor.fetchone() == (2,)
    with pytest.raises(Refusal):
        actions.export_books(since=at, until=at + timedelta(days=1), by=Actor.stranger(), at=at)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_pdf_is_the_same_each_time_and_says_what_the_law_asks(stocked: list[str], language: str) -> None:  # noqa: F811
    from django.utils import translation

    from ringfence.interfaces.invoice_pdf import pdf
    from ringfence.interfaces.invoice_words import document

    purchase = bought(stocked[0], name="Ærlig Ødegård Ελένη Жанна")
    BookEntry.objects.all()
    found = the_invoice(purchase)
    first = pdf(found)
    assert first == pdf(found)
    assert first.startswith(b"%PDF-")
    assert len(BytesIO(first).read()) > 5000
    with translation.override(language):
        said = document(found)
    words = " ".join([said.title, *(f"{a} {b}" for a, b in said.facts), *(line.text for line in said.totals)])
    expected = (
        ("Faktura 1", "Forfallsdato", "Levert", "Mva., 25 %")
        if language == "nb"
        else ("Invoice 1", "Due date", "Delivered", "VAT, 25 %")
    )
    assert all(word in words for word in expected), words
    assert "Ærlig Ødegård Ελένη Жанна" in said.buyer
