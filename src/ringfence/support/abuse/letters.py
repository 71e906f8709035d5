"""What is written to the customer of a case, and to those who reported."""

from datetime import datetime
from typing import Final

from ringfence.accounts.actions import queue_letter
from ringfence.accounts.actions.letters import can_be_written_to
from ringfence.accounts.queries import is_customer, language_of, profile_of
from ringfence.kernel.actor import Actor
from ringfence.privacy import queries as privacy
from ringfence.support.abuse.rules import Decision
from ringfence.support.abuse_models import AbuseCase, AbuseReport
from ringfence.telephony import lookups

RECEIVED: Final = "abuse-received"
OUTCOME: Final = "abuse-outcome"
DECIDED: Final = "abuse-decision"
RESTORED: Final = "abuse-restored"
UPHELD: Final = "abuse-upheld"
CLOSED: Final = "abuse-closed"


def tell_customer(row: AbuseCase, kind: str, by: Actor, at: datetime, **facts: str) -> None:
    """Write to the customer of a case, unless they are leaving; the reason stands in the letter."""
    if not can_be_written_to(row.subject) or privacy.being_erased(row.subject):
        return
    queue_letter(kind=kind, person=row.subject, facts=_facts(row) | facts, by=by, at=at)


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
    """Tell those who gave an address what came of their report, in general words and once; return how many."""
    count = 0
    waiting = AbuseReport.objects.select_for_update().filter(case=row, told_at=None, has_address=True)
    for report in waiting.order_by("pk"):
        if tell_reporter(report, OUTCOME, by, at, acted=row.decision != Decision.NOTHING):
            report.told_at = at
            report.save(update_fields=["told_at"])
            count += 1
    return count


def tell_reporter(report: AbuseReport, kind: str, by: Actor, at: datetime, **facts: str | bool) -> bool:
    """Write to somebody who reported, unless they are leaving; tell whether a letter was queued."""
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


def _facts(row: AbuseCase) -> dict[str, str]:
    digits = lookups.digits_of([row.number]) if row.number else {}
    return {
        "case": row.public_id,
        "number": digits.get(row.number, "") if row.number else "",
        "decision": row.decision,
        "clause": row.clause,
        "reason": _opened(row.reason),
        "answer": _opened(row.answer),
        "appeal_until": row.appeal_until.isoformat() if row.appeal_until else "",
    }


def _opened(value: object) -> str:
    found = value.open() if hasattr(value, "open") else value
    return str(found) if found else ""
