"""Invoices in the account and the books in the console, as people see them."""

import csv
from datetime import timedelta

import pytest
from django.test import Client

from ringfence.interfaces import clock
from ringfence.kernel.actor import Role
from tests.accounts import builders
from tests.interfaces.test_storefront import text_of
from tests.shop.conftest import Purchase, now, stocked  # noqa: F401 - fixtures
from tests.shop.test_books import bought, paid_by_news

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def buyer(client: Client, number: str) -> None:
    """Sign a customer in and buy a number."""
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    paid_by_news(Purchase(subject, number).check_out())


def test_a_customer_reads_and_downloads_their_own_and_nobody_elses(
    client: Client,
    stocked: list[str],  # noqa: F811
) -> None:
    bought(stocked[0])
    buyer(client, stocked[1])
    listed = text_of(client.get("/en/account/invoices/"))
    assert "Invoice 2" in listed
    assert "Invoice 1" not in listed
    assert "Next payment" in listed
    page = text_of(client.get("/nb/account/invoices/2/"))
    for word in (
        "Faktura 2",
        "Selger",
        "Kjøper",
        "Customer One",
        "Uten mva.",
        "49,00 NOK",
        "Mva., 25 %",
        "12,25 NOK",
    ):
        assert word in page, word
    answer = client.get("/en/account/invoices/2/pdf/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="invoice-2.pdf"'
    assert answer.content.startswith(b"%PDF-")
    for path in ("", "pdf/"):
        assert client.get(f"/en/account/invoices/1/{path}").status_code == 404


def test_an_account_without_invoices_says_so(client: Client) -> None:
    builders.customer(client)
    assert "No invoices yet" in text_of(client.get("/en/account/invoices/"))


def test_the_books_are_found_summed_and_taken_out(client: Client, stocked: list[str]) -> None:  # noqa: F811
    builders.staff_member(client, Role.OPERATIONS)
    assert "Nothing has been sold yet" in text_of(client.get("/en/staff/books/"))
    bought(stocked[0])
    bought(stocked[1], country="DE", time_zone="Europe/Berlin")
    page = text_of(client.get("/en/staff/books/"))
    assert "Invoices lack your organisation number." in page
    assert "Buyer’s country, 19 %" in page
    assert "61.25 NOK" in page
    assert "Customer One" not in page
    assert "61.25 NOK" not in text_of(client.get("/en/staff/books/?number=2"))
    assert "No entry fits" in text_of(client.get("/en/staff/books/?kind=credit"))
    assert "No entry fits" in text_of(client.get("/en/staff/books/?since=2001-01-01&until=2001-12-31"))
    day = now().date()
    assert f'value="{day.year}-01-01"' in client.get("/en/staff/books/").content.decode()
    with clock.standing_at(now() + timedelta(days=400)):
        assert "No entry fits" in text_of(client.get("/en/staff/books/"))
    period = {
        "since": day.replace(day=1).isoformat(),
        "until": now().date().replace(year=day.year + 1, day=1),
    }
    answer = client.post("/en/staff/books/export/", period)
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert [row["number"] for row in rows] == ["1", "2", "", ""]
    assert {row["kind"] for row in rows} == {"sale", "total"}
    assert sum(float(row["gross"]) for row in rows[:2]) == sum(float(row["gross"]) for row in rows[2:])
    assert client.post("/en/staff/books/export/", {}).status_code == 302


def test_a_missing_number_is_shown(client: Client, stocked: list[str]) -> None:  # noqa: F811
    from django.db import connection

    builders.staff_member(client, Role.OPERATIONS)
    for number in stocked[:3]:
        bought(number)
    assert "missing from the series" not in text_of(client.get("/en/staff/books/"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_bookentry WHERE serial = 2")
    assert "Numbers are missing from the series: 2" in text_of(client.get("/en/staff/books/"))


def test_the_list_asks_the_database_as_often_for_three_as_for_one(client: Client, stocked: list[str]) -> None:  # noqa: F811
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/en/account/invoices/").status_code == 200
        return len(counted)

    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    paid_by_news(Purchase(subject, stocked[0]).check_out())
    asked()
    with_one = asked()
    for number in stocked[1:3]:
        paid_by_news(Purchase(subject, number).check_out())
    assert asked() == with_one
