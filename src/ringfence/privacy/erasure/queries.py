"""What may be read of erasures and their receipts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy import rules
from ringfence.privacy.erasure import receipts
from ringfence.privacy.erasure.actions import watch_digest
from ringfence.privacy.erasure.models import Erasure, Receipt


@dataclass(frozen=True, slots=True)
class Watched:
    """An erasure as the person follows it: the step it is at, and the receipt at the end."""

    id: UUID
    step: str
    steps_done: int
    steps: int
    begun_at: datetime
    finished_at: datetime | None
    final_at: datetime | None
    watch_until: datetime | None
    document: dict[str, Any] | None

    @property
    def done(self) -> bool:
        """Whether the receipt is there with its proof."""
        return self.document is not None


def watched(word: str, at: datetime) -> Watched | None:
    """Return the erasure behind an unguessable word, or None when there is none or its time is over."""
    found = Erasure.objects.filter(watch_digest=watch_digest(word), watch_until__gt=at).first()
    if found is None:
        return None
    receipt = Receipt.objects.filter(erasure=found).exclude(proof__isnull=True).first()
    return Watched(
        id=found.pk,
        step=found.step,
        steps_done=rules.ERASURE_STEPS.index(rules.ErasureStep(found.step)),
        steps=len(rules.ERASURE_STEPS) - 1,
        begun_at=found.begun_at,
        finished_at=found.finished_at,
        final_at=receipt.final_at if receipt else None,
        watch_until=found.watch_until,
        document=receipts.document(receipt) if receipt else None,
    )


def what_would_stay(subject: UUID, at: datetime) -> list[dict[str, Any]]:
    """Return what a law would keep of a person who is erased now: kind, records, article, and the day until which."""
    return [{**kept, "until": date.fromisoformat(kept["until"])} for kept in receipts.what_stays(subject, at)]


def receipt(public_id: str) -> dict[str, Any] | None:
    """Return a receipt by its public id, or None. It says nothing about anybody, so everybody may see it."""
    try:
        key: UUID = parse(public_id, "rcp")
    except NotAPublicId:
        return None
    found = Receipt.objects.filter(pk=key).exclude(proof__isnull=True).first()
    return receipts.document(found) if found else None


def under_way() -> int:
    """Return how many erasures are not done."""
    return Erasure.objects.filter(finished_at=None).count()
