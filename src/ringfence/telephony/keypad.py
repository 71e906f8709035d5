"""What a person searches a number by: letters on a keypad, and patterns such as ``21*`` and ``*1234``."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ringfence.telephony.numbering_refusals import refusal

MOST_DIGITS: Final = 15
"""The most digits a number has (ITU-T E.164)."""

_KEYS: Final = {
    "2": "abcåäæáàâç",
    "3": "defðéèêë",
    "4": "ghiíîï",
    "5": "jkl",
    "6": "mnoøöóôñ",
    "7": "pqrsß",
    "8": "tuvüúûþ",
    "9": "wxyzýÿ",
}
"""ITU-T E.161, and the further letters of Nordic and Western European keypads (ETSI ES 202 130)."""

_DIGITS: Final = {letter: digit for digit, letters in _KEYS.items() for letter in letters}
_SKIPPED: Final = frozenset(" \t\u00a0\u202f-.()/\u2011\u2013")


class Anchor(StrEnum):
    """Where in the number the digits must stand."""

    ANYWHERE = "anywhere"
    START = "start"
    END = "end"
    COUNTRY_CODE = "country_code"


@dataclass(frozen=True, slots=True)
class SearchPattern:
    """What to look for: digits, ``?`` for any one digit, and where they stand.

    Of the national number, without the calling code; with ``Anchor.COUNTRY_CODE`` of the whole number in
    E.164 form without its plus sign, from its beginning.
    """

    digits: str
    anchor: Anchor

    @property
    def like(self) -> str:
        """The pattern for SQL's ``LIKE``: digits, ``_`` and ``%``, and nothing that needs escaping."""
        body = self.digits.replace("?", "_")
        before = "%" if self.anchor in {Anchor.ANYWHERE, Anchor.END} else ""
        return f"{before}{body}{'' if self.anchor is Anchor.END else '%'}"

    def matches(self, number: str) -> bool:
        """Whether a number fits: digits only, national or whole as the anchor asks."""
        body = self.digits.replace("?", "[0-9]")
        before = ".*" if self.anchor in {Anchor.ANYWHERE, Anchor.END} else ""
        after = "" if self.anchor is Anchor.END else ".*"
        return re.fullmatch(f"{before}{body}{after}", number) is not None


def keypad(text: str) -> str:
    """Replace letters by the digits of their keys and drop spacing: ``1-800-TAXI`` is ``18008294``.

    Raises ``Refusal`` ``search.character`` for anything that is on no key.
    """
    digits = []
    for character in text:
        if character in _SKIPPED:
            continue
        digit = character if character in "0123456789" else _DIGITS.get(character.lower())
        if digit is None:
            raise refusal("search.character", character=character)
        digits.append(digit)
    return "".join(digits)


def search_pattern(text: str) -> SearchPattern:
    """Read what a person typed into the search field.

    ``123`` and ``*123*`` stand anywhere, ``123*`` at the start of the national number, ``*123`` at its end,
    ``+47 21`` at the start of the whole number; ``?`` is any one digit and letters are those of the keypad.
    Raises ``Refusal``: ``search.empty``, ``search.too_long``, ``search.character``, ``search.star``.
    """
    written = text.strip()
    whole = written.startswith("+")
    body = written.removeprefix("+").lstrip("*")
    opens = not whole and written.startswith("*")
    closes = body.endswith("*")
    body = body.rstrip("*")
    if "*" in body or (whole and written.startswith("+*")):
        raise refusal("search.star")
    digits = "?".join(keypad(part) for part in body.split("?"))
    if not digits.strip("?"):
        raise refusal("search.empty")
    if len(digits) > MOST_DIGITS:
        raise refusal("search.too_long", most=MOST_DIGITS)
    if whole:
        return SearchPattern(digits, Anchor.COUNTRY_CODE)
    if opens == closes:
        return SearchPattern(digits, Anchor.ANYWHERE)
    return SearchPattern(digits, Anchor.END if opens else Anchor.START)
