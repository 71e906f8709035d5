"""Which numbers a card can have: the ranges of issuers (ISO/IEC 7812-1) with the lengths in use, 14 digits and more.

What else passes the check digit, such as a reference in 16 digits, is no card number unless it begins like one. Not
listed is 1 (air travel accounts between companies), whose 15 digits look like many other numbers.
"""

from collections.abc import Iterator
from typing import Final

SHORTEST: Final = 14
LONGEST: Final = 19

_USUAL: Final = frozenset({16, 17, 18, 19})
_ALL: Final = frozenset(range(SHORTEST, LONGEST + 1))

RANGES: Final[tuple[tuple[str, str, frozenset[int]], ...]] = (
    ("2131", "2131", frozenset({15, 16})),  # JCB, older
    ("1800", "1800", frozenset({15, 16})),  # JCB, older
    ("2200", "2204", _USUAL),  # Mir
    ("2221", "2720", frozenset({16})),  # Mastercard
    ("300", "305", _ALL),  # Diners Club
    ("3095", "3095", _ALL),  # Diners Club
    ("34", "34", frozenset({15})),  # American Express
    ("3528", "3589", _USUAL),  # JCB
    ("36", "36", _ALL),  # Diners Club
    ("37", "37", frozenset({15})),  # American Express
    ("38", "39", _ALL),  # Diners Club
    ("4", "4", frozenset({16, 18, 19})),  # Visa, and national schemes that share its range
    ("50", "50", _ALL),  # Maestro, Dankort, Verve, Elo, RuPay
    ("51", "55", frozenset({16})),  # Mastercard
    ("56", "58", _ALL),  # Maestro
    ("60", "60", _USUAL),  # Discover, RuPay
    ("62", "62", _USUAL),  # UnionPay
    ("63", "63", _ALL),  # Maestro, InstaPayment, InterPayment
    ("64", "65", _USUAL),  # Discover, Troy, Verve
    ("67", "67", _ALL),  # Maestro
    ("81", "82", _USUAL),  # UnionPay, RuPay
    ("8600", "8600", frozenset({16})),  # UzCard
    ("9704", "9704", frozenset({16, 19})),  # Napas
    ("9792", "9792", frozenset({16})),  # Troy
    ("9860", "9860", frozenset({16})),  # Humo
)
"""First prefix, last prefix, lengths."""


def _prefixes() -> Iterator[tuple[str, frozenset[int]]]:
    for first, last, lengths in RANGES:
        for prefix in range(int(first), int(last) + 1):
            yield str(prefix), lengths


_BY_PREFIX: Final[dict[str, frozenset[int]]] = dict(_prefixes())
_PREFIX_LENGTHS: Final = (4, 3, 2, 1)
_LARGEST_DIGIT: Final = 9


def is_card(digits: str) -> bool:
    """Tell whether ASCII digits are a card number: an issuer's range and length, and the check digit."""
    return _is_issued(digits) and len(set(digits)) > 1 and passes_check_digit(digits)


def _is_issued(digits: str) -> bool:
    return any(len(digits) in _BY_PREFIX.get(digits[:length], ()) for length in _PREFIX_LENGTHS)


def passes_check_digit(digits: str) -> bool:
    """Tell whether the last digit is right (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(map(int, digits[-1::-2])) + sum(two - 9 if two > _LARGEST_DIGIT else two for two in doubled)
    return total % 10 == 0
