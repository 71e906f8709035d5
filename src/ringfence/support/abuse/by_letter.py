"""A letter to the address for abuse is a report, as the form is (clauses 1.4 and 5.3).

Automatic answers and what comes back never open a case. What a list or the desk of another operator passes on does:
many reports come so.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.actions import count_try
from ringfence.accounts.rules import counted_as
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.support import reading
from ringfence.support.abuse.reporting import CameAs, meant, report
from ringfence.support.abuse.rules import LONGEST_TEXT, UNDECIDED, AbuseKind
from ringfence.support.abuse_models import AbuseReport
from ringfence.support.actions import address_digest
from ringfence.support.demands import language_of
from ringfence.support.models import Letter
from ringfence.support.rules import LetterKind, is_for_reports, is_own
from ringfence.support.verdicts import is_suspicious

GATE: Final = "abuse-account"
"""The form counts reports of an address at the same gate."""
NOT_FOUND: Final = "–"
"""What stands for the number of a report in which none of ours is named: staff look for it."""
MOST_NUMBERS: Final = 3
MOST_LOOKED_UP: Final = 20
LEFT_OUT: Final = "\n\n[\N{HORIZONTAL ELLIPSIS}]"

_DATE: Final = re.compile(r"\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})\b")
_NUMBER: Final = re.compile(r"(?<![\w+])(?:\+|00)?[ (]{0,2}\d(?:[ \xa0().\-/]{0,2}\d){5,16}(?!\w)")


def is_report(recipients: list[str]) -> bool:
    """Tell whether a letter was sent to the address for abuse."""
    return any(map(is_for_reports, recipients))


@action("abuse.take_letter")
def take_letter(*, letter: Letter, content: bytes, sender: str, by: Actor, at: datetime) -> bool:
    """Take a letter in as a report of each number of ours that it names, or of one to be found; False where it is not.

    Of one address no more are taken than by the form. Nobody is told where the sender is forged, or wants no automatic
    answer. What goes on with a report goes to its case.
    """
    if is_own(sender) or count_try(gate=GATE, who=counted_as(sender), by=by, at=letter.received_at):
        nothing_happened()
        return False
    said = reading.as_text(content)
    is_forged = is_suspicious(letter.verdicts)
    joins = None if is_forged else _goes_on_with(letter, sender)
    numbers = [] if joins else list(numbers_in(said))
    for place, number in enumerate(numbers or [NOT_FOUND]):
        try:
            report(
                number=number,
                kind=AbuseKind.OTHER,
                said=_short(said),
                address="" if is_forged else sender,
                language=language_of(said),
                letter=CameAs(letter.pk, content, letter.scan, reading.answerable_id(content)),
                joins=joins,
                is_told=letter.kind == LetterKind.PERSON and place == 0,
                by=by,
                at=letter.received_at,
            )
        except Refusal:
            nothing_happened()
            return False
    about(numbers=len(numbers))
    return True


def numbers_in(text: str) -> Iterator[str]:
    """Yield the numbers of ours that a text names, each once, as it writes them; a few at most."""
    found: set[UUID] = set()
    for place, match in enumerate(_NUMBER.finditer(_DATE.sub(" ", text))):
        if place >= MOST_LOOKED_UP or len(found) >= MOST_NUMBERS:
            return
        number = meant(match[0])
        if number is not None and number not in found:
            found.add(number)
            yield match[0].strip()


def _goes_on_with(letter: Letter, sender: str) -> UUID | None:
    """Return the case, still to be decided, of an earlier letter of the same sender that this one answers."""
    answered = Letter.objects.filter(names_itself__in=[bytes(one) for one in letter.answers if one])
    earlier = AbuseReport.objects.filter(
        letter__in=answered.values("pk"), digest=address_digest(sender), case__state__in=sorted(UNDECIDED)
    )
    found = earlier.order_by("-received_at", "pk").values_list("case", flat=True).first()
    return UUID(str(found)) if found else None


def _short(said: str) -> str:
    return said if len(said) <= LONGEST_TEXT else said[: LONGEST_TEXT - len(LEFT_OUT)] + LEFT_OUT
