"""Which holds are in force, whom and what they cover, and what of it is kept back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import Count, Q, QuerySet

from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.inventory import (
    Category,
    Declaration,
    Personal,
    RetentionClass,
    declarations_of,
    declared_fields,
)
from ringfence.privacy.keys import keyring
from ringfence.privacy.ports import key_store
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import EXPIRED_WITHIN, HoldArticle, HoldState
from ringfence.privacy.rules import KEPT
from ringfence.privacy.sealed import Erased

LISTED: Final = 100
NOTE_KEPT: Final = timedelta(days=KEPT["held"]["days"])
"""How long the note of a hold stays after its end; what it kept goes at once."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A hold in force: what it covers, by which law, until when. `subject` is whose key seals what it keeps.

    Of a secret one the customer must not learn: neither in words nor by a deletion that stands still.
    """

    id: UUID
    subject: UUID
    person: UUID | None
    number: UUID | None
    classes: frozenset[str]
    article: str
    until: datetime
    is_secret: bool


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as staff see it. Whom it is about, and why, is empty where it was not opened, or its key is gone.

    `kept` are the records it keeps back, by the name of their model.
    """

    id: UUID
    public_id: str
    classes: tuple[str, ...]
    article: str
    is_secret: bool
    state: HoldState
    asked_at: datetime
    confirmed_at: datetime | None
    begins_at: datetime
    until: datetime
    end_asked_at: datetime | None
    ended_at: datetime | None
    told_at: datetime | None
    kept: dict[str, int] = field(default_factory=dict)
    person: UUID | None = None
    number: UUID | None = None
    reason: str = ""
    reference: str = ""
    case: str = ""


def of_staff(person: UUID) -> bytes:
    """Return the digest by which a member of staff is known again, and nobody is named."""
    return key_store().mac("hold-staff", person.bytes)


def of_nobody() -> bytes:
    """Return the digest that stands in the place of a second member of staff, where the customer alone decides."""
    return key_store().mac("hold-staff", b"the customer alone")


def covered_by(person: UUID | None, number: UUID | None) -> bytes:
    """Return the digest by which the holds of a person, or of a number, are found."""
    kind, key = (b"person", person) if person else (b"number", number)
    return key_store().mac("hold", kind + (key.bytes if key else b""))


def _active(at: datetime) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(state=HoldState.ACTIVE, begins_at__lte=at, until__gt=at)


def count_in_force(at: datetime) -> int:
    """Return how many holds are in force by a law or a claim; none is opened."""
    return _active(at).exclude(article=HoldArticle.RESTRICTED).count()


def any_in_force(at: datetime) -> bool:
    """Tell whether any hold is in force, of whatever kind."""
    return _active(at).exists()


def in_force(at: datetime) -> list[InForce]:
    """Return every hold in force, opened; they are few."""
    rows = list(_active(at))
    keyring.prefetch({row.subject for row in rows}, RetentionClass.HELD)
    return [_in_force(row) for row in rows]


def _in_force(row: LegalHold) -> InForce:
    person, number = _target(row)
    return InForce(
        row.pk,
        row.subject,
        person,
        number,
        frozenset(row.classes),
        row.article,
        row.until,
        row.is_secret,
    )


def _target(row: LegalHold) -> tuple[UUID | None, UUID | None]:
    target = row.target.open()
    if not isinstance(target, dict):
        return None, None
    person, number = target.get("person"), target.get("number")
    return (UUID(person) if person else None, UUID(number) if number else None)


def yields_to(one: InForce, by: Actor) -> bool:
    """Tell whether a hold keeps nothing back of what somebody deletes: their own restriction does not bind them."""
    is_own = by.kind is Kind.CUSTOMER and by.person == one.person
    return is_own and one.article == HoldArticle.RESTRICTED


def blocking(subject: UUID, at: datetime, classes: Collection[str] | None = None) -> list[InForce]:
    """Return the holds in force on a person, of some classes or of any.

    A deletion need not wait for them, and must not show a secret one: its first step, the release, has what they cover
    copied aside under keys of their own (`actions.set_aside_of`), and the rest goes as for everybody.
    """
    rows = _active(at).filter(covers=covered_by(subject, None))
    wanted = set(classes) if classes is not None else None
    return [_in_force(row) for row in rows if wanted is None or wanted & set(row.classes)]


def covers_rows(one: InForce, model: type[models.Model]) -> list[tuple[Q, UUID]]:
    """Return which rows of a model a hold covers, with whose key seals the copies; none without a field of its classes.

    What others wrote about a person is sealed for the hold alone: it must not stand in the copy of that person's data.
    """
    holds = declarations_of(model)
    if holds is None or not holds.subject_path or model in {HeldRow, LegalHold} or not fields_of(one, model):
        return []
    if one.person is None:
        return [(Q(number=one.number), one.subject)] if has_number(model) and one.number is not None else []
    own = Q(**{holds.subject_path: one.person})
    if not holds.also_about or one.article == HoldArticle.RESTRICTED:
        return [(own, one.subject)]
    return [(own, one.subject), (Q(**{holds.also_about: one.person}) & ~own, one.id)]


def may_cover(one: InForce, model: type[models.Model], subject: UUID) -> bool:
    """Tell whether a hold may cover rows of a person: of another person's only those that are about its own."""
    holds = declarations_of(model)
    return one.person in {None, subject} or (holds is not None and bool(holds.also_about))


def fields_of(one: InForce, model: type[models.Model]) -> list[str]:
    """Return the fields of a model that a hold keeps: of its classes, no means of signing in, and no copy of a copy."""
    out = getattr(model, "withheld", None)
    mine = {
        name: says
        for name, says in declared_fields(model).items()
        if isinstance(says, Personal) and says.retention in one.classes
    }
    if isinstance(out, frozenset):
        mine = {name: says for name, says in mine.items() if name not in out}
    if not any(is_kept(says, one.classes) for says in mine.values()):
        return []
    return [name for name, says in mine.items() if says.category is not Category.CREDENTIAL]


def is_kept(says: Declaration, classes: Collection[str]) -> bool:
    """Tell whether a field is of some classes, and says more than which rows belong together, or how to sign in."""
    silent = (Category.LINK, Category.CREDENTIAL)
    return isinstance(says, Personal) and says.retention in classes and says.category not in silent


def has_number(model: type[models.Model]) -> bool:
    """Tell whether rows of a model say which number they are of."""
    return any(one.name == "number" and isinstance(one, models.UUIDField) for one in model._meta.local_fields)


def key_of(wanted: str) -> UUID | None:
    """Return the key of a hold by its public id, or None when there is no such hold."""
    try:
        key = parse(wanted, "hld")
    except NotAPublicId:
        return None
    return key if LegalHold.objects.filter(pk=key).exists() else None


def is_end_waiting(key: UUID) -> bool | None:
    """Tell of a hold in force whether somebody asked that it end before its time; None when it is not in force."""
    rows = LegalHold.objects.filter(pk=key, state=HoldState.ACTIVE).values_list("end_asked_by", flat=True)
    return rows[0] is not None if rows else None


def opened(row: LegalHold) -> HoldView:
    """Return a hold with whom it is about and why; who opens it for staff writes a line of it."""
    person, number = _target(row)
    return replace(
        _view(row, _kept([row])),
        person=person,
        number=number,
        reason=_text(row.reason),
        reference=_text(row.reference),
    )


def listed(*states: HoldState) -> list[HoldView]:
    """Return the holds in some states for staff, the newest first; whom they are about is not opened.

    What a customer restricts is theirs, and stands with the customer.
    """
    found = LegalHold.objects.filter(state__in=states).exclude(article=HoldArticle.RESTRICTED)
    rows = list(found.order_by("-asked_at", "id")[:LISTED])
    kept = _kept(rows)
    return [_view(row, kept) for row in rows]


def shown_to(subject: UUID, at: datetime, numbers: Collection[UUID] = ()) -> list[HoldView]:
    """Return the open holds that a person may know of: on them, and on numbers they have; those of a month ago too.

    Of one on a number the reason may speak of others, and what it keeps may be theirs: neither is shown.
    """
    told = LegalHold.objects.filter(is_secret=False, state__in=(HoldState.ACTIVE, HoldState.ENDED))
    told = told.exclude(ended_at__lte=at - NOTE_KEPT).order_by("-asked_at", "id")
    mine = [opened(row) for row in told.filter(covers=covered_by(subject, None), of_a_number=False)]
    digests = [covered_by(None, number) for number in numbers]
    return [*mine, *(_view(row, {}) for row in told.filter(of_a_number=True, covers__in=digests))]


def _kept(rows: Collection[LegalHold]) -> dict[UUID, dict[str, int]]:
    kept: dict[UUID, dict[str, int]] = {}
    counted = HeldRow.objects.filter(hold__in=rows).order_by().values_list("hold", "kind")
    for key, kind, count in counted.annotate(count=Count("id")):
        kept.setdefault(key, {})[kind] = count
    return kept


def _view(row: LegalHold, kept: dict[UUID, dict[str, int]]) -> HoldView:
    return HoldView(
        id=row.pk,
        public_id=row.public_id,
        classes=tuple(row.classes),
        article=row.article,
        is_secret=row.is_secret,
        state=HoldState(row.state),
        asked_at=row.asked_at,
        confirmed_at=row.confirmed_at,
        begins_at=row.begins_at,
        until=row.until,
        end_asked_at=row.end_asked_at,
        ended_at=row.ended_at,
        told_at=row.told_at,
        case=row.case,
        kept=kept.get(row.pk, {}),
    )


def _text(value: Any) -> str:
    opened = value.open() if value is not None else None
    return "" if opened is None or isinstance(opened, Erased) else str(opened)


def past_their_end(at: datetime) -> int:
    """Return how many holds should have ended, and how many notes of ended ones should be gone."""
    late = at - EXPIRED_WITHIN
    return (
        LegalHold.objects.filter(ended_at=None, until__lte=late).count()
        + LegalHold.objects.filter(ended_at__lte=late - NOTE_KEPT).count()
        + HeldRow.objects.filter(hold__ended_at__isnull=False).count()
    )


def kept_back(holds: Iterable[HoldView]) -> int:
    """Return how many records some holds keep."""
    return sum(sum(one.kept.values()) for one in holds)
