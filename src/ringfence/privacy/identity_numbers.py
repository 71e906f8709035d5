"""National identity numbers in a text, by their form and their check digits: nobody asked for them, so they go.

Norwegian birth and D-numbers are looked for as people write them, in eleven digits or in six and five. Of other
countries' numbers only those are that nothing else looks like: Finnish, French and Italian ones, and Belgian ones with
their dots. A telephone number with its plus is none of them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers
from stdnum.be import nn
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.no import fodselsnummer

SHORTEST: Final = 11
_AFTER: Final = r"(?![0-9A-Za-z])(?!\.\d)"
_START: Final = re.compile(
    r"\d(?:(?<![0-9A-Za-z]\d)(?=[ .]?\d[ .]?\d)|(?<=[A-Z]\d)(?=\d[A-EHLMPRST]\d\d[A-Z]))", re.IGNORECASE
)
"""The first digit of what could be one; all is looked through for this once, since letters may be large."""

_NORWEGIAN: Final = re.compile(rf"\d{{6}}(?:[ \-]|&nbsp;|&#160;|&#xa0;)?\d{{5}}{_AFTER}", re.IGNORECASE)
_FINNISH: Final = re.compile(rf"\d{{6}}[\-+A-FU-Y]\d{{3}}[0-9A-Z]{_AFTER}", re.IGNORECASE)
_FRENCH: Final = re.compile(
    rf"[12][ .]?\d{{2}}[ .]?\d{{2}}[ .]?(?:\d{{2}}|2[AB])[ .]?\d{{3}}[ .]?\d{{3}}[ .]?\d{{2}}{_AFTER}",
    re.IGNORECASE,
)
_BELGIAN: Final = re.compile(rf"\d{{2}}\.\d{{2}}\.\d{{2}}-\d{{3}}\.\d{{2}}{_AFTER}")
_ITALIAN: Final = re.compile(rf"[A-Z]{{6}}\d\d[A-EHLMPRST]\d{{2}}[A-Z]\d{{3}}[A-Z]{_AFTER}", re.IGNORECASE)
_NAME: Final = 6
"""Letters before the first digit of an Italian one."""

_OTHERS: Final[tuple[tuple[re.Pattern[str], Callable[[str], bool], int], ...]] = (
    (_FINNISH, hetu.is_valid, 0),
    (_FRENCH, nir.is_valid, 0),
    (_BELGIAN, nn.is_valid, 0),
    (_ITALIAN, codicefiscale.is_valid, _NAME),
)
"""How others' numbers are written, what checks them, and how many characters stand before the first digit."""

_NOT_DIGITS: Final = re.compile(r"&\w+;|&#\w+;|\D")
_FRACTION: Final = re.compile(r"\d\.\d")
_CALLED: Final = re.compile(r"\+[ (]?(\d{0,3})[ )\-]{0,2}$")


def identities(text: str, *, phones: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where identity numbers stand in an ASCII text. `phones`: bare digits that a phone could have are none."""
    end = 0
    for first in _START.finditer(text):
        found = _at(text, first.start(), phones=phones) if first.start() >= end else None
        if found is not None:
            end = found[1]
            yield found


def _at(text: str, first: int, *, phones: bool) -> tuple[int, int] | None:
    """Return where the number stands whose first digit is at a place; None where there is none."""
    if (
        _FRACTION.match(text, max(0, first - 2)) is None
        and (found := _NORWEGIAN.match(text, first)) is not None
    ):
        digits = _NOT_DIGITS.sub("", found[0])
        if fodselsnummer.is_valid(digits) and not _is_phone(text, first, digits, phones=phones):
            return found.span()
    for pattern, is_valid, moved in _OTHERS:
        start = first - moved
        if start < 0 or (moved and start and text[start - 1].isalnum()):
            continue
        if (found := pattern.match(text, start)) is not None and is_valid(found[0]):
            return found.span()
    return None


def _is_phone(text: str, start: int, digits: str, *, phones: bool) -> bool:
    called = _CALLED.search(text[max(0, start - 9) : start])
    if called is None and not phones:
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{called[1] if called else ''}{digits}"))
    except phonenumbers.NumberParseException:
        return False
