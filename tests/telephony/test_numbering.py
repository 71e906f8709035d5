"""Numbers against the real plan, ranges number by number, lists line by line, patterns digit by digit."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

import phonenumbers
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from ringfence.kernel.refusal import Refusal
from ringfence.telephony.area_names import area_name
from ringfence.telephony.keypad import Anchor, keypad, search_pattern
from ringfence.telephony.numbering import (
    LARGEST_RANGE,
    NumberType,
    place,
    read_number,
    validate_range,
)
from ringfence.telephony.numbering_refusals import SENTENCES
from ringfence.telephony.plan_patterns import exact_pattern

Made = TypeVar("Made")
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = [
    kind
    for name, kind in vars(phonenumbers.PhoneNumberType).items()
    if isinstance(kind, int) and kind != phonenumbers.PhoneNumberType.UNKNOWN and name.isupper()
]


def made_or_refused(make: Callable[..., Made], *values: str) -> Made | Refusal:
    try:
        return make(*values)
    except Refusal as refused:
        return refused


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Valid numbers of every region: the plan's examples, with the last digits drawn again."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([0, 1, 2, 3, 6]))
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        reject()
    text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    text = text[:-3] + draw(st.text("0123456789", min_size=3, max_size=3))
    parsed = phonenumbers.parse(text)
    assume(phonenumbers.is_valid_number(parsed))
    return str(text)


@settings(deadline=None)
@given(numbers())
def test_a_placement_says_what_the_plan_says(number: str) -> None:
    placed = place(number)
    parsed = phonenumbers.parse(number)
    assert placed.e164 == number
    assert placed.country == phonenumbers.region_code_for_number(parsed)
    assert number.startswith(f"+{placed.calling_code}")
    assert read_number(placed.international) == number
    again = phonenumbers.parse(placed.national, placed.country)
    assert phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) == number


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(
    numbers(), st.text("0123456789", min_size=1, max_size=6), st.sampled_from(REGIONS), st.sampled_from(KINDS)
)
def test_the_exact_pattern_agrees_with_the_library(number: str, tail: str, other: str, kind: int) -> None:
    calling_code = place(number).calling_code
    length = len(number) - len(str(calling_code)) - 1
    drawn = phonenumbers.parse(number[: -min(len(tail), length)] + tail[:length])
    code = drawn.country_code or calling_code
    nsn = phonenumbers.national_significant_number(drawn)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
    actual_region = phonenumbers.region_code_for_number(drawn)
    actual_kind = phonenumbers.number_type(drawn)
    for region in {regions[0], regions[-1], actual_region or regions[0], other} & set(regions):
        for asked in {kind, actual_kind} - {phonenumbers.PhoneNumberType.UNKNOWN}:
            matched = exact_pattern(code, region, asked, len(nsn)).fullmatch(nsn) is not None
            assert matched == (region == actual_region and asked == actual_kind)


@pytest.mark.parametrize(
    ("number", "country", "area", "kind"),
    [
        ("+4721000000", "NO", "Oslo", NumberType.FIXED),
        ("+442079460123", "GB", "London", NumberType.FIXED),
        ("+12125550123", "US", "New York, NY", NumberType.FIXED_OR_MOBILE),
        ("+390612345678", "IT", "Rome", NumberType.FIXED),
        ("+5491123456789", "AR", "Buenos Aires", NumberType.MOBILE),
        ("+4790000000", "NO", None, NumberType.MOBILE),
        ("+4580123456", "DK", None, NumberType.TOLL_FREE),
        ("+4611100000", "SE", "Norrköping", NumberType.FIXED),
    ],
)
def test_known_places(number: str, country: str, area: str | None, kind: NumberType) -> None:
    placed = place(number)
    assert (placed.country, placed.area, placed.type) == (country, area, kind)


def test_area_names_are_those_of_the_installed_library() -> None:
    """In a process of its own, because the library's names take 100 MB."""
    program = """
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as CODES
from phonenumbers.geodata import GEOCODE_DATA
from ringfence.telephony.area_names import area_name
seen = 0
for prefix, names in list(GEOCODE_DATA.items())[::7]:
    code = next(prefix[:n] for n in (1, 2, 3) if int(prefix[:n]) in CODES)
    if "en" not in names or prefix == code or code in ("47", "61", "86"):
        continue
    assert area_name(int(code), prefix[len(code):]) == " ".join(names["en"].split()), prefix
    seen += 1
assert seen > 10_000, seen
"""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


SUCCESSORS = {
    "Aust-Agder": "Agder",
    "Vest-Agder": "Agder",
    "Hedmark": "Innlandet",
    "Oppland": "Innlandet",
    "Hordaland": "Vestland",
    "Sogn og Fjordane": "Vestland",
    "Sør-Trøndelag": "Trøndelag",
    "Nord-Trøndelag": "Trøndelag",
    "Østfold/Akershus": None,
}
"""Norway's counties since 2024, by the older names of the library; other names stayed, or came back."""
COUNTIES = (
    "Akershus Agder Buskerud Finnmark Innlandet Møre_og_Romsdal Nordland Oslo Rogaland Telemark Troms Trøndelag"
    " Vestfold Vestland Østfold"
)


def test_norwegian_areas_are_todays_counties() -> None:
    program = """
import json
from phonenumbers.geodata import GEOCODE_DATA
print(json.dumps({prefix[2:]: names["en"] for prefix, names in GEOCODE_DATA.items() if prefix.startswith("47")}))
"""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", program], check=True, env=environment, stdout=subprocess.PIPE
    )
    library: dict[str, str] = json.loads(told.stdout)
    for prefix, name in library.items():
        assert area_name(47, f"{prefix:0<8}") == SUCCESSORS.get(name, name), prefix
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("NO", None)
    plan = re.compile(metadata.fixed_line.national_number_pattern)
    landline = {
        n: area_name(47, f"{n}345678") for n in map(str, range(20, 79)) if plan.fullmatch(f"{n}345678")
    }
    assert {prefix for prefix, name in landline.items() if name is None} == {"68"}
    assert {name.replace(" ", "_") for name in landline.values() if name} == set(COUNTIES.split())


def test_no_area_for_an_unknown_plan() -> None:
    assert area_name(999, "123") is None
    assert area_name(47, "") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+47 21 00 00 00", "+4721000000"),
        ("004721000000", "+4721000000"),
        (" 4721000000 ", "+4721000000"),
        ("+44\u00a020\u00a07946-0123", "+442079460123"),
    ],
)
def test_reading_a_number(text: str, number: str) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "number.unreadable"),
        ("21", "number.unreadable"),
        ("+47 TAXI 2000", "number.unreadable"),
        ("+٤٧٢١٠٠٠٠٠٠", "number.unreadable"),
        ("+4721000000000000", "number.unreadable"),
        ("4,72E+10", "number.shortened"),
        ("4.721E10", "number.shortened"),
    ],
)
def test_what_is_no_number(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_number(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4721000000", "number.unreadable"),
        ("+4711111111", "number.invalid"),
        ("+999123456789", "number.invalid"),
        ("+80012345678", "number.no_country"),
        ("+44020794601", "number.invalid"),
    ],
)
def test_what_has_no_place(number: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        place(number)
    assert refused.value.code == code


@settings(deadline=None)
@given(numbers(), st.integers(0, 400))
def test_every_number_of_a_range_is_unique_valid_and_alike(first: str, extra: int) -> None:
    last = f"+{int(first[1:]) + extra}"
    found = made_or_refused(validate_range, first, last)
    if isinstance(found, Refusal):
        assert found.code.startswith(("range.", "number."))
        assert extra > 0
        return
    made = list(found)
    assert len(made) == len(set(made)) == len(found) == extra + 1
    assert made == sorted(made)
    assert (made[0], made[-1]) == (first, last)
    for number in made[:: max(1, extra // 20)]:
        placed = place(number)
        assert (placed.country, placed.type) == (found.country, found.type)
        assert number in found
    parts = list(found.places())
    assert [number for part, _area in parts for number in part] == made
    for part, area in parts:
        assert {place(number).area for number in (part.first, part.last)} == {area}
    assert f"+{int(last[1:]) + 1}" not in found


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("+4721000010", "+4721000000", "range.backwards"),
        ("+4721000000", "+4790000000", "range.different_type"),
        ("+442079460000", "+4721000000", "range.different_length"),
        ("+12125550100", "+14165550100", "range.different_country"),
        ("+12122000000", "+12123000000", "range.too_long"),
        ("+447624000000", "+447624699999", "range.gap"),
        ("+4721000000", "+472100000", "number.invalid"),
    ],
)
def test_ranges_that_are_refused(first: str, last: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        validate_range(first, last)
    assert refused.value.code == code
    assert "%(" not in str(refused.value)


def test_a_range_with_a_hole_names_the_first_bad_number() -> None:
    with pytest.raises(Refusal) as refused:
        validate_range("+447624509900", "+447624600000")
    assert refused.value.code == "range.gap"
    bad = str(refused.value.values["number"])
    assert not phonenumbers.is_valid_number(phonenumbers.parse(bad))
    assert list(validate_range("+447624509900", f"+{int(bad) - 1}"))[-1] == f"+{int(bad) - 1}"


def test_the_largest_range_is_allowed() -> None:
    found = validate_range("+12122000000", "+12122999999")
    assert len(found) == LARGEST_RANGE


def test_ranges_overlap() -> None:
    one, two = validate_range("+4721000000", "+4721000099"), validate_range("+4721000099", "+4721000199")
    three = validate_range("+4721000100", "+4721000199")
    assert one.overlaps(two)
    assert two.overlaps(one)
    assert not one.overlaps(three)
    assert "+4721000:00" not in one
    assert 4721000000 not in one


def test_keypad() -> None:
    assert keypad("1-800-TAXI") == "18008294"
    assert keypad("abcdefghijklmnopqrstuvwxyz") == "22233344455566677778889999"
    assert keypad("Blåbær") == "252227"
    for wrong in ("☎", "٣", "a'b", "+"):
        with pytest.raises(Refusal):
            keypad(wrong)


@pytest.mark.parametrize(
    ("text", "digits", "anchor", "like"),
    [
        ("123", "123", Anchor.ANYWHERE, "%123%"),
        ("*123*", "123", Anchor.ANYWHERE, "%123%"),
        ("12 3*", "123", Anchor.START, "123%"),
        ("*123", "123", Anchor.END, "%123"),
        ("+47 21", "4721", Anchor.COUNTRY_CODE, "4721%"),
        ("+47 21*", "4721", Anchor.COUNTRY_CODE, "4721%"),
        ("1??4", "1??4", Anchor.ANYWHERE, "%1__4%"),
        ("taxi", "8294", Anchor.ANYWHERE, "%8294%"),
    ],
)
def test_search_patterns(text: str, digits: str, anchor: Anchor, like: str) -> None:
    found = search_pattern(text)
    assert (found.digits, found.anchor, found.like) == (digits, anchor, like)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "search.empty"),
        ("*", "search.empty"),
        ("???", "search.empty"),
        ("+", "search.empty"),
        ("1*2", "search.star"),
        ("+*12", "search.star"),
        ("1" * 16, "search.too_long"),
        ("12%", "search.character"),
        ("1_2", "search.character"),
        ("1'--", "search.character"),
    ],
)
def test_searches_that_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        search_pattern(text)
    assert refused.value.code == code


@settings(deadline=None)
@given(st.text("0123456789", min_size=4, max_size=15), st.data())
def test_a_pattern_cut_from_a_number_finds_it(number: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(number) - 1))
    end = data.draw(st.integers(start + 1, len(number)))
    assert search_pattern(number[start:end]).matches(number)
    assert search_pattern(f"{number[:end]}*").matches(number)
    assert search_pattern(f"*{number[start:]}").matches(number)
    assert search_pattern(f"+{number[:end]}").matches(number)


@settings(deadline=None)
@given(st.text())
def test_a_search_is_read_or_refused(text: str) -> None:
    found = made_or_refused(search_pattern, text)
    if isinstance(found, Refusal):
        assert found.code in SENTENCES
    else:
        assert set(found.like) <= set("0123456789_%")
