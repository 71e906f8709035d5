"""A number as it is read, with the digits somebody looked for marked in it."""

import re
from functools import lru_cache
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ringfence.interfaces import writing
from ringfence.telephony.keypad import Anchor, SearchPattern
from ringfence.telephony.search_rules import calling_code_of

_DIGIT: Final = "[0-9]"


@lru_cache(maxsize=512)
def _wanted(pattern: SearchPattern) -> re.Pattern[str]:
    body = pattern.digits.replace("?", _DIGIT)
    if pattern.anchor is Anchor.END:
        return re.compile(f"{body}$")
    return re.compile(body if pattern.anchor is Anchor.ANYWHERE else f"^{body}")


@lru_cache(maxsize=20_000)
def written(e164: str) -> str:
    """Write a number of the stock in the groups of its country; remembered, so never for a number of somebody's."""
    return writing.international(e164)


def marked(e164: str, pattern: SearchPattern | None) -> SafeString:
    """Write a number in its groups, each run of what was looked for within `mark`, spaces and all."""
    text = written(e164)
    runs = _runs(text, e164, pattern) if pattern else []
    pieces, at = [], 0
    for first, last in runs:
        pieces += [text[at:first], "<mark>", text[first:last], "</mark>"]
        at = last
    return format_html('<span class="number">{}</span>', mark_safe("".join([*pieces, text[at:]])))  # noqa: S308 - digits, spaces and hyphens


def _runs(text: str, e164: str, pattern: SearchPattern) -> list[tuple[int, int]]:
    """Return where in the written number the runs stand."""
    spots = [index for index, character in enumerate(text) if character.isdecimal()]
    figures = e164.removeprefix("+")
    skipped = 0 if pattern.anchor is Anchor.COUNTRY_CODE else len(calling_code_of(e164))
    if len(spots) != len(figures):
        return []
    return [
        (spots[found.start() + skipped], spots[found.end() + skipped - 1] + 1)
        for found in _wanted(pattern).finditer(figures[skipped:])
    ]
