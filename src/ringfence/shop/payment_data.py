"""Recognises card and bank account numbers that people type where they do not belong (clause 2.4)."""

import re
from typing import Final

_CARD: Final = re.compile(r"(?<!\d)(?:\d[ \-.]?){13,18}\d(?!\d)", re.ASCII)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30}\b", re.ASCII | re.IGNORECASE)
_LARGEST_DIGIT: Final = 9


def holds_payment_data(text: str) -> bool:
    """Whether a text holds a card number (14 to 19 digits, ISO/IEC 7812 check digit) or an IBAN (ISO 13616)."""
    cards = (re.sub(r"\D", "", found[0]) for found in _CARD.finditer(text))
    ibans = (re.sub(r"[ \-]", "", found[0]).upper() for found in _IBAN.finditer(text))
    return any(map(_is_card, cards)) or any(map(_is_iban, ibans))


def _is_card(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(map(int, digits[-1::-2])) + sum(two - 9 if two > _LARGEST_DIGIT else two for two in doubled)
    return total % 10 == 0 and len(set(digits)) > 1


def _is_iban(text: str) -> bool:
    figures = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(figures) % 97 == 1
