"""Card, bank account and national identity numbers, recognised in any text and replaced (clause 2.4).

A card number is 14 to 19 digits of any script, with spaces, dashes, dots or the like between them, in an issuer's
range and with the right check digit. A bank account number is an IBAN (ISO 13616) with the length of its country and
the right checksum. Identity numbers are no payment data, and as little wanted: they go the same way. None is looked
for inside the ids that the house gives, nor inside an international telephone number. When in doubt a number is
removed: a lost reference can be asked for again.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import phonenumbers
from stdnum import iban

from ringfence.kernel.public_ids import LENGTH, PREFIXES
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import identity_numbers
from ringfence.privacy.card_ranges import LONGEST, SHORTEST, is_card


class PaymentData(StrEnum):
    """What kind of payment data was found."""

    CARD = gettext_noop("card number")
    ACCOUNT = gettext_noop("bank account number")
    IDENTITY = gettext_noop("national identity number")


MARKS: Final[Mapping[PaymentData, str]] = MappingProxyType(
    {
        PaymentData.CARD: "[card number removed]",
        PaymentData.ACCOUNT: "[account number removed]",
        PaymentData.IDENTITY: "[identity number removed]",
    }
)
"""What stands in a text where a number was, as long as nobody knows in which language it is read."""

MARKS_IN: Final[Mapping[str, Mapping[PaymentData, str]]] = MappingProxyType(
    {
        "en": MARKS,
        "nb": MappingProxyType(
            {
                PaymentData.CARD: "[kortnummer fjernet]",
                PaymentData.ACCOUNT: "[kontonummer fjernet]",
                PaymentData.IDENTITY: "[fødselsnummer fjernet]",
            }
        ),
    }
)
"""The same in the languages of pages: what a form holds is marked in the language of the form."""

ALL_MARKS: Final = frozenset(mark for marks in MARKS_IN.values() for mark in marks.values())

_BETWEEN: Final = r"(?:[ .\-_|~*\u00b7]|&nbsp;|&#160;|&#xa0;)"
_NEW_LINE: Final = r"[ \t]*\r?\n[> \t]*"
_RUN: Final = re.compile(rf"\d(?:(?:{_BETWEEN}{{0,3}}|{_NEW_LINE})\d){{{SHORTEST - 1},}}", re.IGNORECASE)
_GROUP: Final = re.compile(r"\d+")
_IBAN: Final = re.compile(
    r"\d(?:(?<=[A-Z]{2}\d)(?<![A-Z0-9][A-Z]{2}\d)|(?<=[A-Z]{2}[ .\-]\d)(?<![A-Z0-9][A-Z]{2}[ .\-]\d))"
    r"[ .\-]?\d(?:[ .\-]{0,2}[A-Z0-9]){11,30}",
    re.IGNORECASE,
)
"""What follows the two letters of a country, where a word begins with them.

It begins with a digit, since text without digits is read fastest so; and most of an attachment is no words.
"""

_NOT_IN_IBAN: Final = re.compile(r"[^A-Z0-9]")
_SHORTEST_IBAN: Final = 15
_OURS: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32,}|"
    rf"(?:{'|'.join(PREFIXES)})_[0-9a-z]{{{LENGTH}}})(?![0-9A-Za-z])"
)
"""Ids of rows, public ids, digests: random, and never typed by somebody who pays."""

_LONGEST_ID: Final = 128

_CALLED: Final = re.compile(r"\+[ \-(]{0,2}$")
_LONGEST_PHONE: Final = 15
_WRAPPED: Final = frozenset(
    {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3)}
)
"""The groups in which a card number may be broken at the end of a line. Other lines of digits are lists."""


@dataclass(frozen=True, slots=True)
class Found:
    """A number in a text: its kind, and where it stands."""

    kind: PaymentData
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without payment data, and how much of it was removed."""

    text: str
    removed: Counter[PaymentData]


def find(text: str, *, phones: bool = False) -> list[Found]:
    """Return the payment data and identity numbers in a text, from the beginning, without overlaps.

    `phones` says that telephone numbers stand there without their plus; what could be one is no identity number.
    """
    if len(text) < identity_numbers.SHORTEST:
        return []
    plain = text if text.isascii() else _plain(text)
    identities = identity_numbers.identities(plain, phones=phones)
    found = sorted(
        (*_cards(plain), *_accounts(plain), *(Found(PaymentData.IDENTITY, *span) for span in identities)),
        key=lambda one: (one.start, -one.end),
    )
    kept: list[Found] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def holds_payment_data(text: str) -> bool:
    """Tell whether a text holds a card number, an IBAN or a national identity number."""
    return bool(find(text))


def cleaned(text: str, marks: Mapping[PaymentData, str] = MARKS, *, phones: bool = False) -> Cleaned:
    """Return a text with every number replaced by its mark; all else stays as it is, character by character."""
    found = find(text, phones=phones)
    if not found:
        return Cleaned(text, Counter())
    parts: list[str] = []
    end = 0
    for one in found:
        parts += [text[end : one.start], marks[one.kind]]
        end = one.end
    return Cleaned("".join((*parts, text[end:])), Counter(one.kind for one in found))


def _plain(text: str) -> str:
    """Return a text of the same length in which digits and letters of all scripts, spaces and dashes are ASCII."""
    return text.translate(_ascii)


class _AsAscii(dict[int, str]):
    """What each character stands for, worked out once."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _as_ascii(chr(code))
        return found


_ascii: Final = _AsAscii()


def _as_ascii(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category in {"Zs", "Cf", "Mn", "Me"}:
        return " "
    if category in {"Pd", "Pc"} or character == "\N{MINUS SIGN}":
        return "-"
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded.isascii() else character


def _cards(text: str) -> Iterator[Found]:
    for run in _RUN.finditer(text):
        groups = [(run.start() + one.start(), run.start() + one.end()) for one in _GROUP.finditer(run[0])]
        start = 0
        while start < len(groups):
            end = _card_end(text, groups, start)
            if end is not None:
                yield Found(PaymentData.CARD, groups[start][0], groups[end][1])
                start = end
            start += 1


def _card_end(text: str, groups: list[tuple[int, int]], start: int) -> int | None:
    """Return the last group of the longest card number that begins with a group, or None."""
    digits, best = "", None
    for end in range(start, len(groups)):
        digits += text[slice(*groups[end])]
        if len(digits) > LONGEST:
            break
        if len(digits) >= SHORTEST and is_card(digits) and _is_meant(text, groups, start, end):
            best = end
    return best


def _is_meant(text: str, groups: list[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether digits that could be a card's stand together, and are no telephone number and no id of ours."""
    if not _holds_together(text, groups[start : end + 1]) or groups[end][1] <= _called(text, groups):
        return False
    first, last = groups[start][0], groups[end][1]
    around = text[max(0, first - _LONGEST_ID) : last + _LONGEST_ID]
    offset = max(0, first - _LONGEST_ID)
    return not any(
        offset + ours.start() <= first and last <= offset + ours.end() for ours in _OURS.finditer(around)
    )


def _holds_together(text: str, groups: list[tuple[int, int]]) -> bool:
    """Tell whether digits belong together: in one line, or broken where cards are."""
    if "\n" not in text[groups[0][0] : groups[-1][1]]:
        return True
    return tuple(end - start for start, end in groups) in _WRAPPED


def _called(text: str, groups: list[tuple[int, int]]) -> int:
    """Return where a telephone number with its country code ends that a run begins with; -1 when it does not.

    Only a number of up to 15 digits can be one (ITU-T E.164), so that a plus before a card number hides nothing.
    """
    if not groups or not _CALLED.search(text[max(0, groups[0][0] - 6) : groups[0][0]]):
        return -1
    digits, best = "", -1
    for start, end in groups:
        digits += text[start:end]
        if len(digits) > _LONGEST_PHONE:
            break
        if _is_phone(digits):
            best = end
    return best


def _is_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _accounts(text: str) -> Iterator[Found]:
    position = 0
    while candidate := _IBAN.search(text, position):
        start = candidate.start() - (2 if text[candidate.start() - 1].isalpha() else 3)
        end = None
        if start >= position and not (start and text[start - 1].isalnum()):
            end = _account_end(text, start, candidate.end())
        if end is not None:
            yield Found(PaymentData.ACCOUNT, start, end)
        position = end if end is not None else candidate.start() + 1


def _account_end(text: str, start: int, last: int) -> int | None:
    """Return where an IBAN ends that begins at a place; the longest one that ends with a word, or None."""
    for end in range(last, start + _SHORTEST_IBAN - 1, -1):
        if not text[end - 1].isalnum() or (end < len(text) and text[end].isalnum()):
            continue
        number = _NOT_IN_IBAN.sub("", text[start:end].upper())
        if len(number) >= _SHORTEST_IBAN and iban.is_valid(number, check_country=False):
            return end
    return None
