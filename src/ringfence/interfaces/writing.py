"""How amounts, phone numbers, counts and moments are written for people, in Norwegian and English."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import dates, numbers
from django.utils import timezone
from django.utils.translation import get_language

from ringfence.interfaces import language
from ringfence.kernel.money import Money, exponent

Form = Literal["short", "day", "full", "second", "clock"]

_LOCALES: Final = {"nb": "nb_NO", "en": "en_GB"}
_NARROW: Final = {"NOK": "kr", "EUR": "€", "GBP": "£", "USD": "$"}
_SPACE: Final = "\N{NO-BREAK SPACE}"
_MINUS: Final = "\N{MINUS SIGN}"
_PATTERNS: Final[dict[tuple[str, str], str]] = {
    ("nb", "short"): "EEE d. MMM 'kl'. HH:mm",
    ("en", "short"): "EEE d MMM HH:mm",
    ("nb", "short-year"): "EEE d. MMM y 'kl'. HH:mm",
    ("en", "short-year"): "EEE d MMM y HH:mm",
    ("nb", "day"): "d. MMMM y",
    ("en", "day"): "d MMMM y",
    ("nb", "full"): "EEEE d. MMMM y 'kl'. HH:mm zzz",
    ("en", "full"): "EEEE d MMMM y 'at' HH:mm zzz",
    ("nb", "second"): "EEEE d. MMMM y 'kl'. HH:mm:ss zzz",
    ("en", "second"): "EEEE d MMMM y 'at' HH:mm:ss zzz",
    ("nb", "clock"): "HH:mm",
    ("en", "clock"): "HH:mm",
}


def spoken() -> str:
    """Return the language being written now: "nb" or "en"."""
    code = (get_language() or language.DEFAULT).split("-", 1)[0]
    return code if code in _LOCALES else language.DEFAULT


def money(amount: Money, lang: str | None = None, *, beside: Money | None = None) -> str:
    """Write an amount: "kr 59" in English, "59 kr" in Norwegian; decimals only when there are any.

    An amount that stands `beside` one with decimals has them too, so that a column reads as one.
    """
    lang = lang or spoken()
    figure = amount.decimal
    decimals = exponent(amount.currency)
    seen = (figure, beside.decimal if beside is not None else figure)
    pattern = "#,##0" if all(one == one.to_integral_value() for one in seen) else f"#,##0.{'0' * decimals}"
    text = numbers.format_decimal(abs(figure), format=pattern, locale=_LOCALES[lang]).replace(
        "\u202f", _SPACE
    )
    symbol = _NARROW.get(amount.currency, amount.currency)
    sign = _MINUS if amount.minor < 0 else ""
    if lang == "nb":
        return f"{sign}{text}{_SPACE}{symbol}"
    gap = "" if symbol in "€£$" else _SPACE
    return f"{sign}{symbol}{gap}{text}"


def exact(amount: Money, lang: str | None = None) -> str:
    """Write an amount with all its decimals and the code of its currency, as in the books: "1 250,00 NOK"."""
    decimals = exponent(amount.currency)
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    text = numbers.format_decimal(amount.decimal, format=pattern, locale=_LOCALES[lang or spoken()])
    return f"{text.replace(chr(0x202F), _SPACE)}{_SPACE}{amount.currency}"


def whole(count: float | Decimal, lang: str | None = None) -> str:
    """Write a count with its thousands apart: "4 812" in Norwegian, "4,812" in English."""
    return numbers.format_decimal(count, locale=_LOCALES[lang or spoken()])


def moment(value: datetime | date, form: Form = "short", *, at: datetime, lang: str | None = None) -> str:
    """Write a moment in the reader's time zone and language: "Tue 24 Nov 23:59".

    The year is added when it is not the year of `at`. A bare `date` is written as a day, whatever `form`.
    """
    lang = lang or spoken()
    locale = _LOCALES[lang]
    if not isinstance(value, datetime):
        return dates.format_date(value, _PATTERNS[lang, "day"], locale=locale)
    zone = timezone.get_current_timezone()
    local = value.astimezone(zone)
    name = "short-year" if form == "short" and local.year != at.astimezone(zone).year else form
    return dates.format_datetime(local, _PATTERNS[lang, name], tzinfo=_named(zone), locale=locale)


def since(value: datetime, *, at: datetime, lang: str | None = None) -> str:
    """Write how long ago (or in how long) a moment is: "4 minutes ago", "in 3 days"."""
    gap = value - at
    if abs(gap) < timedelta(seconds=1):
        gap = timedelta(seconds=-1)
    return dates.format_timedelta(gap, add_direction=True, threshold=1.2, locale=_LOCALES[lang or spoken()])


def lasting(length: timedelta, lang: str | None = None) -> str:
    """Write a length of time: "41 seconds", "6 days"."""
    return dates.format_timedelta(length, threshold=1.2, locale=_LOCALES[lang or spoken()])


def _named(zone: tzinfo) -> tzinfo:
    return ZoneInfo("UTC") if zone is UTC else zone


def international(e164: str) -> str:
    """Write a phone number in the groups of its country: "+47 21 98 77 74"; anything else stays as it is."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@dataclass(frozen=True)
class Piece:
    """A run of characters of a written number; `hit` when it is what somebody looked for."""

    text: str
    hit: bool


def marked(e164: str, digits: str) -> list[Piece]:
    """Write a number in pieces, with each run of the wanted `digits` as a piece of its own.

    The digits are looked for after the country code; only when they are not found there, in all of it.
    """
    text = international(e164)
    places = [index for index, character in enumerate(text) if character.isdecimal()]
    figures = "".join(text[index] for index in places)
    wanted = re.sub(r"\D", "", digits)
    hits = _runs(figures, wanted, _country_code_length(e164))
    pieces: list[Piece] = []
    position = 0
    for first in hits:
        start, end = places[first], places[first + len(wanted) - 1] + 1
        pieces += [Piece(text[position:start], hit=False), Piece(text[start:end], hit=True)]
        position = end
    pieces.append(Piece(text[position:], hit=False))
    return [piece for piece in pieces if piece.text]


def _country_code_length(e164: str) -> int:
    try:
        return len(str(phonenumbers.parse(e164, None).country_code))
    except phonenumbers.NumberParseException:
        return 0


def _runs(figures: str, wanted: str, start: int) -> list[int]:
    if not wanted:
        return []
    found = [match.start() for match in re.compile(re.escape(wanted)).finditer(figures, start)]
    return found or [match.start() for match in re.finditer(re.escape(wanted), figures)]
