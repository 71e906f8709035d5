"""Cases of abuse as pages show them."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ringfence.support.abuse.rules import (
    DECIDED_WITHIN,
    LOOKED_AT_WITHIN,
    AbuseKind,
    AbuseState,
    Decision,
)
from ringfence.support.abuse_models import AbuseCase


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture that came with a report, or the letter it came as, unopened. `size` in bytes."""

    id: UUID
    size: int
    is_letter: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class ReportView:
    """What one person reported, opened."""

    id: UUID
    received_at: datetime
    kind: AbuseKind
    named: str
    happened: str
    said: str
    address: str
    told_at: datetime | None
    unreached_at: datetime | None
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True, slots=True, repr=False)
class CaseView:
    """A case. What is sealed is empty where it was not opened.

    `to_be_found` is the number of one that came by letter and names none of ours, as far as software can tell;
    `suspended` are the digits of the numbers it suspends.

    `due_at` is when the next step is due at the latest; None when it waits for the customer, or for nobody.
    """

    id: UUID
    public_id: str
    subject: UUID
    has_customer: bool
    number: UUID | None
    e164: str
    kind: AbuseKind
    state: AbuseState
    reported_at: datetime
    looked_at: datetime | None
    decision: str
    clause: str
    decided_at: datetime | None
    confirmed_at: datetime | None
    told_at: datetime | None
    appeal_until: datetime | None
    appealed_at: datetime | None
    outcome: str
    answered_at: datetime | None
    closed_at: datetime | None
    count: int = 0
    to_be_found: bool = False
    reason: str = ""
    appeal: str = ""
    answer: str = ""
    reports: tuple[ReportView, ...] = ()
    suspended: tuple[str, ...] = ()
    earlier: dict[str, int] = field(default_factory=dict)

    @property
    def can_be_named(self) -> bool:
        """Whether staff can say which number it is about."""
        return self.number is None and self.state in {AbuseState.REPORTED, AbuseState.LOOKING}

    @property
    def due_at(self) -> datetime | None:
        """When staff have to have taken the next step."""
        if self.state is AbuseState.REPORTED:
            return self.reported_at + LOOKED_AT_WITHIN
        if self.state in {AbuseState.LOOKING, AbuseState.CONFIRMING}:
            return (self.looked_at or self.reported_at) + DECIDED_WITHIN
        if self.state is AbuseState.APPEALED and self.appealed_at is not None:
            return self.appealed_at + DECIDED_WITHIN
        return None

    def can_be_appealed(self, at: datetime) -> bool:
        """Tell whether its customer can still appeal."""
        return self.state is AbuseState.DECIDED and self.appeal_until is not None and at < self.appeal_until

    @property
    def is_untold(self) -> bool:
        """Whether the letter with the decision did not reach its customer, who then has it in the account alone."""
        return self.decision not in {"", Decision.NOTHING} and self.told_at is None

    @property
    def is_final(self) -> bool:
        """Whether nothing follows by itself any more."""
        return self.state is AbuseState.CLOSED

    @property
    def can_be_lifted(self) -> bool:
        """Whether staff can let its numbers ring again."""
        wanted = {Decision.SUSPENSION, Decision.ALL_SUSPENDED}
        return bool(self.suspended) and self.decision in wanted and self.state is not AbuseState.APPEALED


def plain(
    row: AbuseCase,
    *,
    e164: str = "",
    count: int = 0,
    has_customer: bool = False,
    came_by_letter: bool = False,
) -> CaseView:
    """Return a case with nothing of it opened."""
    return CaseView(
        id=row.pk,
        public_id=row.public_id,
        subject=row.subject,
        has_customer=has_customer,
        number=row.number,
        e164=e164,
        kind=AbuseKind(row.kind),
        state=AbuseState(row.state),
        reported_at=row.reported_at,
        looked_at=row.looked_at,
        decision=row.decision,
        clause=row.clause,
        decided_at=row.decided_at,
        confirmed_at=row.confirmed_at,
        told_at=row.told_at,
        appeal_until=row.appeal_until,
        appealed_at=row.appealed_at,
        outcome=row.outcome,
        answered_at=row.answered_at,
        closed_at=row.closed_at,
        count=count,
        to_be_found=came_by_letter and row.number is None,
    )
