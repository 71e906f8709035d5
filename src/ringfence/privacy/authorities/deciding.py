"""What comes of a demand: judged by two in writing, proposed by one of them, confirmed by another (clause 3.3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, making, preserving, scope
from ringfence.privacy.authorities.models import AuthorityDemand, DemandJudgement, DemandTarget
from ringfence.privacy.authorities.ports import who_had
from ringfence.privacy.authorities.rules import (
    EVENT_OF,
    GRANTED,
    DemandEvent,
    DemandState,
    Outcome,
    Question,
    Verdict,
    move_demand,
    possible_outcomes,
    require_judge,
    require_other_hand,
    require_quiet,
    require_words,
)
from ringfence.privacy.authorities.scope import Scope
from ringfence.privacy.keys.queries import erased


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to come of a demand. `part` and `targets` say of a partial one what remains: None is all.

    Without `quiet_until` the customers are told at once; `keep_until` is the end of what is to be preserved.
    """

    outcome: Outcome
    reason: str
    part: Scope | None = None
    targets: Collection[UUID] | None = None
    quiet_until: date | None = None
    quiet_because: str = ""
    keep_until: datetime | None = None


@action("authorities.judge")
def judge(
    *, demand: UUID, question: Question, verdict: Verdict, reason: str, by: Actor, at: datetime
) -> None:
    """Write down one's own judgement of one question; nobody changes it afterwards. Raises Refusal."""
    hand = hands.hand_of(by)
    row = hands.locked(demand)
    if row.state != DemandState.RECEIVED:
        move_demand(row.state, DemandEvent.PROPOSE)
    if DemandJudgement.objects.filter(demand=row, question=question, judged_by=hand).exists():
        raise Refusal("demand.judged", gettext_noop("You have judged this question already."))
    DemandJudgement(
        demand=row,
        subject=row.subject,
        question=Question(question),
        verdict=Verdict(verdict),
        reason=require_words(reason),
        judged_at=at,
        judged_by=hand,
    ).save(force_insert=True)
    hands.note(row, question=str(question), verdict=str(verdict))


@action("authorities.propose")
def propose(*, demand: UUID, proposal: Proposal, by: Actor, at: datetime) -> None:
    """Propose what is to come of a demand; nothing happens until somebody else has confirmed it. Raises Refusal."""
    hand = hands.hand_of(by)
    row = hands.locked(demand)
    given, targets = hands.judged(row), DemandTarget.objects.filter(demand=row)
    state = move_demand(row.state, DemandEvent.PROPOSE)
    require_judge(hand, given)
    if proposal.outcome not in possible_outcomes(row.kind, given, finds_anybody=targets.exists()):
        raise Refusal(
            "demand.not_so_judged",
            gettext_noop(
                "That does not follow from what was judged. Two have to judge all three questions first."
            ),
        )
    row.state, row.outcome, row.reason = state, Outcome(proposal.outcome), require_words(proposal.reason)
    row.proposed_at, row.proposed_by = at, hand
    _narrow(row, proposal)
    row.quiet_because = require_quiet(proposal.quiet_until, proposal.quiet_because, at) or None
    row.quiet_until = proposal.quiet_until
    row.save()
    if row.outcome == Outcome.PRESERVED:
        preserving.ask(row, proposal.keep_until, by, at)
    hands.note(row, outcome=str(row.outcome), fields=len(row.granted_fields))


def _narrow(row: AuthorityDemand, proposal: Proposal) -> None:
    """Write into a demand what is to be handed over or preserved: all of it, or the part that was chosen."""
    if proposal.outcome == Outcome.REFUSED:
        row.granted_fields, row.granted_since, row.granted_until = [], None, None
        return
    asked = hands.demanded(row)
    part = proposal.part if proposal.outcome == Outcome.PARTIAL and proposal.part is not None else asked
    scope.require_within(part, asked)
    scope.require_sound(part)
    row.granted_fields, row.granted_since, row.granted_until = sorted(part.fields), part.since, part.until
    targets = DemandTarget.objects.filter(demand=row)
    targets.update(is_granted=True)
    if proposal.outcome == Outcome.PARTIAL and proposal.targets is not None:
        targets.exclude(pk__in=[*proposal.targets]).update(is_granted=False)
    if (part.since, part.until) != (asked.since, asked.until):
        _leave_out_former(row, part)
    if not targets.filter(is_granted=True).exists():
        raise Refusal(
            "demand.nobody", gettext_noop("Choose at least one person or number, or refuse the demand.")
        )
    is_all = part == asked and not targets.filter(is_granted=False).exists()
    if proposal.outcome == Outcome.PARTIAL and is_all:
        raise Refusal("demand.not_less", gettext_noop("That is all of it. Choose less, or grant it in full."))


def _leave_out_former(row: AuthorityDemand, part: Scope) -> None:
    """Leave out whoever did not have the number of theirs in the time that was granted."""
    targets = [
        (key.pk, one, number)
        for key, one in making.targets_of(row, granted_only=True)
        if (number := one.number) is not None
    ]
    gone = erased([one.person for _key, one, _number in targets])
    former = [
        key
        for key, one, number in targets
        if one.person not in gone and one.person not in who_had(number, part.since, part.until)
    ]
    DemandTarget.objects.filter(pk__in=former).update(is_granted=False)


@action("authorities.decline")
def decline(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Say no to a proposal, or take it back; the judgements stay. Raises Refusal."""
    hands.hand_of(by)
    row = hands.locked(demand)
    row.state = move_demand(row.state, DemandEvent.DECLINE)
    if row.outcome == Outcome.PRESERVED:
        preserving.take_back(row, by, at)
    _unpropose(row)
    row.save()
    hands.note(row)


def _unpropose(row: AuthorityDemand) -> None:
    row.outcome, row.reason = "", None
    row.granted_fields, row.granted_since, row.granted_until = [], None, None
    row.quiet_until = row.quiet_because = row.keep_until = None
    row.proposed_at = row.proposed_by = None


@action("authorities.confirm")
def confirm(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Confirm, as a second person who has judged it too, what is to come of a demand. Raises Refusal.

    Only from here a package is made.
    """
    hand = hands.hand_of(by)
    row = hands.locked(demand)
    row.state = move_demand(
        row.state, EVENT_OF.get(Outcome(row.outcome or Outcome.REFUSED), DemandEvent.REFUSE)
    )
    require_other_hand(hand, None if row.proposed_by is None else bytes(row.proposed_by))
    require_judge(hand, hands.judged(row))
    if row.state != DemandState.CLOSED:
        require_quiet(row.quiet_until, hands.text_of(row.quiet_because), at)
    row.confirmed_at, row.confirmed_by = at, hand
    if row.state == DemandState.CLOSED:
        row.closed_at = at
    if row.state in GRANTED:
        row.making_since = at
    row.save()
    if row.state == DemandState.PRESERVED:
        preserving.confirm(row, by, at)
    if row.state in GRANTED:
        making.put_into_queue(row.pk)
    hands.note(row, outcome=str(row.outcome), state=str(row.state))


@action("authorities.withdraw")
def withdraw(*, demand: UUID, reason: str, by: Actor, at: datetime) -> None:
    """Close a demand that the authority took back; what was made for it and not fetched is gone. Raises Refusal."""
    hands.hand_of(by)
    row = hands.locked(demand)
    was_proposed = row.state == DemandState.PROPOSED
    row.state = move_demand(row.state, DemandEvent.WITHDRAW)
    if was_proposed and row.outcome == Outcome.PRESERVED:
        preserving.take_back(row, by, at)
    making.let_go(row)
    row.outcome, row.reason, row.closed_at, row.making_since = (
        Outcome.WITHDRAWN,
        require_words(reason),
        at,
        None,
    )
    row.save()
    hands.note(row)
