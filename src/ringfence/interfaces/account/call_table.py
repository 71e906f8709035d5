"""Calls as a table for other programs (RFC 4180), line by line, and harmless in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from ringfence.interfaces.account import call_words
from ringfence.telephony.call_log import Call

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


class _Line:
    """A file that keeps nothing: what is written comes back at once."""

    def write(self, text: str) -> str:
        """Return what is written."""
        return text


def lines(calls: Iterable[Call]) -> Iterator[str]:
    """Return the head and a line for each call, in the language of the page; moments are in UTC."""
    return _lines(calls, translation.get_language() or "en")


def _lines(calls: Iterable[Call], language: str) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    with translation.override(language):
        head = (_("Began (UTC)"), _("From"), _("To"), _("How it went"), _("Why"), _("Waited, seconds"))
        yield write(map(harmless, (*head, _("Talked, seconds"), _("Deleted at the latest on"), _("Call"))))
    for call in calls:
        with translation.override(language):
            yield write(map(harmless, _cells(call)))


def _cells(call: Call) -> tuple[str, ...]:
    return (
        _moment(call.started_at),
        str(call.caller.open()) if call.caller else _("Withheld"),
        str(call.called.open()),
        str(call_words.SHORT[call.outcome]),
        call_words.why(call),
        "" if call.rang is None else str(call.rang),
        "" if call.seconds is None else str(call.seconds),
        call.gone_on.isoformat(),
        call.public_id,
    )


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before it, which none shows.

    A telephone number reckons nothing and stays as it is, for other programs.
    """
    is_number = text[:1] == "+" and text[1:].isdecimal()
    return f"'{text}" if text.startswith(DANGEROUS) and not is_number else text
