"""What the customer of a case is told names nobody who reported: no address, no number, no name of theirs (5.3)."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Final
from uuid import UUID

from ringfence.accounts.queries import profile_of
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import policy_text
from ringfence.privacy.erasure.forms import words_of
from ringfence.privacy.looks import note
from ringfence.privacy.policy_text.clause import Language
from ringfence.support import mime
from ringfence.support.abuse.hands import text_of
from ringfence.support.abuse_models import AbuseCase, AbusePiece, AbuseReport
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

    Looked for are the address a report came with, addresses and numbers in what its writer wrote, the name in the
    sender of a letter, and name, address and numbers of one who is a customer of ours; in their usual forms. It is
    compared alone: nobody sees it.
    """
    with note.unwatched():
        reports = AbuseReport.objects.filter(case__subject=row.subject).exclude(subject=row.subject)
        theirs = reduce(or_, map(_traces_of, reports), _Traces())
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


def _traces_of(report: AbuseReport) -> _Traces:
    """Return what a report tells of who sent it."""
    written = "\n".join((text_of(report.said), text_of(report.happened), text_of(report.address)))
    addresses = frozenset(one.casefold() for one in _ADDRESS.findall(written))
    return (
        _known_of(report.subject)
        | _Traces(addresses, _numbers_in(written))
        | _Traces(names=frozenset(_sender_in(report)))
    )


def _sender_in(report: AbuseReport) -> Iterator[str]:
    """Yield the words of the name in the sender of the letter that a report came as.

    Whoever writes chooses that name: words that stand in the policy are none, or no reason could be written.
    """
    for piece in AbusePiece.objects.filter(picture__report=report, picture__letter__isnull=False, place=0):
        sender = mime.header(mime.opened(bytes(piece.content.open() or b"")), "from")
        for word in _words_of_name(_ADDRESS.sub(" ", sender)):
            if word.casefold() not in _ordinary():
                yield word


@cache
def _ordinary() -> frozenset[str]:
    """Return the words of the policy, in small letters."""
    languages: tuple[Language, ...] = ("nb", "en")
    texts = [
        one.text for language in languages for one in policy_text.clauses(policy_text.SAMPLE_FACTS, language)
    ]
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text))


def _words_of_name(name: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(name) if len(word) >= SHORTEST_NAME)


def _known_of(person: UUID) -> _Traces:
    """Return what is known of a customer by their account; nothing of anybody else."""
    profile = profile_of(person)
    if profile is None:
        return _Traces()
    held = [one.e164 for one in numbers_of(person)]
    return _Traces(
        frozenset({profile.email.casefold()} - {""}),
        _numbers_in("\n".join([profile.phone, *held])),
        _words_of_name(profile.name),
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
