"""The catalogue's page: the address bar holds the search, the counts are true, and there is always a way on."""

import re
from collections.abc import Iterator
from html import unescape

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from ringfence.interfaces.storefront import kept
from ringfence.interfaces.storefront.marking import marked
from ringfence.telephony.keypad import search_pattern
from tests.accounts import builders
from tests.world import a_price, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
LONDON, MANCHESTER = (
    "+442079460000,+442079460039,49,0,NOK,voice",
    "+441614960000,+441614960019,49,0,NOK,voice sms",
)
OSLO, NEW_YORK = "+4721000000,+4721000009,39,0,NOK,voice", "+12025550100,+12025550119,59,20,NOK,voice"


@pytest.fixture(autouse=True)
def stock() -> None:
    take_in_stock(LONDON, MANCHESTER, OSLO, NEW_YORK)


def page_of(client: Client, **asked: object) -> str:
    answer = client.get("/en/", {name: value for name, value in asked.items() if value})
    assert answer.status_code == 200
    return unescape(answer.content.decode()).replace("\xa0", " ")


def numbers_in(page: str) -> list[str]:
    return [
        re.sub("<[^>]+>", "", one) for one in re.findall(r'<span class="number">(.*?)</span></div>', page)
    ]


def status_of(page: str) -> str:
    found = re.search(r'role="status"\s+data-live>([^<]*)<', page)
    assert found
    return found[1].strip()


def options_of(page: str, field: str) -> dict[str, str]:
    listed = re.search(rf'<select id="{field}".*?</select>', page, re.DOTALL)
    assert listed
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>\s*([^<]*?)\s*</option>', listed[0]))


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, "90 numbers"),
        ({"country": "GB"}, "60 numbers in United Kingdom"),
        ({"country": "GB", "area": "London"}, "40 numbers in London, United Kingdom"),
        ({"can": "sms"}, "20 numbers"),
        ({"price": "61.25"}, "70 numbers"),
        ({"digits": "0003"}, "3 numbers with 0003"),
        ({"digits": "0003", "where": "end"}, "3 numbers with 0003"),
        ({"digits": "2100", "where": "start", "country": "NO"}, "10 numbers in Norway with 2100"),
        ({"digits": "2100", "where": "end"}, ""),
        ({"digits": "BOOK", "country": "GB"}, ""),
        ({"type": "geographic", "ready": "1"}, "90 numbers"),
        (
            {"type": "nonsense", "ready": "no", "sort": "x", "price": "x", "can": "x", "where": "x"},
            "90 numbers",
        ),
    ],
)
def test_the_address_bar_holds_the_whole_search(client: Client, asked: dict[str, str], count: str) -> None:
    page = page_of(client, **asked)
    assert status_of(page) == count or (not count and "No number fits that search" in page)
    understood = {} if "nonsense" in asked.values() else asked
    for link in re.findall(r'href="(/en/numbers/[^"]+)"', page):
        assert all(f"{name}={value}" in link for name, value in understood.items())


def test_counts_stand_beside_each_choice(client: Client) -> None:
    page = page_of(client, digits="000")
    assert options_of(page, "country")["GB"] == "United Kingdom (20)"
    assert options_of(page, "country")["NO"] == "Norway (10)"
    assert re.search(r'<option value="US" disabled>United States \(0\)', page)
    page = page_of(client, country="GB")
    assert options_of(page, "area") == {
        "": "All areas",
        "London": "London (40)",
        "Manchester": "Manchester (20)",
    }
    assert "SMS (20)" in page
    assert options_of(page, "price")["61.25"] == "kr 61.25 or less (60)"


def test_what_is_found_is_ordered_as_asked(client: Client) -> None:
    assert numbers_in(page_of(client))[0] == "+47 21 00 00 00"
    assert numbers_in(page_of(client, sort="price-down"))[0] == "+1 202-555-0100"
    assert numbers_in(page_of(client, sort="digits"))[0] == "+1 202-555-0100"
    assert numbers_in(page_of(client, sort="digits", country="GB"))[0] == "+44 161 496 0000"


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("777", "+47 21 98 <mark>77 7</mark>4"),
        ("21*", "+47 <mark>21</mark> 98 77 74"),
        ("*74", "+47 21 98 77 <mark>74</mark>"),
        ("+47 21", "+<mark>47 21</mark> 98 77 74"),
        ("9?7", "+47 21 <mark>98 7</mark>7 74"),
        ("47", "+47 21 98 77 74"),
    ],
)
def test_what_was_looked_for_is_marked_in_the_spaced_number(digits: str, text: str) -> None:
    assert marked("+4721987774", search_pattern(digits)) == f'<span class="number">{text}</span>'


def test_an_empty_result_leads_on(client: Client) -> None:
    page = page_of(client, country="GB", area="London", can="sms", digits="60")
    ways = dict(re.findall(r'<a class="button quiet"\s+href="([^"]*)">(.*?)<span', page))
    assert len(ways) >= 2
    for address in ways:
        assert numbers_in(unescape(client.get(address).content.decode()))


def test_prices_are_in_the_currency_that_is_chosen(client: Client) -> None:
    a_price("GB", "geographic", "5", currency="EUR")
    page = page_of(client, currency="EUR")
    assert status_of(page) == "60 numbers"
    assert "€6.25" in page
    assert options_of(page, "currency") == {"NOK": "NOK", "EUR": "EUR"}


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_search_that_takes_too_long_is_refused_with_a_sentence(client: Client) -> None:
    """Somebody else holds the whole table, so that nothing can be read from it."""
    options = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: options[name] for name in names if options.get(name)}) as other:
        other.execute("LOCK TABLE telephony_number IN ACCESS EXCLUSIVE MODE")
        answer = client.get("/en/", {"country": "GB", "digits": "00"})
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "That search takes too long. Write more digits in a row, or choose a country." in page
    assert options_of(page, "country")["GB"] == "United Kingdom (60)"
    assert status_of(page_of(client, country="GB", digits="00")) == "60 numbers in United Kingdom with 00"


def test_the_page_asks_the_database_as_often_for_three_numbers_as_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, three = {"digits": "*460039"}, {"digits": "0003"}
    assert len(numbers_in(page_of(client, **one))) == 1
    assert len(numbers_in(page_of(client, **three))) == 3
    for asked in (one, three):
        with django_assert_num_queries(6):
            page_of(client, **asked)


@pytest.fixture
def kept_pages(settings: Settings) -> Iterator[None]:
    """The catalogue as a running store has it: kept for a moment."""
    settings.CATALOGUE_SECONDS = 60
    yield
    kept.forget()


@pytest.mark.usefixtures("kept_pages")
def test_what_many_strangers_ask_is_answered_once_and_nobody_elses_page_is_kept(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    own = Client()
    builders.customer(own, name="Customer One", country="DE", consumer=True, time_zone="Europe/Berlin")
    assert "kr 58.31" in page_of(own, country="GB")
    assert "kr 61.25" in page_of(client, country="GB")
    with django_assert_num_queries(0):
        assert "kr 61.25" in page_of(Client(), country="GB")
    assert 'lang="nb"' in client.get("/nb/", {"country": "GB"}).content.decode()
    assert "My account" in page_of(own, country="GB")
    assert "kr 58.31" in page_of(own, country="GB")


def test_the_page_of_a_number_asks_the_database_a_few_times(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    link = re.findall(r'href="(/en/numbers/[^"]+)"', page_of(client, country="NO"))[0]
    with django_assert_num_queries(3):
        assert "No, you would be the first" in client.get(link).content.decode()


def test_the_cost_of_a_search_is_one_question_for_its_page_and_at_most_three_for_its_counts(
    client: Client,
) -> None:
    with CaptureQueriesContext(connection) as counted:
        page_of(client, country="GB", digits="0", can="voice", sort="digits")
    assert sum("SET LOCAL statement_timeout" in query["sql"] for query in counted) <= 4
