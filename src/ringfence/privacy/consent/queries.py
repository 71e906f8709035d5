"""What is known of choices: whether one counts, those of a browser, and those of a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.public_ids import public_id
from ringfence.privacy.consent.actions import TOLD
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.consent.rules import Extra, Said


@dataclass(frozen=True, slots=True)
class Consent:
    """A choice, as the person who made it reads it. `purpose`, `said` and `means` are message ids.

    `ended_at` is the moment another choice took its place, or its time was over; None while it counts.
    """

    public_id: str
    purpose: str
    said: str
    means: str
    decided_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    version: int | None

    @property
    def counts(self) -> bool:
        """Whether it counts now."""
        return self.ended_at is None

    @property
    def is_given(self) -> bool:
        """Whether it is a yes that counts now."""
        return self.counts and self.said == Said.GIVEN


def is_given(*, visitor: UUID, notice: str, at: datetime) -> bool:
    """Tell whether a browser's yes to the question with this digest (its beginning) counts at a moment."""
    found = ConsentRecord.objects.filter(
        visitor=visitor,
        purpose=Extra.STATISTICS,
        replaced_at=None,
        state=Said.GIVEN,
        ends_at__gt=at,
        notice__digest__startswith=notice[:TOLD],
    )
    return found.exists()


def consents_of(subject: UUID, at: datetime) -> list[Consent]:
    """Return a person's choices, newest first."""
    rows = ConsentRecord.objects.filter(subject=subject).order_by("-decided_at", "pk")
    return [_shown(row, at) for row in rows]


def choice_of(visitor: UUID, at: datetime) -> Consent | None:
    """Return the newest choice of a browser."""
    row = ConsentRecord.objects.filter(visitor=visitor).order_by("-decided_at", "pk").first()
    return _shown(row, at) if row else None


def _shown(row: ConsentRecord, at: datetime) -> Consent:
    over = row.ends_at if row.ends_at <= at else None
    return Consent(
        public_id=public_id("con", row.pk),
        purpose=row.purpose,
        said=row.state,
        means=row.means,
        decided_at=row.decided_at,
        ends_at=row.ends_at,
        ended_at=min((one for one in (row.replaced_at, over) if one), default=None),
        version=row.version_id,
    )
