"""Numbers and their place in the real numbering plan: country, area, type, and ranges of them.

Validity, country and type are those of libphonenumber's metadata (ITU-T E.164 and the national plans); area
names come from ``area_names``. Numbers are text in E.164 form, ``+4721000000``. All of it is pure: no
database, no clock.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from ringfence.telephony.area_names import area_name, longest_prefix
from ringfence.telephony.numbering_refusals import refusal
from ringfence.telephony.plan_patterns import exact_pattern
from ringfence.telephony.rules import SoldType

LARGEST_RANGE: Final = 1_000_000
"""The most numbers one range may hold."""

_NEIGHBOURS: Final = 6
_MOST_PLANS: Final = 10_000

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SPACING: Final = re.compile(r"[\s\u00a0\u202f.\-\u2010\u2011\u2013]+")
_SHORTENED: Final = re.compile(r"[0-9]+[.,]?[0-9]*[eE]\+?[0-9]+", re.ASCII)


class NumberType(StrEnum):
    """What kind of number the national plan says it is."""

    FIXED = "fixed"
    MOBILE = "mobile"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    VOICEMAIL = "voicemail"


_TYPES: Final[dict[int, NumberType]] = {
    PhoneNumberType.FIXED_LINE: NumberType.FIXED,
    PhoneNumberType.MOBILE: NumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberType.FIXED_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: NumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: NumberType.PREMIUM,
    PhoneNumberType.SHARED_COST: NumberType.SHARED_COST,
    PhoneNumberType.VOIP: NumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER: NumberType.PERSONAL,
    PhoneNumberType.PAGER: NumberType.PAGER,
    PhoneNumberType.UAN: NumberType.COMPANY,
    PhoneNumberType.VOICEMAIL: NumberType.VOICEMAIL,
}
SOLD_AS: Final[dict[NumberType, SoldType]] = {
    NumberType.FIXED: SoldType.GEOGRAPHIC,
    NumberType.FIXED_OR_MOBILE: SoldType.GEOGRAPHIC,
    NumberType.MOBILE: SoldType.MOBILE,
    NumberType.TOLL_FREE: SoldType.TOLL_FREE,
    NumberType.SHARED_COST: SoldType.SHARED_COST,
    NumberType.VOIP: SoldType.NATIONAL,
    NumberType.COMPANY: SoldType.NATIONAL,
}
"""What a number of the plan's type is sold as. Types that are not here, such as premium numbers, are not sold."""
_LIBRARY_TYPES: Final = {name: number_type for number_type, name in _TYPES.items()}
_NON_GEOGRAPHIC: Final = "001"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a number belongs: ``country`` is ISO 3166-1 alpha-2, ``area`` the English name or ``None``.

    ``national`` is how people of that country write the number (``020 7946 0123``), ``international`` how
    others do.
    """

    e164: str
    country: str
    calling_code: int
    type: NumberType
    area: str | None
    national: str
    international: str


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive numbers of one country, type and length, both ends included. Made by ``validate_range``."""

    first: str
    last: str
    country: str
    calling_code: int
    type: NumberType

    def __len__(self) -> int:
        """How many numbers there are, at least one."""
        return int(self.last) - int(self.first) + 1

    def __iter__(self) -> Iterator[str]:
        """Every number in ascending order, made one at a time."""
        return (f"+{number}" for number in range(int(self.first), int(self.last) + 1))

    def __contains__(self, number: object) -> bool:
        """Whether a number in E.164 form lies in the range."""
        if not isinstance(number, str) or not _E164.fullmatch(number):
            return False
        return int(self.first) <= int(number) <= int(self.last)

    def overlaps(self, other: "Range") -> bool:
        """Whether some number is in both."""
        return int(self.first) <= int(other.last) and int(other.first) <= int(self.last)

    def places(self) -> Iterator[tuple["Range", str | None]]:
        """The range in parts that lie in one area each, with its name."""
        if not _has_areas(self.type, self.calling_code):
            yield self, None
            return
        skip = len(str(self.calling_code)) + 1
        if self.first == self.last:
            yield self, _area(self.calling_code, self.first[skip:], self.type)
            return
        token: str = phonenumbers.country_mobile_token(self.calling_code)
        alike = longest_prefix(self.calling_code) + len(token)
        step = 10 ** max(len(self.first) - skip - alike, 0)
        begun, name = int(self.first), _area(self.calling_code, self.first[skip:], self.type)
        for start in range((begun // step + 1) * step, int(self.last) + 1, step):
            found = _area(self.calling_code, f"+{start}"[skip:], self.type)
            if found != name:
                yield self.part(begun, start - 1), name
                begun, name = start, found
        yield self.part(begun, int(self.last)), name

    def part(self, first: int, last: int) -> "Range":
        """Some of these numbers, both ends included."""
        return replace(self, first=f"+{first}", last=f"+{last}")


def read_number(text: str) -> str:
    """Read the E.164 form out of what a person or a spreadsheet wrote.

    ``+47 21 00 00 00``, ``0047…`` and ``4721000000`` are the same number. The country's calling code is
    always there; without a plus sign it is taken to come first, because spreadsheets drop the sign. Whether
    such a number exists is for ``place`` to say. Raises ``Refusal``: ``number.shortened``,
    ``number.unreadable``.
    """
    written = text.strip()
    if _E164.fullmatch(written):
        return written
    if _SHORTENED.fullmatch(written):
        raise refusal("number.shortened", text=written[:40])
    digits = _SPACING.sub("", written).removeprefix("+").removeprefix("00")
    if not _E164.fullmatch(f"+{digits}"):
        raise refusal("number.unreadable", text=written[:40])
    return f"+{digits}"


def place(e164: str) -> Placement:
    """Place a number, given in E.164 form, in the numbering plan.

    Raises ``Refusal``: ``number.unreadable`` when it is not in that form, ``number.invalid`` when the plan
    has no such number, ``number.no_country`` when it belongs to no country (satellite and other global
    services).
    """
    if not _E164.fullmatch(e164):
        raise refusal("number.unreadable", text=e164[:40])
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        raise refusal("number.invalid", number=e164) from None
    country = phonenumbers.region_code_for_number(number)
    if country == _NON_GEOGRAPHIC:
        raise refusal("number.no_country", number=e164)
    kind = _TYPES.get(phonenumbers.number_type(number))
    calling_code = number.country_code or 0
    national_number = phonenumbers.national_significant_number(number)
    is_as_written = f"+{calling_code}{national_number}" == e164
    if country is None or kind is None or not is_as_written or not phonenumbers.is_valid_number(number):
        raise refusal("number.invalid", number=e164)
    return Placement(
        e164=e164,
        country=country,
        calling_code=calling_code,
        type=kind,
        area=_area(calling_code, national_number, kind),
        national=phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        international=phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
    )


def validate_range(first: str, last: str) -> Range:
    """Make the range from ``first`` to ``last``, both in E.164 form and included, and check every number.

    Raises ``Refusal`` with the sentence that says which number is wrong and what to do. A million numbers
    take about a second: each is held against the plan's own patterns, as ``place`` would, without building
    it.
    """
    start = _plan_of(first)
    end = start if last == first else _plan_of(last)
    if len(first) != len(last):
        raise refusal("range.different_length", first=first, last=last)
    if int(last) < int(first):
        raise refusal("range.backwards", first=first, last=last)
    if start.country != end.country:
        raise refusal("range.different_country", first=first, last=last)
    if start.type is not end.type:
        raise refusal("range.different_type", first=first, last=last)
    count = int(last) - int(first) + 1
    if count > LARGEST_RANGE:
        raise refusal("range.too_long", count=count, most=LARGEST_RANGE)
    found = Range(first, last, start.country, start.calling_code, start.type)
    skip = len(str(start.calling_code)) + 1
    for number in found if count > 1 else ():
        if start.pattern.fullmatch(number, skip) is None:
            raise refusal("range.gap", number=number)
    return found


@dataclass(frozen=True, slots=True)
class _Plan:
    """What numbers of one country, type and length look like."""

    country: str
    calling_code: int
    type: NumberType
    pattern: re.Pattern[str]


_plans: Final[dict[tuple[str, int], tuple[_Plan, ...]]] = {}
"""Plans of numbers met before, by their first digits and length: a file has thousands of neighbours."""


def _plan_of(e164: str) -> _Plan:
    """Return the plan a number belongs to. Raises ``Refusal`` like ``place``, whose answer this is, much faster."""
    key = e164[:_NEIGHBOURS], len(e164)
    for plan in _plans.get(key, ()):
        if plan.pattern.fullmatch(e164, len(str(plan.calling_code)) + 1):
            return plan
    placed = place(e164)
    length = len(e164) - len(str(placed.calling_code)) - 1
    pattern = exact_pattern(placed.calling_code, placed.country, _LIBRARY_TYPES[placed.type], length)
    plan = _Plan(placed.country, placed.calling_code, placed.type, pattern)
    if len(_plans) >= _MOST_PLANS:
        _plans.clear()
    _plans[key] = (*_plans.get(key, ()), plan)
    return plan


@cache
def _has_areas(kind: NumberType, calling_code: int) -> bool:
    """Whether numbers of a type have an area: fixed lines, and mobile numbers where the plan places them."""
    return bool(phonenumbers.is_number_type_geographical(_LIBRARY_TYPES[kind], calling_code))


def _area(calling_code: int, national_number: str, kind: NumberType) -> str | None:
    if not _has_areas(kind, calling_code):
        return None
    token: str = phonenumbers.country_mobile_token(calling_code)
    return area_name(calling_code, national_number.removeprefix(token))
