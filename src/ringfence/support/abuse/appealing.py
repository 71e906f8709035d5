"""A decision is appealed by its customer, answered by somebody else, or final when its time is over (clause 5.4)."""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.queries import is_customer
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.erasure import actions as erasure
from ringfence.support.abuse import letters, suspending
from ringfence.support.abuse.hands import hand_of, locked, note, unknown
from ringfence.support.abuse.naming import require_nobody_named
from ringfence.support.abuse.rules import AbuseEvent, AbuseState, Decision, Outcome, move_case, require_text
from ringfence.support.abuse_models import AbuseCase


@action("abuse.appeal")
def appeal(*, case: UUID, text: str, by: Actor, at: datetime) -> None:
    """Take in the appeal of a case's own customer. What was decided stays in force until it is answered.

    Raises Refusal: `abuse.unknown`, `abuse.cannot_move`, `abuse.too_late`, `abuse.no_words`.
    """
    row = locked(case)
    if by.kind is not Kind.CUSTOMER or by.person != row.subject:
        raise unknown()
    row.state = move_case(row.state, AbuseEvent.APPEAL)
    if row.appeal_until is None or at >= row.appeal_until:
        raise Refusal("abuse.too_late", gettext_noop("The time for an appeal is over. Write to us instead."))
    row.appeal, row.appealed_at, row.told_at = require_text(text), at, row.told_at or at
    row.save()
    note(row)


@action("abuse.answer_appeal")
def answer_appeal(*, case: UUID, outcome: Outcome, answer: str, by: Actor, at: datetime) -> None:
    """Answer an appeal, as somebody who did not decide the case. One that is won lets every number ring again.

    Raises Refusal: `abuse.cannot_move`, `abuse.same_hand_answers`, `abuse.no_words`, `abuse.names_somebody`.
    """
    hand = hand_of(by)
    row = locked(case)
    is_won = Outcome(outcome) is Outcome.OVERTURNED
    row.state = move_case(row.state, AbuseEvent.OVERTURN if is_won else AbuseEvent.UPHOLD)
    if hand in {bytes(one) for one in (row.decided_by, row.confirmed_by) if one is not None}:
        raise Refusal(
            "abuse.same_hand_answers",
            gettext_noop("You took part in this decision. Somebody else has to answer the appeal."),
        )
    row.outcome, row.answer = Outcome(outcome), require_text(answer)
    require_nobody_named(row, answer)
    row.answered_at, row.answered_by, row.closed_at = at, hand, at
    row.save()
    restored = suspending.restore(row, by, at) if is_won else 0
    if is_won:
        letters.tell_restored(row, by, at, why="appeal")
    elif row.decision == Decision.CLOSING:
        _close_account(row, by, at)
    else:
        letters.tell_customer(row, letters.UPHELD, by, at)
    note(row, outcome=str(row.outcome), numbers=restored)


@action("abuse.time_out")
def time_out(*, case: UUID, by: Actor, at: datetime) -> None:
    """Make a decision final that was not appealed in time; an account that is to be closed goes. Otherwise nothing."""
    row = locked(case)
    if row.state != AbuseState.DECIDED or row.appeal_until is None or at < row.appeal_until:
        nothing_happened()
        return
    row.state, row.closed_at = move_case(row.state, AbuseEvent.TIME_OUT), at
    row.save()
    note(row, decision=row.decision)
    if row.decision == Decision.CLOSING:
        _close_account(row, by, at)


def _close_account(row: AbuseCase, by: Actor, at: datetime) -> None:
    """Close an account the way its owner would: numbers end, what can still be cancelled is paid back, data goes."""
    if not is_customer(row.subject):
        return
    letters.tell_of_closing(row, by, at)
    erasure.begin(subject=row.subject, request=None, by=by, at=at)
