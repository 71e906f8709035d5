"""What pages ask of exits: of one person, of hand-overs, and of recipients that have not answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy import recipients
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver, PassedOn
from ringfence.privacy.inventory import personal_fields


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as its person reads it. `title`, `why` and `labels` are message ids; `passed_on` is what came after."""

    reference: str
    at: datetime
    title: str
    name: str
    why: str
    clause: str
    basis: str
    labels: tuple[str, ...]
    decided_by: str
    passed_on: tuple[PassedOn, ...]


def count_of(subject: UUID) -> int:
    """Return how many entries there are that a person may know of."""
    return Disclosure.seen_by_its_person(Disclosure.objects.filter(subject=subject)).count()


def told_to(subject: UUID, start: int = 0, most: int = 25) -> list[Told]:
    """Return the newest entries of a person that they may know of."""
    seen = Disclosure.seen_by_its_person(Disclosure.objects.filter(subject=subject))
    rows = list(seen.order_by("-at", "id")[start : start + most])
    after: dict[UUID, list[PassedOn]] = {}
    for one in PassedOn.objects.filter(disclosure__in=[row.pk for row in rows]).order_by("caused_at", "pk"):
        after.setdefault(one.disclosure, []).append(one)
    known = {one.key: one for one in recipients.known()}
    labels = labels_of({name for row in rows for name in row.fields})
    return [
        Told(
            row.public_id,
            row.at,
            known[row.recipient].title if row.recipient in known else row.recipient,
            str(row.name.open()),
            known[row.recipient].why if row.recipient in known else "",
            row.clause,
            row.basis,
            tuple(dict.fromkeys(labels.get(name, name) for name in row.fields)),
            row.decided_by,
            tuple(after.get(row.pk, ())),
        )
        for row in rows
    ]


def labels_of(names: Collection[str]) -> dict[str, str]:
    """Return what people call some declared fields, as message ids."""
    return {str(one): one.label for one in personal_fields() if str(one) in names}


def hand_overs(start: int = 0, most: int = 25) -> list[HandOver]:
    """Return the newest hand-overs to companies of the group."""
    return list(HandOver.objects.order_by("-at", "id")[start : start + most])


def unanswered(most: int | None = None) -> list[PassedOn]:
    """Return what recipients have not answered, the one due first at the top."""
    return list(PassedOn.objects.filter(answered_at=None).order_by("due_at", "id")[:most])


def count_unanswered() -> int:
    """Return how much recipients have not answered."""
    return PassedOn.objects.filter(answered_at=None).count()


def answered_lately(most: int = 20) -> list[PassedOn]:
    """Return what recipients answered last."""
    return list(PassedOn.objects.filter(answered_at__isnull=False).order_by("-answered_at", "id")[:most])


def passed_on_key(wanted: str) -> UUID | None:
    """Return the key of what an address names, or None."""
    try:
        return parse(wanted, "onw")
    except NotAPublicId:
        return None
