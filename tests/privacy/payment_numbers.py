"""Card numbers, account numbers and other long numbers for tests: made by rule, belonging to nobody."""

import random
import re
from typing import Final

import phonenumbers
from hypothesis import strategies as st
from stdnum import numdb

from ringfence.privacy.card_ranges import RANGES, passes_check_digit

SEPARATORS: Final = (
    "",
    " ",
    "-",
    ".",
    "_",
    "  ",
    " - ",
    "\u00a0",
    "\u2009",
    "\u202f",
    "\u2013",
    "\u2011",
    "\u200b",
)
SCRIPTS: Final = ("0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
GROUPS: Final = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}
COUNTRIES: Final = ("NO", "DE", "GB", "NL", "SE", "FR", "MT", "BE", "PL", "CH")
REGIONS: Final = ("NO", "GB", "US", "DE", "SE", "FR", "AT", "IN", "BR", "JP", "ID", "HU")


def completed(start: str) -> str:
    """Return digits with the check digit after them."""
    return next(f"{start}{last}" for last in range(10) if passes_check_digit(f"{start}{last}"))


def card(random_: random.Random) -> str:
    """Return a card number that an issuer could have given."""
    first, last, lengths = random_.choice(RANGES)
    prefix = str(random_.randint(int(first), int(last)))
    length = random_.choice(sorted(lengths))
    made = completed(prefix + "".join(random_.choices("0123456789", k=length - len(prefix) - 1)))
    return made if len(set(made)) > 1 else card(random_)


def spaced(number: str, separator: str) -> str:
    """Return a number in the groups its issuer prints, or in fours."""
    groups, parts, start = GROUPS.get(len(number), (4,) * 5), [], 0
    for size in groups:
        parts.append(number[start : start + size])
        start += size
    return separator.join(part for part in parts if part)


def iban(random_: random.Random) -> str:
    """Return an account number with the length of its country and the right checksum (ISO 13616)."""
    country = random_.choice(COUNTRIES)
    structure = numdb.get("iban").info(country)[0][1]["bban"]
    body = ""
    for length, kind in re.findall(r"(\d+)!([nac])", structure):
        letters = {"n": "0123456789", "a": "ABCDEFGH", "c": "0123456789ABC"}[kind]
        body += "".join(random_.choices(letters, k=int(length)))
    figures = "".join(str(int(one, 36)) for one in f"{body}{country}00")
    return f"{country}{98 - int(figures) % 97:02d}{body}"


def phone(random_: random.Random) -> str:
    """Return a telephone number that its country's plan allows, in one of the forms people write."""
    region = random_.choice(REGIONS)
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    while True:
        national = str(example.national_number)
        kept = random_.randint(2, 4)
        tail = "".join(random_.choices("0123456789", k=len(national) - kept))
        made = phonenumbers.PhoneNumber(
            country_code=example.country_code, national_number=int(national[:kept] + tail)
        )
        if phonenumbers.is_valid_number(made):
            break
    form = random_.choice(
        [
            phonenumbers.PhoneNumberFormat.E164,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.NATIONAL,
        ]
    )
    text = phonenumbers.format_number(made, form)
    return random_.choice([text, text.replace("+", "00"), text.replace(" ", "-")])


def seeded(make: object) -> "st.SearchStrategy[str]":
    """Return a strategy of what a maker makes."""
    return st.integers(0, 2**32).map(lambda seed: make(random.Random(seed)))  # type: ignore[operator]


cards = seeded(card)
ibans = seeded(iban)
phones = seeded(phone)
