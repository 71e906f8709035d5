"""What is written to the customer of a case, and to those who reported."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from ringfence.accounts.actions import queue_letter
from ringfence.accounts.actions.letters import can_be_written_to
from ringfence.accounts.letter_ends import LetterEnd, on_end
from ringfence.accounts.queries import is_customer, language_of, profile_of
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy import queries as privacy
from ringfence.privacy.looks import note
from ringfence.support.abuse.hands import text_of
from ringfence.support.abuse.rules import UNDECIDED, Decision
from ringfence.support.abuse_models import AbuseCase, AbuseReport
from ringfence.telephony import lookups
from ringfence.telephony import queries as telephony
from ringfence.telephony.rules import NumberState

RECEIVED: Final = "abuse-received"
OUTCOME: Final = "abuse-outcome"
DECIDED: Final = "abuse-decision"
RESTORED: Final = "abuse-restored"
UPHELD: Final = "abuse-upheld"
CLOSED: Final = "abuse-closed"
UNTOLD: Final = Q(told_at=None, unreached_at=None, has_address=True)
"""The reports whose writers have yet to be told what came of them."""


def tell_decision(row: AbuseCase, by: Actor, at: datetime, **facts: str) -> None:
    """Write to the customer of a case what was decided and why, and note in the case whether they were written to."""
    row.told_at = at if tell_customer(row, DECIDED, by, at, **facts) else None
    row.unreached_at = None
    row.save(update_fields=["told_at", "unreached_at"])


def tell_customer(row: AbuseCase, kind: str, by: Actor, at: datetime, **facts: str) -> bool:
    """Write to the customer of a case, unless they are leaving, with the reason; tell whether a letter was queued."""
    if not can_be_written_to(row.subject) or privacy.being_erased(row.subject):
        return False
    queue_letter(kind=kind, person=row.subject, facts=_facts(row) | facts, by=by, at=at)
    return True


def tell_restored(row: AbuseCase, by: Actor, at: datetime, *, why: str) -> None:
    """Write that a decision no longer holds, and whether a number stays suspended for anything else."""
    stays = any(held.state is NumberState.SUSPENDED for held in telephony.numbers_of(row.subject))
    tell_customer(row, RESTORED, by, at, why=why, **({"stays": "yes"} if stays else {}))


def tell_of_closing(row: AbuseCase, by: Actor, at: datetime) -> None:
    """Write that the account is closed now. The letter stands on its own, since the account goes."""
    profile = profile_of(row.subject)
    if profile is None or privacy.being_erased(row.subject):
        return
    queue_letter(
        kind=CLOSED,
        address=profile.email,
        language=language_of(row.subject),
        time_zone=profile.time_zone,
        facts=_facts(row),
        by=by,
        at=at,
    )


def tell_reporters(row: AbuseCase, by: Actor, at: datetime) -> int:
    """Tell those who gave an address what came of their report, in general words and once; return how many.

    Of a case that goes undecided they are told that it is over.
    """
    count, is_over = 0, row.state in UNDECIDED
    waiting = AbuseReport.objects.select_for_update().filter(UNTOLD, case=row)
    for report in waiting.order_by("pk"):
        acted = row.decision != Decision.NOTHING
        if tell_reporter(report, OUTCOME, by, at, report=str(report.pk), over=is_over, acted=acted):
            report.told_at = at
            report.save(update_fields=["told_at"])
            count += 1
    return count


def tell_reporter(
    report: AbuseReport, kind: str, by: Actor, at: datetime, /, **facts: str | bool | list[str]
) -> bool:
    """Write to somebody who reported, unless they are leaving; tell whether a letter was queued."""
    with note.unwatched():
        address = report.address.open() if report.address is not None else None
    if not address:
        return False
    own = is_customer(report.subject)
    if own and privacy.being_erased(report.subject):
        return False
    queue_letter(
        kind=kind,
        address=str(address),
        subject=report.subject if own else None,
        language=report.language,
        facts=facts,
        by=by,
        at=at,
    )
    return True


def _note_of_customer(
    *, end: LetterEnd, person: UUID, facts: Mapping[str, Any], by: Actor, at: datetime
) -> None:
    """Note what became of the letter with a decision that still holds; runs in an action."""
    try:
        case = parse(str(facts.get("case", "")), "abu")
    except NotAPublicId:
        return
    row = AbuseCase.objects.select_for_update().filter(pk=case, subject=person).exclude(decision="").first()
    if row is not None and _facts(row)["appeal_until"] == facts.get("appeal_until"):
        _note(row, end, at, given_up=None)


def _note_of_reporter(
    *, end: LetterEnd, person: UUID, facts: Mapping[str, Any], by: Actor, at: datetime
) -> None:
    """Note what became of the letter to somebody who reported; runs in an action."""
    found = AbuseReport.objects.select_for_update().filter(
        pk__in=[facts["report"]] if "report" in facts else []
    )
    for row in found:
        _note(row, end, at, given_up=at)


def _note(row: AbuseCase | AbuseReport, end: LetterEnd, at: datetime, *, given_up: datetime | None) -> None:
    """Note when the reader of a letter was told, or that they were not. What staff can have sent again is not over."""
    is_taken = end is LetterEnd.TAKEN
    row.told_at = (row.told_at or at) if is_taken else None
    row.unreached_at = None if is_taken else at if end is LetterEnd.RETURNED else given_up
    row.save(update_fields=["told_at", "unreached_at"])


def enter() -> None:
    """Enter what is noted of letters."""
    for end in (LetterEnd.TAKEN, LetterEnd.GIVEN_UP, LetterEnd.RETURNED):
        on_end(DECIDED, partial(_note_of_customer, end=end), end)
        on_end(OUTCOME, partial(_note_of_reporter, end=end), end)


def _facts(row: AbuseCase) -> dict[str, str]:
    digits = lookups.digits_of([row.number]) if row.number else {}
    return {
        "case": row.public_id,
        "number": digits.get(row.number, "") if row.number else "",
        "decision": row.decision,
        "clause": row.clause,
        "reason": text_of(row.reason),
        "answer": text_of(row.answer),
        "appeal_until": row.appeal_until.isoformat() if row.appeal_until else "",
    }
