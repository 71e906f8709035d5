"""What we hold about a person, for the account's page and for a copy to take away (clauses 4.1, 7.2; GDPR art. 15).

Everything comes from the register and the declarations; a new kind of data is in both by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import models

from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register
from ringfence.privacy.inventory import Category, DeclaredField, Personal, declarations_of
from ringfence.privacy.queries import lines_of
from ringfence.privacy.register import Holder
from ringfence.privacy.sealed import Sealed

FORMAT: Final = "ringfence-copy-1"
WITHHELD: Final = gettext_noop(
    "Passwords, keys, codes and links by which you sign in are not shown, so that a copy in wrong hands opens nothing."
)
NEWEST: Final = 25
"""Records of one kind that the page shows; the copy has them all."""


@dataclass(frozen=True, slots=True)
class HeldValue:
    """One value with its declaration. `withheld` values exist and are not shown."""

    field: DeclaredField
    value: Any
    withheld: bool

    @property
    def declaration(self) -> Personal:
        """What the house declares about it."""
        return self.field.declaration


@dataclass(frozen=True, slots=True)
class HeldKind:
    """One kind of data: its records, the newest ones, and how many there are."""

    name: str
    title: str
    stays: str
    count: int
    fields: tuple[DeclaredField, ...]
    records: tuple[tuple[HeldValue, ...], ...]


def held_about(subject: UUID, most: int = NEWEST) -> list[HeldKind]:
    """Return what is held about a person, kind by kind, opened; the person is looking at their own data."""
    return [_kind(holder, subject, most) for holder in _in_order()]


def _in_order() -> list[Holder]:
    """Return the holders as a person thinks of them: who they are first, the record of this room last."""
    own_last = sorted(register.holders(), key=lambda holder: holder.name.startswith("privacy."))
    return sorted(own_last, key=lambda one: (_of_the_person(one), not one.name.startswith("accounts.")))


def _of_the_person(holder: Holder) -> bool:
    """Return False for the kind of data that has the person's own row, which comes first."""
    return not any(_is_the_person(model) for model in holder.models)


def _is_the_person(model: type[models.Model]) -> bool:
    holds = declarations_of(model)
    return holds is not None and holds.subject_path == model._meta.pk.name


def _kind(holder: Holder, subject: UUID, most: int) -> HeldKind:
    records: list[tuple[HeldValue, ...]] = []
    count = 0
    for model in sorted(holder.models, key=lambda model: not _is_the_person(model)):
        rows = register.rows_of(model, subject)
        count += rows.count()
        records += [_values(row) for row in rows.order_by("-pk")[: max(0, most - len(records))]]
    fields = tuple(field for model in holder.models for field in _fields(model))
    return HeldKind(holder.name, holder.title, holder.stays, count, fields, tuple(records))


def _fields(model: type[models.Model]) -> Iterator[DeclaredField]:
    for name, declared in (declarations_of(model) or {}).items():
        if isinstance(declared, Personal):
            yield DeclaredField(model, name, declared)


def _values(row: models.Model) -> tuple[HeldValue, ...]:
    return tuple(_value(row, field) for field in _fields(type(row)))


def _value(row: models.Model, field: DeclaredField) -> HeldValue:
    withheld = field.declaration.category is Category.CREDENTIAL or field.name in getattr(row, "withheld", ())
    value = getattr(row, register.model_attribute(row, field.name))
    if withheld:
        return HeldValue(field, None, withheld=True)
    opened = value.open() if isinstance(value, Sealed) else value
    return HeldValue(field, _readable(opened, field.declaration), withheld=False)


def _readable(value: Any, declared: Personal) -> Any:
    """Return a value as people may read it: bytes as the text they stand for, and without what opens a link."""
    if isinstance(value, dict) and declared.secrets:
        return {name: part for name, part in value.items() if name not in declared.secrets}
    return declared.read(value) if declared.read and isinstance(value, bytes) else value


def copy_of(subject: UUID, at: datetime) -> dict[str, Any]:
    """Return everything held about a person as plain JSON: each declared field of each record, and the ledger's lines.

    A credential is named and its value withheld.
    """
    return {
        "format": FORMAT,
        "made_at": _plain(at),
        "about": public_id("cus", subject),
        "withheld": WITHHELD,
        "kinds": [_copied(holder, subject) for holder in _in_order()],
        "history": [
            {"at": _plain(line.at), "action": line.action, "by": line.actor, "purpose": line.purpose}
            for line in lines_of(subject).iterator()
        ],
    }


def _copied(holder: Holder, subject: UUID) -> dict[str, Any]:
    records = [
        {
            "kind": model._meta.label,
            "id": str(row.pk),
            **{one.field.name: "(withheld)" if one.withheld else _plain(one.value) for one in _values(row)},
        }
        for model in holder.models
        for row in register.rows_of(model, subject).order_by("pk").iterator()
    ]
    declared = {
        f"{field}": {
            "category": str(field.declaration.category),
            "source": str(field.declaration.source),
            "purpose": str(field.declaration.purpose),
            "basis": f"GDPR art. {field.declaration.basis}",
            "retention": str(field.declaration.retention),
        }
        for model in holder.models
        for field in _fields(model)
    }
    return {
        "name": holder.name,
        "title": holder.title,
        "stays": holder.stays,
        "fields": declared,
        "records": records,
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; moments in UTC, bytes as hex, an erased value as null."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | int | float | bool | dict):
        return value
    return None if not value else str(value)
