"""The usual forms in which a value may be written: as it is, for people, in JSON, in an address, in a page.

The search tells no capital letters from small ones of a to z; other letters come here in both.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Final
from urllib.parse import quote

import phonenumbers
from phonenumbers import PhoneNumberFormat

LEAST_DIGITS: Final = 10
"""Digits from which a telephone number is looked for without its plus sign too: fewer stand in ids by chance."""

PHONE: Final = re.compile(r"\+\d{6,15}")
TOLD_APART: Final = 7
"""Signs of a number by which its groups are known, with its length."""

_SAME_EVERYWHERE: Final = re.compile(r"[A-Za-z0-9_.~-]*")
_SAME_IN_JSON: Final = re.compile(r"[ !#-\[\]-~]*")
_OTHERWISE_IN_A_PAGE: Final = re.compile(r"[&<>\"']")
_DIGIT: Final = re.compile(r"\d")


def forms_of(text: str) -> list[str]:
    """Return the forms of a value, itself first."""
    if PHONE.fullmatch(text):
        return [text, *_numbers(text)]
    spoken = [text] if text.isascii() else [text, text.lower(), text.upper(), text.title()]
    return spoken + [form for one in spoken for form in _written(one)]


def words_of(text: str) -> list[str]:
    """Return how a single word of letters is written as a name; in small letters it may be any word."""
    return [text, text.title(), text.upper()]


def _numbers(text: str) -> Iterator[str]:
    """Yield a telephone number without its plus sign, and in the groups of its country, from abroad and from there."""
    digits = text[1:]
    if len(digits) >= LEAST_DIGITS:
        yield digits
    for shape, count in _shapes(text):
        grouped = shape % tuple(digits[-count:])
        yield grouped
        yield grouped.replace(" ", "-")


Shapes = tuple[tuple[str, int], ...]
_known: dict[tuple[str, int], Shapes] = {}


def _shapes(text: str) -> Shapes:
    """Return how numbers like one are grouped: with %s for each digit of its own, and how many of those there are."""
    like = (text[:TOLD_APART], len(text))
    if like not in _known:
        _known[like] = tuple(_read_shapes(text))
    return _known[like]


def _read_shapes(text: str) -> Iterator[tuple[str, int]]:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return
    own = len(phonenumbers.national_significant_number(number))
    for form, count in ((PhoneNumberFormat.INTERNATIONAL, len(text) - 1), (PhoneNumberFormat.NATIONAL, own)):
        grouped = phonenumbers.format_number(number, form).removeprefix("+")
        places = [found.start() for found in _DIGIT.finditer(grouped)]
        if len(places) >= max(count, LEAST_DIGITS) and "%" not in grouped:
            first = places[-count]
            yield grouped[:first] + _DIGIT.sub("%s", grouped[first:]), count


def _written(form: str) -> Iterator[str]:
    if _SAME_EVERYWHERE.fullmatch(form):
        return
    if not _SAME_IN_JSON.fullmatch(form):
        yield json.dumps(form)[1:-1]
        yield json.dumps(form, ensure_ascii=False)[1:-1]
    if _OTHERWISE_IN_A_PAGE.search(form):
        yield escape(form)
    quoted = quote(form, safe="")
    yield quoted
    if " " in form:
        yield quoted.replace("%20", "+")
