"""Released statistics on their pages: in public with charts and files, on the desk with the budget, for researchers."""

import csv
import io
import json
import re
import zipfile
from itertools import islice

import pytest
from django.test import Client

from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.statistics import queries, register
from ringfence.privacy.statistics.models import Export
from ringfence.privacy.statistics.standalone import ringfence_release as verifier
from tests.accounts.builders import staff_member
from tests.privacy.released import Only, only, people, quarters, release, source

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("3.1")]
__all__ = ("only",)


@pytest.fixture
def released(only: Only) -> None:
    """Have two releases of customers and of calls."""
    calls = register.amounts(quarter=400, month=150, week=50)
    only(
        source("active", people({"NO": 400, "SE": 90, "DK": 2}), title="Customers with a number"),
        source("calls", people({"NO": 900}, amount=300), title="Calls to customers' numbers", bounds=calls),
    )
    for period in islice(quarters(), 2):
        release(period)


def page(client: Client, path: str = "/en/statistics/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_before_the_first_release_the_page_says_when_it_comes(client: Client, only: Only) -> None:
    only()
    assert "Nothing has been released yet" in page(client)
    assert json.loads(client.get("/statistics/releases.json").content) == {"releases": []}


def test_the_page_shows_many_hides_few_and_has_each_chart_beside_its_table(
    client: Client, released: None
) -> None:
    shown = page(client)
    table = queries.releases()[0].manifest["tables"][0]
    assert f'<td class="amount">{table["cells"]["NO"]}</td>' in shown
    assert ">Norway</th>" in shown
    assert ">Denmark</th>" not in shown
    assert "Denmark, Iceland" in shown
    assert "2nd quarter 2026" in shown
    charts = re.findall(r"<svg viewBox.*?</svg>", shown)
    assert len(charts) == 4, "bars and columns of each table"
    for chart in charts:
        assert 'role="img" aria-labelledby="' in chart
        assert re.search(r"<title id=\"[\w-]+\">.+?</title>", chart)
        assert "style=" not in chart
    assert "5.88" in shown
    norwegian = page(client, "/nb/statistics/")
    assert "Kunder med et nummer" in norwegian
    assert "5,88" in norwegian
    assert "2. kvartal 2026" in norwegian


def test_an_earlier_release_keeps_its_page_and_its_files(client: Client, released: None) -> None:
    first = queries.releases()[-1]
    assert "There is a newer release." in page(client, f"/en/statistics/{first.id}/")
    answer = client.get(f"/statistics/releases/{first.id}.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert ["active", "DK", ":c"] in rows
    assert answer["Content-Disposition"] == 'attachment; filename="statistics-2026-01-01-2026-03-31.csv"'
    assert verifier.check_release(
        json.loads(client.get(f"/statistics/releases/{first.id}.json").content),
        verifier.read_key(client.get("/statistics/key").content.decode()),
    ) == {"customer": 130_000}
    assert b"check_all" in client.get("/statistics/verifier.py").content


def test_all_that_is_published_verifies(client: Client, released: None) -> None:
    releases = json.loads(client.get("/statistics/releases.json").content)["releases"]
    key = verifier.read_key(client.get("/statistics/key").content.decode())
    assert verifier.check_all(releases, key) == 2


def test_the_desk_shows_the_budget_and_no_figure_that_is_not_public(client: Client, released: None) -> None:
    staff_member(client, Role.PRIVACY)
    shown = page(client, "/en/staff/statistics/")
    assert "ε 4.05 of 5.88" in shown
    assert "July 2026" in shown, "enough would be seen in a month"
    assert "400" not in re.sub(r"<td[^>]*data-label=\"In one cell, at most\"[^>]*>400</td>", "", shown)


def test_what_is_handed_out_is_what_is_released_and_is_entered(client: Client, released: None) -> None:
    staff_member(client, Role.PRIVACY)
    asked = {"organisation": "University of Somewhere", "purpose": "Research", "first": 1, "last": 2}
    answer = client.post("/en/staff/statistics/", asked)
    entered = Export.objects.get()
    assert answer["Location"] == f"/en/staff/statistics/#{entered.public_id}", (
        "pressing again sends nothing again"
    )
    file = f"/en/staff/statistics/{entered.public_id}/"
    assert f'href="{file}"' in page(client, "/en/staff/statistics/")
    answer = client.get(file)
    assert answer["Content-Type"] == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    names = [
        "release-1.json",
        "release-1.csv",
        "release-2.json",
        "release-2.csv",
        "key.txt",
        "verifier.py",
        "README.txt",
    ]
    assert packed.namelist() == names
    found = [json.loads(packed.read(f"release-{number}.json")) for number in (1, 2)]
    assert found == [one.as_json() for one in reversed(queries.releases())]
    assert verifier.check_all(found, verifier.read_key(packed.read("key.txt").decode())) == 2
    assert (entered.organisation, entered.first, entered.last) == ("University of Somewhere", 1, 2)
    line = LedgerLine.objects.get(action="statistics.hand_over")
    assert line.facts == {"export": public_id("exp", entered.pk), "first": 1, "last": 2}
    assert "University of Somewhere" in page(client, "/en/staff/statistics/")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"last": 3}, "Choose releases that there are"),
        ({"first": 2, "last": 1}, "Choose releases that there are"),
        ({"organisation": ""}, "required"),
        ({"organisation": "4111 1111 1111 1111"}, "never take those"),
    ],
)
def test_nothing_else_can_be_handed_out(
    client: Client, released: None, changed: dict[str, object], said: str
) -> None:
    staff_member(client, Role.PRIVACY)
    asked = {"organisation": "University of Somewhere", "purpose": "Research", "first": 1, "last": 2}
    answer = client.post("/en/staff/statistics/", asked | changed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Export.objects.exists()


def test_staff_without_the_role_hand_out_nothing(client: Client, released: None) -> None:
    staff_member(client, Role.SUPPORT)
    assert client.get("/en/staff/statistics/").status_code == 403
    assert (
        client.post(
            "/en/staff/statistics/", {"organisation": "A", "purpose": "B", "first": 1, "last": 1}
        ).status_code
        == 403
    )
