"""Filters for what somebody wrote: long texts are folded, and what was removed from them is named in words."""

from typing import Final

from django import template

from ringfence.interfaces import writing
from ringfence.privacy.payment_data import MARKS_IN

register = template.Library()

FOLDED_AT: Final = 1800
"""Characters of a long text that are seen at once."""


@register.filter
def opening(text: str) -> str:
    """Return what of a long text is seen at once: all of it, or up to the end of a word."""
    return text[: _fold(text)]


@register.filter
def rest(text: str) -> str:
    """Return what of a long text is behind its fold; nothing of a short one."""
    return text[_fold(text) :].lstrip()


@register.filter
def in_words(text: str) -> str:
    """Write the marks of removed numbers in the language of the page (clause 2.4)."""
    for kind, wanted in MARKS_IN[writing.spoken()].items():
        for marks in MARKS_IN.values():
            text = text.replace(marks[kind], wanted)
    return text


def _fold(text: str) -> int:
    if len(text) <= FOLDED_AT + FOLDED_AT // 3:
        return len(text)
    breaks = [text.rfind(sign, FOLDED_AT // 2, FOLDED_AT) for sign in ("\n", " ")]
    return max(breaks) if max(breaks) > 0 else FOLDED_AT
