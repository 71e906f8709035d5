"""What staff may read of demands: lists that open nothing, and one demand, opened, with what may follow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import handing, hands, making, preserving
from ringfence.privacy.authorities.models import AuthorityDemand, DemandJudgement, DemandPiece
from ringfence.privacy.authorities.rules import (
    DemandState,
    Outcome,
    Question,
    Verdict,
    judges,
    possible_outcomes,
)
from ringfence.privacy.authorities.scope import Scope, Target

LISTED: Final = 100
WAITING: Final = (DemandState.RECEIVED, DemandState.PROPOSED, DemandState.GRANTED, DemandState.READY)
"""The states in which a demand waits for somebody here."""


@dataclass(frozen=True, slots=True)
class DemandRow:
    """A demand in a list: nothing of it is opened."""

    public_id: str
    kind: str
    sort: str
    state: DemandState
    outcome: str
    received_at: datetime
    deadline: datetime
    closed_at: datetime | None
    quiet_until: date | None
    told_at: datetime | None
    is_quiet: bool
    is_making: bool
    fields: int
    people: int


@dataclass(frozen=True, slots=True)
class JudgementView:
    """One judgement. Others' words are empty for who has not written their own on that question yet."""

    question: Question
    verdict: Verdict
    reason: str
    judged_at: datetime
    is_mine: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class QuietAsked:
    """Another day for telling that one member of staff has asked for."""

    until: date
    because: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class DemandView:
    """A demand, opened for a member of staff; `row` is what a list shows of it.

    `my_questions` are those they have not judged; `may_propose` what they can propose now, `may_confirm` whether the
    proposal is somebody else's and they have judged too.
    """

    id: UUID
    row: DemandRow
    authority: str
    reference: str
    legal_basis: str
    named: str
    follows: str
    key: str
    key_checked: str
    asked: Scope
    granted: Scope
    targets: list[tuple[UUID, Target, bool]]
    reason: str
    quiet_because: str
    quiet_asked: QuietAsked | None
    keep_until: datetime | None
    entered_at: datetime
    proposed_at: datetime | None
    confirmed_at: datetime | None
    ready_at: datetime | None
    gone_at: datetime | None
    handed_over_at: datetime | None
    emptied_at: datetime | None
    fetches: int
    judgements: list[JudgementView]
    judges: int
    my_questions: list[Question]
    may_propose: frozenset[Outcome]
    may_confirm: bool
    is_mine: bool
    paper_type: str = ""
    holds: list[tuple[str, str]] = field(default_factory=list)


def listed(*states: DemandState) -> list[DemandRow]:
    """Return demands in some states, the nearest deadline first; of those that are over the newest first."""
    rows = AuthorityDemand.objects.filter(state__in=states)
    order = ("-closed_at", "id") if DemandState.CLOSED in states else ("deadline", "id")
    return [_row(one) for one in rows.order_by(*order)[:LISTED]]


def quiet_ones() -> list[DemandRow]:
    """Return demands whose people may not be told yet what was handed over, or is preserved."""
    rows = AuthorityDemand.objects.filter(handing.quiet_ones())
    return [_row(one) for one in rows.order_by("quiet_until", "id")[:LISTED]]


def key_of(wanted: str) -> UUID | None:
    """Return the key of a demand by its public id, or None when there is no such demand."""
    return making.key_of(wanted)


@action("authorities.look_at")
def look_at(*, demand: UUID, by: Actor, at: datetime) -> DemandView:
    """Open a demand for staff, with a line of it; whom it concerns is not in the line. Raises LookupError, Refusal."""
    hand = hands.hand_of(by)
    row = AuthorityDemand.objects.filter(pk=demand).first()
    if row is None:
        raise LookupError("there is no such demand")
    hands.note(row)
    return _view(row, hand)


def _view(row: AuthorityDemand, hand: bytes) -> DemandView:
    given, targets = hands.judged(row), making.targets_of(row)
    mine = {one.question for one in given if one.hand == hand}
    has_judged = hand in judges(given)
    is_mine = row.proposed_by is not None and bytes(row.proposed_by) == hand
    is_open = row.state == DemandState.RECEIVED
    possible = possible_outcomes(row.kind, given, finds_anybody=bool(targets)) if has_judged else frozenset()
    return DemandView(
        id=row.pk,
        row=_row(row),
        authority=hands.text_of(row.authority),
        reference=hands.text_of(row.reference),
        legal_basis=hands.text_of(row.legal_basis),
        named=hands.text_of(row.named),
        follows=row.follows,
        key=row.key,
        key_checked=hands.text_of(row.key_checked),
        asked=hands.demanded(row),
        granted=hands.granted(row),
        targets=[(key.pk, target, key.is_granted) for key, target in targets],
        reason=hands.text_of(row.reason),
        quiet_because=hands.text_of(row.quiet_because),
        quiet_asked=_quiet_asked(row, hand),
        keep_until=row.keep_until,
        entered_at=row.entered_at,
        proposed_at=row.proposed_at,
        confirmed_at=row.confirmed_at,
        ready_at=row.ready_at,
        gone_at=row.gone_at,
        handed_over_at=row.handed_over_at,
        emptied_at=row.emptied_at,
        fetches=row.fetches,
        judgements=_judgements(row, hand, mine),
        judges=len(judges(given)),
        my_questions=[one for one in Question if is_open and one not in mine],
        may_propose=possible if is_open else frozenset(),
        may_confirm=row.state == DemandState.PROPOSED and has_judged and not is_mine,
        is_mine=is_mine,
        holds=preserving.of_case(row.public_id),
    )


def _quiet_asked(row: AuthorityDemand, hand: bytes) -> QuietAsked | None:
    if row.quiet_asked_until is None or row.quiet_asked_by is None:
        return None
    because = hands.text_of(row.quiet_asked_because)
    return QuietAsked(row.quiet_asked_until, because, bytes(row.quiet_asked_by) == hand)


def _judgements(row: AuthorityDemand, hand: bytes, mine: set[Question]) -> list[JudgementView]:
    found = []
    for one in DemandJudgement.objects.filter(demand=row).order_by("judged_at", "id"):
        question, is_mine = Question(one.question), bytes(one.judged_by) == hand
        is_hidden = question not in mine and row.state == DemandState.RECEIVED
        words = "" if is_hidden else hands.text_of(one.reason)
        found.append(JudgementView(question, Verdict(one.verdict), words, one.judged_at, is_mine, is_hidden))
    return found


def _row(row: AuthorityDemand) -> DemandRow:
    return DemandRow(
        public_id=row.public_id,
        kind=row.kind,
        sort=row.sort,
        state=DemandState(row.state),
        outcome=row.outcome,
        received_at=row.received_at,
        deadline=row.deadline,
        closed_at=row.closed_at,
        quiet_until=row.quiet_until,
        told_at=row.told_at,
        is_quiet=handing.is_quiet(row),
        is_making=row.making_since is not None,
        fields=len(row.fields),
        people=row.people,
    )


@action("authorities.read_paper")
def paper(*, demand: UUID, by: Actor, at: datetime) -> bytes:
    """Return the paper of a demand. Raises Refusal."""
    hands.hand_of(by)
    row = AuthorityDemand.objects.filter(pk=demand).first()
    content = b"" if row is None else b"".join(pieces(row.pk, DemandPiece.PAPER))
    if row is None or not content:
        raise Refusal("demand.no_paper_left", gettext_noop("There is no paper of this demand any more."))
    hands.note(row)
    return content


def package(demand: UUID) -> Iterator[bytes]:
    """Yield the package of a demand, closed to its authority's key; `hand_over` comes first."""
    return pieces(demand, DemandPiece.PACKAGE)


def pieces(demand: UUID, what: str) -> Iterator[bytes]:
    """Yield the pieces of a paper, or of a package, opened."""
    rows = DemandPiece.objects.filter(demand=demand, what=what).order_by("number")
    for row in rows.iterator(chunk_size=8):
        content = row.content.open()
        if isinstance(content, bytes):
            yield content
