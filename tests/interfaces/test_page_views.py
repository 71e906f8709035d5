"""How often pages are opened is counted without a cookie, and without anything of whoever opens them (3.2)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ringfence.interfaces import clock, page_views
from ringfence.interfaces.page_views import Tally
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.page_views import actions, queries
from ringfence.privacy.page_views.models import PageView
from ringfence.privacy.statistics import counting, register
from ringfence.privacy.statistics.rules import Level, Unit, period_of
from tests.accounts.builders import customer, staff_member

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("3.2")]
BROWSER = {
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
SYSTEM = Actor.system("tests")
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    """A tally of this test's own."""
    monkeypatch.setattr(page_views, "tally", made := Tally())
    return made


def counted() -> dict[str, int]:
    """What stands in the table after all that was counted is written."""
    page_views.tally.write()
    return dict(PageView.objects.values_list("page", "views"))


def opens(path: str, client: Client | None = None, **other: str) -> None:
    """Somebody opens a page in a browser."""
    (client or Client()).get(
        path, headers={**BROWSER, **{name.replace("_", "-"): value for name, value in other.items()}}
    )


def test_a_page_is_counted_by_its_name_and_nothing_that_stands_in_its_address() -> None:
    for path in (
        "/en/help/",
        "/en/help/?from=person@example.com",
        "/nb/",
        "/nb/?digits=4471",
        "/en/promises/3.2/",
    ):
        opens(path)
    assert counted() == {"/en/help/": 2, "/nb/": 2, "/en/promises/-/": 1}
    assert set(counted()) <= set(page_views.names())


def test_counting_sets_no_cookie_and_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = Client()
    client.get("/en/prices/")
    with django_assert_num_queries(0):
        page_views.tally.add(TODAY, "/en/prices/")
        page_views.tally.write_when_due()
    opens("/en/help/", client)
    assert client.cookies == {}
    assert {field.name for field in PageView._meta.get_fields()} == {"id", "day", "page", "views"}


@pytest.mark.parametrize(
    "other",
    [
        {"user_agent": "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example.com)"},
        {"user_agent": ""},
        {"user_agent": "curl/8.1"},
        {"sec_fetch_mode": "cors", "sec_fetch_dest": "empty"},
        {"sec_fetch_dest": "iframe"},
        {"sec_purpose": "prefetch;prerender"},
        {"sec_gpc": "1"},
    ],
)
def test_robots_what_is_loaded_ahead_and_the_signal_are_left_out(other: dict[str, str]) -> None:
    opens("/en/help/", **other)
    assert counted() == {}


def test_a_request_that_says_nothing_of_itself_is_left_out() -> None:
    Client().get("/en/help/")
    Client().head("/en/help/", headers=BROWSER)
    Client().post("/en/contact/", {}, headers=BROWSER)
    assert counted() == {}


def test_whoever_is_signed_in_is_left_out(client: Client) -> None:
    staff_member(client, Role.SUPPORT)
    opens("/en/help/", client)
    other = Client()
    customer(other)
    opens("/en/help/", other)
    assert counted() == {}


@pytest.mark.parametrize(
    "path", ["/en/numbers/num_nothing/", "/en/nothing/", "/en/login/", "/en/receipts/", "/", "/healthz"]
)
def test_a_page_that_is_not_there_or_not_for_everybody_is_left_out(path: str) -> None:
    opens(path)
    assert counted() == {}


@pytest.mark.parametrize(
    "page", ["/en/numbers/num_1/", "/en/?q=a", "/en/help/4471/", "/en/Help/", "/de/", "/en/help", "/en/\n"]
)
def test_the_database_refuses_a_page_with_anything_typed_in_its_name(page: str) -> None:
    with pytest.raises(IntegrityError):
        actions.add(views={(TODAY, page): 1}, by=SYSTEM, at=clock.now())


def test_every_page_that_is_counted_has_a_name_the_database_takes() -> None:
    assert len(page_views.names()) == 2 * len(page_views.COUNTED)
    actions.add(views={(TODAY, page): 1 for page in page_views.names()}, by=SYSTEM, at=clock.now())
    assert len(counted()) == len(page_views.names())


def test_it_is_written_in_one_statement_when_twenty_seconds_are_over(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = [0.0]
    monkeypatch.setattr(page_views, "tally", Tally(lambda: now[0]))
    for path in ("/en/help/", "/nb/help/", "/en/help/"):
        opens(path)
    assert not PageView.objects.exists()
    now[0] = 21.0
    with django_assert_num_queries(3):  # a savepoint, the statement, and the savepoint's end
        page_views.tally.write_when_due()
    assert counted() == {"/en/help/": 2, "/nb/help/": 1}


def test_a_database_that_does_not_answer_gets_it_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_said: object) -> None:
        raise OperationalError

    opens("/en/help/")
    with monkeypatch.context() as broken:
        broken.setattr(actions, "add", fails)
        page_views.tally.write()
    opens("/en/help/")
    assert counted() == {"/en/help/": 2}


def test_many_threads_lose_nothing(tally: Tally) -> None:
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda _number: tally.add(TODAY, "/en/"), range(4000)))
    assert counted() == {"/en/": 4000}


def test_it_leaves_no_line_in_the_ledger() -> None:
    def lines() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM privacy_pendingline")
            return int(cursor.fetchone()[0])

    before = lines()
    opens("/en/help/")
    assert counted() == {"/en/help/": 1}
    assert lines() == before


def test_what_is_old_is_forgotten_and_weeks_are_summed() -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    days = {date(2026, 11, 16): 3, date(2026, 11, 22): 4, date(2026, 11, 24): 5, date(2025, 6, 1): 6}
    actions.add(views={(day, "/en/help/"): views for day, views in days.items()}, by=SYSTEM, at=at)
    weeks = queries.by_week(at, 2)
    assert weeks.begins == (date(2026, 11, 9), date(2026, 11, 16))
    assert (weeks.pages, weeks.sums) == ({"/en/help/": (0, 7)}, (0, 7))
    assert queries.overdue(at) == 1
    assert actions.forget(by=SYSTEM, at=at) == 1
    assert (queries.overdue(at), actions.forget(by=SYSTEM, at=at)) == (0, 0)
    assert queries.by_week(at - timedelta(days=3000), 2).sums == (0, 0)


def test_staff_read_the_sums_of_weeks_that_are_over(client: Client) -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    days = {
        (date(2026, 11, 18), "/en/help/"): 1200,
        (date(2026, 11, 18), "/nb/"): 3,
        (at.date(), "/nb/"): 777,
    }
    actions.add(views=days, by=SYSTEM, at=at)
    staff_member(client, Role.OPERATIONS)
    with clock.standing_at(at):
        found = client.get("/en/staff/page-views/").content.decode()
    assert re.findall(r'<th scope="row"[^>]*>(/[^<]*)</th>', found) == ["/en/help/", "/nb/"]
    assert "1,200" in found
    assert "1,203" in found
    assert "777" not in found
    assert "Week 47" in found


def test_they_are_counted_for_a_release_as_what_is_nobodys() -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    in_it = {
        (date(2026, 10, 1), "/en/help/"): 40,
        (date(2026, 12, 31), "/en/help/"): 2,
        (date(2026, 11, 3), "/nb/"): 5,
    }
    around = {
        (date(2026, 9, 30), "/en/help/"): 1000,
        (date(2027, 1, 1), "/en/help/"): 1000,
        (date(2026, 11, 3), "/en/gone/"): 7,
    }
    actions.add(views={**in_it, **around}, by=SYSTEM, at=at)
    pages = register.source("pages")
    assert pages is not None
    assert pages.unit is Unit.VIEW
    quarter = period_of(Level.QUARTER, at.date())
    found = counting.count(pages, quarter, quarter.first)
    figures = dict(zip((*found.cells, "total"), found.amounts, strict=True))
    assert {name: amount for name, amount in figures.items() if amount} == {
        "/en/help/": 42,
        "/nb/": 5,
        register.OTHER: 7,
        "total": 54,
    }
    assert set(page_views.names()) < set(found.cells), "the list is the same whatever was opened"
