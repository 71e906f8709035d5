"""What a hold covers is copied aside when it goes from its place: by retention, by the customer, by a deletion."""

import base64
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import register
from ringfence.privacy.inventory import declared_fields
from ringfence.privacy.ports import key_store
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.holds import InForce
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import HoldState
from ringfence.privacy.sealed import Erased, Sealed

AT_ONCE: Final = 500


@action("holds.set_aside")
def set_aside(*, rows: QuerySet[Any], by: Actor, at: datetime) -> int:
    """Copy aside what holds in force cover of some rows that are about to go; return how many copies were made.

    May be repeated: a row is kept once for each hold. Whoever deletes data of a person calls it before, in the same
    action; without a hold that costs one query.
    """
    count = sum(_keep(one, rows, at) for one in holds.in_force(at) if not holds.yields_to(one, by))
    about(count=count)
    if not count:
        nothing_happened()
    return count


@action("holds.set_aside_of")
def set_aside_of(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Copy aside whatever holds in force cover of a person, in every room, while it still opens; for a deletion."""
    count = 0
    for one in holds.in_force(at):
        if one.person not in {None, subject}:
            continue
        for model in {model for holder in register.holders() for model in holder.models}:
            count += _keep(one, register.rows_of(model, subject), at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


def concerned(people: Collection[UUID]) -> Collection[UUID]:
    """Return of whom something may have to be set aside: of nobody as long as no hold is in force."""
    return people if LegalHold.objects.filter(state=HoldState.ACTIVE).exists() else ()


def _keep(one: InForce, rows: QuerySet[Any], at: datetime) -> int:
    model: type[models.Model] = rows.model
    covered = holds.covers_rows(one, model)
    if covered is None:
        return 0
    before = HeldRow.objects.filter(hold=one.id).count()
    names, batch = holds.fields_of(one, model), []
    for row in rows.filter(covered).order_by("pk").iterator(chunk_size=AT_ONCE):
        batch.append(_copied(one, row, names, at))
        if len(batch) == AT_ONCE:
            HeldRow.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    HeldRow.objects.bulk_create(batch, ignore_conflicts=True)
    return HeldRow.objects.filter(hold=one.id).count() - before


def _copied(one: InForce, row: models.Model, names: list[str], at: datetime) -> HeldRow:
    label = row._meta.label
    return HeldRow(
        hold_id=one.id,
        subject=one.subject,
        kind=label,
        row=key_store().mac("held", f"{label}\0{row.pk}".encode()),
        content=dict(_content(row, names)),
        set_aside_at=at,
    )


def _content(row: models.Model, names: list[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        declared = declared_fields(type(row))[name]
        value = getattr(row, register.model_attribute(row, name))
        opened = value.open() if isinstance(value, Sealed) else value
        if isinstance(opened, bytes) and (read := getattr(declared, "read", None)) is not None:
            opened = read(opened)
        if opened is not None and not isinstance(opened, Erased):
            yield name, _plain(opened)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; moments in UTC, bytes in base64."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
