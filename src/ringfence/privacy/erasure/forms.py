"""The usual forms in which a value may be written: as it is, for people, in JSON, in an address, in a page.

The search tells no capital letters from small ones of a to z; other letters come here in both.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Final
from urllib.parse import quote, quote_plus

import phonenumbers
from phonenumbers import PhoneNumberFormat

LEAST_DIGITS: Final = 10
"""Digits from which a telephone number is looked for without its plus sign too: fewer stand in ids by chance."""

PHONE: Final = re.compile(r"\+\d{6,15}")
_SAME_EVERYWHERE: Final = re.compile(r"[A-Za-z0-9_.~-]*")


def forms_of(text: str) -> tuple[str, ...]:
    """Return the forms of a value, itself first, each once."""
    spoken = [text, *_cases(text), *_numbers(text)]
    return tuple(dict.fromkeys([*spoken, *(form for one in spoken for form in _written(one))]))


def words_of(text: str) -> tuple[str, ...]:
    """Return how a single word of letters is written as a name; in small letters it may be any word."""
    return tuple(dict.fromkeys([text, text.title(), text.upper()]))


def _cases(text: str) -> Iterator[str]:
    if not text.isascii():
        yield from (text.lower(), text.upper(), text.title())


def _numbers(text: str) -> Iterator[str]:
    """Yield a telephone number without its plus sign, and in the groups of its country, from abroad and from there."""
    if not PHONE.fullmatch(text):
        return
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    grouped = [
        phonenumbers.format_number(number, form).removeprefix("+")
        for form in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
        if number is not None
    ]
    for form in (text[1:], *grouped, *(one.replace(" ", "-") for one in grouped)):
        if sum(map(str.isdigit, form)) >= LEAST_DIGITS:
            yield form


def _written(form: str) -> Iterator[str]:
    if _SAME_EVERYWHERE.fullmatch(form):
        return
    yield json.dumps(form)[1:-1]
    yield json.dumps(form, ensure_ascii=False)[1:-1]
    yield quote(form, safe="")
    yield quote_plus(form)
    yield escape(form)
