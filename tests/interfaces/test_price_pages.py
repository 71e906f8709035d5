"""The console's price list: set, changed, taken away, read in and written out."""

from argparse import Namespace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ringfence.interfaces.commands import numbers, prices
from ringfence.kernel.actor import Role
from ringfence.kernel.money import Money
from ringfence.shop import queries
from ringfence.shop.price_rules import ListPrice
from tests.accounts import builders
from tests.interfaces.test_storefront import text_of
from tests.shop.conftest import now
from tests.world import a_price

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

NEW = {"country": "DK", "kind": "mobile", "currency_": "EUR", "monthly": "7,20", "setup": ""}


@pytest.fixture
def operations(client: Client) -> Client:
    """Somebody of operations, signed in."""
    builders.staff_member(client, Role.OPERATIONS)
    return client


def test_a_price_is_set_changed_and_taken_away_and_each_is_remembered(operations: Client) -> None:
    assert "There are no prices yet" in text_of(operations.get("/en/staff/prices/"))
    assert operations.post("/en/staff/prices/", NEW).status_code == 302
    assert queries.price_list("EUR") == (ListPrice("DK", "mobile", Money(720, "EUR"), Money(0, "EUR")),)
    one = "/en/staff/prices/DK/mobile/EUR/"
    assert operations.post(one, {"monthly": "8.00", "setup": "3"}).status_code == 302
    page = text_of(operations.get(one))
    assert "8.00 EUR each month, 3.00 EUR set-up" in page
    assert "7.20 EUR each month, 0.00 EUR set-up" in page
    assert "Our staff: Operations" in page
    assert operations.post(f"{one}remove/").status_code == 302
    assert queries.price_list("EUR") == ()
    assert operations.get(one).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"monthly": "abc"}, "Write an amount, such as 59.00"),
        ({"monthly": "-1"}, "Write an amount, such as 59.00"),
        ({"monthly": "1.999"}, "Write an amount, such as 59.00"),
        ({"monthly": "0"}, "A month costs more than nothing."),
        ({"setup": "x"}, "Write an amount, such as 59.00"),
        ({"country": "XX"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    operations: Client, wrong: dict[str, str], said: str
) -> None:
    page = operations.post("/en/staff/prices/", NEW | wrong)
    assert page.status_code == 200
    assert said in text_of(page)
    for value in (NEW | wrong).values():
        assert value == "XX" or f'value="{value}"' in page.content.decode()
    assert queries.price_list("EUR") == ()


def test_the_list_is_narrowed_and_says_so_when_nothing_fits(operations: Client) -> None:
    a_price("GB", "geographic", "49", at=now())
    a_price("SE", "mobile", "79", currency="EUR", at=now())
    page = text_of(operations.get("/en/staff/prices/?country=SE"))
    assert "79.00 EUR" in page
    assert "49.00 NOK" not in page
    assert "No price fits" in text_of(operations.get("/en/staff/prices/?country=SE&currency=NOK"))


def test_a_file_sets_all_or_nothing_and_comes_out_as_it_went_in(operations: Client) -> None:
    def send(text: str) -> str:
        file = SimpleUploadedFile("prices.csv", text.encode(), content_type="text/csv")
        return text_of(operations.post("/en/staff/prices/import/", {"file": file}, follow=True))

    bad = (
        "country;type;currency;monthly;setup\nDK;mobile;EUR;7,20;3,50\nXX;mobile;NOK;1;0\nDK;mobile;EUR;8;0\n"
    )
    said = send(bad)
    assert "Line 3: Write the country as two letters" in said
    assert "Line 4: This price stands in the file twice." in said
    assert queries.price_list("EUR") == ()
    assert "Line 1: The first line must name the columns" in send("land,pris\nDK,7\n")
    assert "1 price was changed." in send("country;type;currency;monthly;setup\nDK;mobile;EUR;7,20;3,50\n")
    written = operations.get("/en/staff/prices/export/")
    assert written.content.decode().splitlines() == [
        "country,type,currency,monthly,setup",
        "DK,mobile,EUR,7.20,3.50",
    ]
    assert "0 prices were changed." in send(written.content.decode())


def test_prices_are_for_operations_only(client: Client) -> None:
    builders.staff_member(client, Role.SUPPORT)
    assert client.get("/en/staff/prices/").status_code == 403
    assert client.post("/en/staff/prices/", NEW).status_code == 403


def test_the_command_reads_and_writes_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("country,type,currency,monthly,setup\nNO,mobile,NOK,59,0\nNO,mobile,SEK,59,0\n")
    assert prices.run(Namespace(verb="import", file=file, dry_run=False)) == 1
    assert "line 3: The currency is one of: NOK, EUR, USD." in capsys.readouterr().err
    file.write_text("country,type,currency,monthly,setup\nNO,mobile,NOK,59,0\n")
    assert prices.run(Namespace(verb="import", file=file, dry_run=True)) == 0
    assert queries.price_list("NOK") == ()
    assert prices.run(Namespace(verb="import", file=file, dry_run=False)) == 0
    assert "1 prices read; 1 of them are new" in capsys.readouterr().out
    assert prices.run(Namespace(verb="export")) == 0
    assert "NO,mobile,NOK,59.00,0.00" in capsys.readouterr().out


def test_numbers_that_have_no_price_yet_are_named_when_they_come_into_stock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("first,last,monthly\n+33199000000,+33199000009,49\n+4721000000,,49\n")
    a_price("NO", "geographic", "49")
    assert numbers.run(Namespace(verb="import", file=file, dry_run=False)) == 0
    said = capsys.readouterr().out
    assert "Not for sale until they have a price: FR geographic." in said
    a_price("FR", "geographic", "59")
    assert numbers.run(Namespace(verb="import", file=file, dry_run=False)) == 0
    assert "Not for sale" not in capsys.readouterr().out
