"""What the customer of a case is told names nobody who reported: no address, no number, no name of theirs (5.3)."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ringfence.accounts.queries import profile_of
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.erasure.forms import words_of
from ringfence.support.abuse.hands import text_of
from ringfence.support.abuse_models import AbuseCase, AbuseReport
from ringfence.telephony import lookups
from ringfence.telephony.queries import numbers_of

FEWEST_DIGITS: Final = 6
SHORTEST_NAME: Final = 3
"""Digits of a number, and letters of a name, that tell somebody from others."""

_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:@]+@[^\s<>()\[\]\"',;:@]+\.[^\W\d_]{2,}")
_SPOKEN: Final = (
    (re.compile(r"\s*[(\[{]\s*(?:at|a|alfa|krøllalfa)\s*[)\]}]\s*|\s+(?:at|krøllalfa)\s+|\s*@\s*"), "@"),
    (re.compile(r"\s*[(\[{]\s*(?:dot|punktum)\s*[)\]}]\s*|\s+(?:dot|punktum)\s+"), "."),
)
_WHEN: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}|\d{1,2}[:.]\d\d\b")
_RUN: Final = re.compile(r"\d(?:[\s().\-/\u2010-\u2015]*\d){5,}")
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, repr=False)
class _Traces:
    """What tells who somebody is: addresses in small letters, digits of numbers, words of names."""

    addresses: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: "_Traces") -> "_Traces":
        return _Traces(
            self.addresses | other.addresses, self.numbers | other.numbers, self.names | other.names
        )

    def stand_in(self, text: str, known: "_Traces") -> bool:
        """Tell whether one of them stands in a text; what is `known` to its reader tells nothing."""
        small = unicodedata.normalize("NFKC", text).casefold()
        for pattern, sign in _SPOKEN:
            small = pattern.sub(sign, small)
        numbers = [one for one in self.numbers if not _is_among(one, known.numbers)]
        return (
            any(address in small for address in self.addresses - known.addresses)
            or any(_is_among(found, numbers) for found in _numbers_in(text))
            or not {form for name in self.names - known.names for form in words_of(name)}.isdisjoint(
                _WORD.findall(text)
            )
        )


def require_nobody_named(row: AbuseCase, text: str) -> None:
    """Raise a Refusal for a text to the customer of a case that holds what tells who reported.

    Looked for are the address a report came with, addresses and numbers in what its writer wrote, and name, address and
    numbers of one who is a customer of ours; in their usual forms.
    """
    reports = AbuseReport.objects.filter(case__subject=row.subject).exclude(subject=row.subject)
    theirs = _Traces()
    for report in reports:
        written = "\n".join((text_of(report.said), text_of(report.happened), text_of(report.address)))
        theirs |= _known_of(report.subject) | _Traces(
            frozenset(one.casefold() for one in _ADDRESS.findall(written)), _numbers_in(written)
        )
    reported = lookups.digits_of([row.number]) if row.number else {}
    own = _known_of(row.subject) | _Traces(numbers=_numbers_in("\n".join(reported.values())))
    if theirs.stand_in(text, own):
        raise Refusal(
            "abuse.names_somebody",
            gettext_noop(
                "An address, a number or a name of somebody who reported stands in it. Whoever has the number never"
                " learns who that was: write it without."
            ),
        )


def check(*, case: UUID, text: str) -> None:
    """Do the same for a case by its key, before anything is decided. Raises Refusal."""
    require_nobody_named(AbuseCase.objects.get(pk=case), text)


def _known_of(person: UUID) -> _Traces:
    """Return what is known of a customer by their account; nothing of anybody else."""
    profile = profile_of(person)
    if profile is None:
        return _Traces()
    held = [one.e164 for one in numbers_of(person)]
    return _Traces(
        frozenset({profile.email.casefold()} - {""}),
        _numbers_in("\n".join([profile.phone, *held])),
        frozenset(word for word in _WORD.findall(profile.name) if len(word) >= SHORTEST_NAME),
    )


def _numbers_in(text: str) -> frozenset[str]:
    """Return the digits of what could be telephone numbers; moments are none."""
    without = _WHEN.sub("|", unicodedata.normalize("NFKC", text))
    runs = (re.sub(r"\D", "", run) for line in without.splitlines() for run in _RUN.findall(line))
    return frozenset(runs)


def _is_among(number: str, others: Collection[str]) -> bool:
    """Tell whether digits are those of another number, with a country code or without."""
    return any(
        min(len(number), len(one)) >= FEWEST_DIGITS
        and (number.endswith(one) or one.endswith(number.lstrip("0")))
        for one in others
    )
