"""What a hold covers is copied aside before it goes from its place, whoever lets it go, and whatever for.

Installed where rows are deleted and sealed values written over (`guarded`), so that no deleter has to remember it. A
deletion has it done for all of a person in its first step, while sealed values still open.
"""

import base64
import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, cast
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from ringfence.kernel.action import about, action, by_whom_and_when, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import guarded, register
from ringfence.privacy.copying import held
from ringfence.privacy.inventory import Personal, declared_fields, path_to_person
from ringfence.privacy.ports import key_store
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.holds import InForce
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import CLASSES_OF_A_PERSON, HoldArticle, HoldState
from ringfence.privacy.sealed import Erased, RawBytes, Sealed, SealedField

AT_ONCE: Final = 500


@action("holds.set_aside")
def set_aside(*, rows: QuerySet[Any], by: Actor, at: datetime) -> int:
    """Copy aside what holds in force cover of some rows that are about to go; return how many copies were made.

    What goes with them is among it. May be repeated: a row is kept once for each hold.
    """
    count, whose = 0, cast("type[models.Model]", rows.model)
    for one in holds.in_force(at):
        for model, path in () if holds.yields_to(one, by) else _goes_with(whose):
            count += _keep(one, model._default_manager.filter(**{f"{path}__in": rows}) if path else rows, at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


@action("holds.set_aside_values")
def set_aside_values(*, row: models.Model, fields: Collection[str], by: Actor, at: datetime) -> int:
    """Copy aside what holds in force cover of values of a row that are about to be others; return how many copies.

    The customer's own restriction keeps no value from being corrected, and no former one.
    """
    count = 0
    for one in (one for one in holds.in_force(at) if one.article != HoldArticle.RESTRICTED):
        names = [name for name in holds.fields_of(one, type(row)) if name in fields]
        for covered, whose in holds.covers_rows(one, type(row)):
            stored = type(row)._default_manager.filter(covered, pk=row.pk).first()
            if stored is not None:
                count += _keep_values(replace(one, subject=whose), stored, row, names, at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


@action("holds.set_aside_of")
def set_aside_of(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Copy aside whatever holds in force cover of a person, in every room, while it still opens; for a deletion."""
    count = 0
    models_ = {model for holder in register.holders() for model in holder.models}
    for one in holds.in_force(at):
        for model in (model for model in models_ if holds.may_cover(one, model, subject)):
            count += _keep(one, register.rows_of(model, subject), at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


def concerned(people: Collection[UUID]) -> Collection[UUID]:
    """Return of whom something may have to be set aside: of nobody as long as no hold is in force."""
    return people if LegalHold.objects.filter(state=HoldState.ACTIVE).exists() else ()


def before_rows_go(rows: QuerySet[Any]) -> None:
    """Set aside what a hold covers of rows that the running action deletes; without a hold that costs one query."""
    whose = cast("type[models.Model]", rows.model)
    if any(_may_be_held(model) for model, _path in _goes_with(whose)):
        by, at = by_whom_and_when()
        if holds.any_in_force(at):
            set_aside(rows=rows, by=by, at=at)


def before_values_go(row: models.Model, fields: Collection[str] | None) -> None:
    """Set aside what a hold covers of sealed values that the running action writes over."""
    fresh = [name for name in _assigned(row) if fields is None or name in fields]
    if fresh and _may_be_held(type(row)):
        by, at = by_whom_and_when()
        if holds.any_in_force(at):
            set_aside_values(row=row, fields=fresh, by=by, at=at)


def _assigned(row: models.Model) -> Iterator[str]:
    """Yield the sealed fields of a row that hold another value than was read, or none."""
    for field in row._meta.local_concrete_fields:
        if isinstance(field, SealedField):
            value = row.__dict__.get(field.attname)
            if value is None or (isinstance(value, Sealed) and value.is_new):
                yield field.name


@cache
def _may_be_held(model: type[models.Model]) -> bool:
    return any(holds.is_kept(declared, CLASSES_OF_A_PERSON) for declared in declared_fields(model).values())


@cache
def _goes_with(model: type[models.Model]) -> tuple[tuple[type[models.Model], str], ...]:
    """Return the models whose rows go when rows of a model do, itself first, each with its lookup back to them."""
    found: list[tuple[type[models.Model], str]] = [(model, "")]
    for relation in model._meta.get_fields(include_hidden=True):
        field = getattr(relation, "field", None)
        if relation.auto_created and not relation.concrete and isinstance(field, models.ForeignKey):
            other = field.model
            if field.remote_field.on_delete is models.CASCADE and other is not model:
                steps = [(inner, f"{path}__" if path else "") for inner, path in _goes_with(other)]
                found += [(inner, f"{path}{field.name}") for inner, path in steps]
    return tuple(found)


def _keep(one: InForce, rows: QuerySet[Any], at: datetime) -> int:
    model: type[models.Model] = rows.model
    covers = holds.covers_rows(one, model)
    if not covers:
        return 0
    before = HeldRow.objects.filter(hold=one.id).count()
    names, batch = holds.fields_of(one, model), []
    for covered, whose in covers:
        sealing = replace(one, subject=whose)
        for row in rows.filter(covered).order_by("pk").iterator(chunk_size=AT_ONCE):
            batch.append(_copied(sealing, row, names, at))
            if len(batch) == AT_ONCE:
                HeldRow.objects.bulk_create(batch, ignore_conflicts=True)
                batch = []
    HeldRow.objects.bulk_create(batch, ignore_conflicts=True)
    return HeldRow.objects.filter(hold=one.id).count() - before


def _keep_values(
    one: InForce, stored: models.Model, row: models.Model, names: list[str], at: datetime
) -> int:
    """Copy aside those values of a stored row that are others in the row that takes its place."""
    after = dict(_content(row, names))
    before = {name: value for name, value in _content(stored, names) if value != after.get(name)}
    if not before:
        return 0
    said = json.dumps(before, sort_keys=True)
    HeldRow.objects.bulk_create([_held(one, row, before, at, said)], ignore_conflicts=True)
    return 1


def _copied(one: InForce, row: models.Model, names: list[str], at: datetime) -> HeldRow:
    return _held(one, row, dict(_content(row, names)), at)


def _held(
    one: InForce, row: models.Model, content: dict[str, Any], at: datetime, version: str = ""
) -> HeldRow:
    """Return a copy. A row is kept once when it goes, and once for each `version` that was written over."""
    label = row._meta.label
    return HeldRow(
        hold_id=one.id,
        subject=one.subject,
        kind=label,
        whose=_whose(one, row),
        row=key_store().mac("held", "\0".join(filter(None, (label, str(row.pk), version))).encode()),
        content=content,
        set_aside_at=at,
    )


def _whose(one: InForce, row: models.Model) -> bytes | None:
    """Return the digest of the person a row of a number is about; a hold on a person needs none."""
    path = path_to_person(type(row))
    if one.person is not None or "__" in path:
        return None
    person = getattr(row, register.model_attribute(row, path))
    return holds.covered_by(person, None) if person else None


def _content(row: models.Model, names: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield values of a row, opened, as a copy would show them: without the parts by which somebody could sign in."""
    for name in names:
        value = getattr(row, register.model_attribute(row, name))
        opened = value.open() if isinstance(value, Sealed) else value
        if isinstance(opened, RawBytes):
            opened = opened.content
        declared = declared_fields(type(row))[name]
        if isinstance(declared, Personal) and opened is not None and not isinstance(opened, Erased):
            yield name, _plain(held.readable(opened, declared))


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


guarded.install_keeper(before_rows_go, before_values_go)
