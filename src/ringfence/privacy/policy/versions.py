"""The versions of the policy: which there are, which one counts, and who was shown it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.policy.models import Acknowledgement, PolicyVersion
from ringfence.privacy.policy.publishing import ensure_first_version
from ringfence.privacy.policy_rules import VersionState, version_state

MOMENTS: Final = ("registration", "order", "login")
"""When the version in force is put before a customer (clause 5.1)."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version as a list shows it, without its text. `summary` is in both languages, and may be empty."""

    number: int
    kind: str
    state: VersionState
    published_at: datetime
    effective_at: datetime
    withdrawn_at: datetime | None
    notice_days: int
    digest: str
    summary: dict[str, str]


def version(number: int) -> PolicyVersion | None:
    """Return a version, or None."""
    return PolicyVersion.objects.filter(number=number).first()


def versions(at: datetime) -> list[VersionView]:
    """Return all versions with their states, newest first, without their texts."""
    counting = in_force(at)
    rows = PolicyVersion.objects.select_related("withdrawal").order_by("-number").defer("text")
    return [_view(row, counting.number if counting else 0, at) for row in rows]


def version_view(found: PolicyVersion, at: datetime) -> VersionView:
    """Return a version as a list shows it."""
    counting = in_force(at)
    return _view(found, counting.number if counting else 0, at)


def _view(row: PolicyVersion, counting: int, at: datetime) -> VersionView:
    withdrawn_at = withdrawn(row)
    return VersionView(
        number=row.number,
        kind=row.kind,
        state=version_state(row.effective_at, withdrawn_at, is_newest_in_force=row.number == counting, at=at),
        published_at=row.published_at,
        effective_at=row.effective_at,
        withdrawn_at=withdrawn_at,
        notice_days=row.notice_days,
        digest=bytes(row.digest).hex(),
        summary=row.summary,
    )


def withdrawn(found: PolicyVersion) -> datetime | None:
    """Return when a version was withdrawn, or None."""
    withdrawal = getattr(found, "withdrawal", None)
    return withdrawal.withdrawn_at if withdrawal else None


def in_force(at: datetime) -> PolicyVersion | None:
    """Return the version that counts at a moment. None before the first one was published."""
    counting = PolicyVersion.objects.filter(effective_at__lte=at, withdrawal=None)
    return counting.order_by("-number").first() or PolicyVersion.objects.filter(number=1).first()


def coming(at: datetime) -> PolicyVersion | None:
    """Return the version that is published and does not count yet, or None; there is one at most."""
    return PolicyVersion.objects.filter(number__gt=1, effective_at__gt=at, withdrawal=None).first()


def current_text(found: PolicyVersion, language: str) -> list[dict[str, Any]]:
    """Return a version's sections in one language: `{number, title, clauses: [{number, text, law_note, article}]}`."""
    text: list[dict[str, Any]] = found.text[language]
    return text


@action("privacy.acknowledge")
def acknowledge(*, subject: UUID, moment: str, by: Actor, at: datetime) -> int:
    """Record that a person was shown the version in force (clause 5.1); return its number.

    `moment` is one of `MOMENTS`. At a login nothing is recorded again for a version already seen. This is an
    acknowledgement and never a consent.
    """
    if moment not in MOMENTS:
        raise ValueError(f"not a moment of acknowledging: {moment}")
    found = in_force(at) or ensure_first_version(by=Actor.system("privacy"), at=at)
    if moment == "login" and acknowledged(subject, found.number):
        nothing_happened()
        return found.number
    Acknowledgement.objects.create(subject=subject, version=found, moment=moment, acknowledged_at=at)
    about(subject, version=found.number, moment=moment)
    return found.number


def acknowledged(subject: UUID, number: int) -> bool:
    """Tell whether a person was shown a version."""
    return Acknowledgement.objects.filter(subject=subject, version_id=number).exists()


def last_acknowledged(subject: UUID) -> int | None:
    """Return the newest version a person was shown, or None."""
    return (
        Acknowledgement.objects.filter(subject=subject)
        .order_by("-version_id")
        .values_list("version_id", flat=True)
        .first()
    )


def unacknowledged(subjects: Iterable[UUID]) -> int:
    """Return how many of some people were never shown any version; 0 keeps clause 5.1."""
    asked = set(subjects)
    seen = Acknowledgement.objects.filter(subject__in=asked).values_list("subject", flat=True).distinct()
    return len(asked - set(seen))
