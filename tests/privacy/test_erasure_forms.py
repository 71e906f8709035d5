"""The search after a deletion finds a value however it is usually written, and takes no word for a name (2.9)."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from ringfence.privacy import register
from ringfence.privacy.erasure import search
from ringfence.privacy.erasure.needles import Needles
from ringfence.privacy.erasure.search import Wanted

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.9")]
ADDRESS, NUMBER, NAME, WORD = "planted@example.org", "+442079460123", "Planted Åsnes", "Plantedzebra"
FOUND = {
    "capital letters": (ADDRESS, "asked by PLANTED@Example.ORG today"),
    "an address": (ADDRESS, "GET /?who=planted%40example.org"),
    "other capital letters": (NAME, "PLANTED ÅSNES"),
    "JSON": (NAME, r'{"said": "planted \u00e5snes"}'),
    "a form that was sent": (NAME, "name=Planted+%C3%85snes"),
    "a page": ("Planted & Sons", "<td>Planted &amp; Sons</td>"),
    "without its plus sign": (NUMBER, "caller=442079460123"),
    "in groups": (NUMBER, "+44 20 7946 0123 called"),
    "in groups with dashes": (NUMBER, "44-20-7946-0123"),
    "as it is written at home": (NUMBER, "020 7946 0123"),
    "in an address as in a call": (NUMBER, "sip:%2B442079460123@example.org"),
    "a word as a name": (WORD, "Plantedzebra was here"),
    "a word in capitals": (WORD, "PLANTEDZEBRA"),
}
NOT_FOUND = {
    "the same word in small letters": (WORD, "a plantedzebra is an animal"),
    "another number in groups": (NUMBER, "+44 20 7946 0124"),
    "another address": (ADDRESS, "planted%40example.com"),
}


def found_in_a_file(folder: Path, value: str, text: str) -> bool:
    (folder / "log").mkdir(exist_ok=True)
    path = folder / "log" / "web.log"
    path.write_bytes(b"x" * 13 + text.encode() + b"x" * 9)
    return str(path) in search.search(uuid4(), [value]).places


@pytest.mark.parametrize("case", FOUND)
def test_a_value_is_found_in_a_file_however_it_is_written(case: str, var_folder: Path) -> None:
    assert found_in_a_file(var_folder, *FOUND[case])


@pytest.mark.parametrize("case", NOT_FOUND)
def test_what_is_something_else_is_not_found(case: str, var_folder: Path) -> None:
    assert not found_in_a_file(var_folder, *NOT_FOUND[case])


def test_a_table_is_searched_for_the_same_forms(var_folder: Path) -> None:
    with connection.cursor() as cursor:
        for place, (_value, text) in enumerate(FOUND.values()):
            cursor.execute(
                "INSERT INTO privacy_promiseresult (id, clause, state, since, checked_at, text, figures)"
                " VALUES (%s, '9.9', 'kept', now() + %s * interval '1 second', now(), %s, '{}')",
                [uuid4(), place, text],
            )
    by_person = {uuid4(): Wanted([value]) for value in (ADDRESS, NUMBER, NAME, WORD, "Planted & Sons")}
    found = search.search_for(by_person)
    places = [one.places for one in found.values()]
    assert places == [
        (f"privacy_promiseresult: {sum(value == wanted for value, _text in FOUND.values())}",)
        for wanted in (ADDRESS, NUMBER, NAME, WORD, "Planted & Sons")
    ]


def test_how_everybody_reaches_us_is_nobodys(settings: Settings) -> None:
    settings.CONTACT_PHONE, settings.CONTACT_EMAIL = "+44 20 7946 0100", "us@example.com"
    assert register.values_of_the_house({"+442079460100", "Us@Example.com", NUMBER, ADDRESS}) == {
        "+442079460100",
        "Us@Example.com",
    }


def test_it_is_told_where_a_text_stands_across_blocks() -> None:
    needles = Needles([b"planted@example.org"], [b"Zebra"])
    assert needles.first_in([b"0123456789Plan", b"ted@EXAMPLE.", b"org"]) == (10, b"Planted@EXAMPLE.org")
    assert needles.first_in([b"a zeb", b"ra, the Ze", b"bra"]) == (13, b"Zebra")
    assert needles.first_in([b"a zebra"]) is None
