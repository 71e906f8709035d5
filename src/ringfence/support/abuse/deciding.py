"""What staff do with a case: take it up, decide it, and together with a second person close an account (clause 5.4)."""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.queries import is_customer
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.support.abuse import letters, reporting, suspending
from ringfence.support.abuse.hands import hand_of, locked, note, text_of
from ringfence.support.abuse.naming import require_nobody_named
from ringfence.support.abuse.rules import (
    APPEAL_WITHIN,
    BY_ONE,
    CLAUSES,
    AbuseEvent,
    AbuseState,
    Decision,
    move_case,
    moved_on,
    require_text,
)
from ringfence.support.abuse_models import AbuseCase, AbuseReport, AbuseSuspension
from ringfence.telephony import lookups


@action("abuse.take_up")
def take_up(*, case: UUID, by: Actor, at: datetime) -> None:
    """Begin to look at a case. Raises Refusal."""
    hand_of(by)
    row = locked(case)
    row.state, row.looked_at = move_case(row.state, AbuseEvent.LOOK), at
    row.save()
    note(row)


@action("abuse.name_number")
def name_number(*, case: UUID, number: str, by: Actor, at: datetime) -> UUID:
    """Say which number of ours a case without one is about; return the case, which may be an earlier one of it.

    Raises Refusal: `abuse.cannot_move`, `abuse.no_such_number`.
    """
    hand_of(by)
    row, found = locked(case), reporting.meant(number)
    if row.number is not None or row.state not in {AbuseState.REPORTED, AbuseState.LOOKING}:
        raise moved_on()
    if found is None:
        raise Refusal(
            "abuse.no_such_number",
            gettext_noop("We have no such number. Write it whole, with its country code."),
        )
    holder = lookups.who_holds([found]).get(found)
    same = reporting.undecided(found, holder) if holder else None
    if same is not None:
        AbuseReport.objects.filter(case=row).update(case=same)
        row.delete()
        row = same
    else:
        row.number, row.subject = found, holder or row.subject
        row.save(update_fields=["number", "subject"])
    note(row)
    return row.pk


@action("abuse.dismiss")
def dismiss(*, case: UUID, by: Actor, at: datetime) -> None:
    """Close a case without doing anything; those who reported are told so. Raises Refusal."""
    hand = hand_of(by)
    row = locked(case)
    row.state, row.decision = move_case(row.state, AbuseEvent.DISMISS), Decision.NOTHING
    row.decided_at, row.decided_by, row.closed_at = at, hand, at
    row.save()
    letters.tell_reporters(row, by, at)
    note(row, decision=str(row.decision))


@action("abuse.decide")
def decide(*, case: UUID, decision: Decision, clause: str, reason: str, by: Actor, at: datetime) -> None:
    """Warn the customer of a case, or suspend its number or all of theirs; they read the reason and can appeal.

    Raises Refusal: `abuse.cannot_move`, `abuse.nobody`, `abuse.no_words`, `abuse.takes_two`, `abuse.names_somebody`.
    """
    hand = hand_of(by)
    row = locked(case)
    if decision not in BY_ONE:
        raise Refusal("abuse.takes_two", gettext_noop("An account is closed by two members of staff."))
    _settle(row, AbuseEvent.DECIDE, decision, clause, reason, hand, at)
    row.appeal_until = at + APPEAL_WITHIN
    row.save()
    suspended = 0
    if row.decision != Decision.WARNING:
        suspended = suspending.suspend(row, by, at, everything=row.decision == Decision.ALL_SUSPENDED)
    letters.tell_decision(row, by, at)
    letters.tell_reporters(row, by, at)
    note(row, decision=str(row.decision), clause=row.clause, numbers=suspended)


@action("abuse.ask_closing")
def ask_closing(*, case: UUID, clause: str, reason: str, by: Actor, at: datetime) -> None:
    """Ask that the account of a case be closed. Its numbers are suspended at once; somebody else has to confirm.

    Raises Refusal.
    """
    hand = hand_of(by)
    row = locked(case)
    _settle(row, AbuseEvent.ASK_CLOSING, Decision.CLOSING, clause, reason, hand, at)
    row.save()
    suspended = suspending.suspend(row, by, at, everything=True)
    letters.tell_decision(row, by, at, waits="yes")
    note(row, clause=row.clause, numbers=suspended)


@action("abuse.confirm_closing")
def confirm_closing(*, case: UUID, by: Actor, at: datetime) -> None:
    """Confirm, as a second person, that an account is closed: once the time for an appeal is over. Raises Refusal."""
    hand = hand_of(by)
    row = locked(case)
    row.state = move_case(row.state, AbuseEvent.CONFIRM_CLOSING)
    if row.decided_by is not None and bytes(row.decided_by) == hand:
        raise Refusal(
            "abuse.same_hand",
            gettext_noop("You asked to close this account. Somebody else has to confirm it."),
        )
    require_nobody_named(row, text_of(row.reason))
    row.confirmed_at, row.confirmed_by = at, hand
    row.appeal_until = at + APPEAL_WITHIN
    row.save()
    suspending.suspend(row, by, at, everything=True)
    letters.tell_decision(row, by, at)
    letters.tell_reporters(row, by, at)
    note(row, decision=str(row.decision), clause=row.clause)


@action("abuse.decline_closing")
def decline_closing(*, case: UUID, by: Actor, at: datetime) -> None:
    """Say no to the closing of an account, or take it back: its numbers ring again, and the case is open again."""
    hand_of(by)
    row = locked(case)
    row.state = move_case(row.state, AbuseEvent.DECLINE_CLOSING)
    restored = suspending.restore(row, by, at)
    row.decision, row.clause, row.reason = "", "", None
    row.decided_at = row.decided_by = row.told_at = row.unreached_at = None
    row.save()
    letters.tell_restored(row, by, at, why="declined")
    note(row, numbers=restored)


@action("abuse.lift")
def lift(*, case: UUID, by: Actor, at: datetime) -> None:
    """Let the numbers ring again that a decided case suspended: what was wrong is put right. Raises Refusal."""
    hand_of(by)
    row = locked(case)
    in_force = AbuseSuspension.objects.filter(case=row, ended_at=None).exists()
    if not in_force or row.decision not in {Decision.SUSPENSION, Decision.ALL_SUSPENDED}:
        raise Refusal("abuse.nothing_to_lift", gettext_noop("No number is suspended by this case."))
    restored = suspending.restore(row, by, at)
    letters.tell_restored(row, by, at, why="lifted")
    note(row, numbers=restored)


def _settle(
    row: AbuseCase, event: AbuseEvent, decision: Decision, clause: str, reason: str, hand: bytes, at: datetime
) -> None:
    """Write a decision with its clause and reason into a case, which must still be about a customer."""
    row.state, row.decision = move_case(row.state, event), Decision(decision)
    if not is_customer(row.subject) or not (
        suspending.still_held(row) or decision in {Decision.WARNING, Decision.CLOSING}
    ):
        raise Refusal(
            "abuse.nobody",
            gettext_noop("No customer of ours has this number now. Close the case without a decision."),
        )
    if clause not in CLAUSES:
        raise Refusal("abuse.no_clause", gettext_noop("Choose the clause that the decision rests on."))
    row.clause, row.reason = clause, require_text(reason)
    require_nobody_named(row, reason)
    row.decided_at, row.decided_by = at, hand
