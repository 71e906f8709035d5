"""What we hold about a person, kind by kind, for the pages of the account (clauses 1.2, 4.1; GDPR art. 15).

Everything comes from the register and the declarations; a new kind of data is there by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import models

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register
from ringfence.privacy.inventory import Category, DeclaredField, Personal, declarations_of
from ringfence.privacy.register import Holder
from ringfence.privacy.sealed import Sealed

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
    """One kind of data: some of its records, and how many there are."""

    name: str
    title: str
    stays: str
    count: int
    fields: tuple[DeclaredField, ...]
    records: tuple[tuple[HeldValue, ...], ...]


def held_about(subject: UUID, most: int = NEWEST) -> list[HeldKind]:
    """Return what is held about a person, kind by kind, opened; the person is looking at their own data."""
    return [_kind(holder, subject, 0, most) for holder in in_order()]


def overview(subject: UUID) -> list[HeldKind]:
    """Return the kinds of data with how many records there are of each, and nothing opened."""
    return [_kind(holder, subject, 0, 0) for holder in in_order()]


def held_of(subject: UUID, name: str, start: int = 0, most: int = NEWEST) -> HeldKind | None:
    """Return one kind of data with some of its records, opened, the newest first; None for an unknown kind."""
    found = [holder for holder in in_order() if holder.name == name]
    return _kind(found[0], subject, start, most) if found else None


def in_order() -> list[Holder]:
    """Return the holders as a person thinks of them: who they are first, the record of this room last."""
    own_last = sorted(register.holders(), key=lambda holder: holder.name.startswith("privacy."))
    return sorted(own_last, key=lambda one: (_of_the_person(one), not one.name.startswith("accounts.")))


def _of_the_person(holder: Holder) -> bool:
    """Return False for the kind of data that has the person's own row, which comes first."""
    return not any(is_the_person(model) for model in holder.models)


def is_the_person(model: type[models.Model]) -> bool:
    """Tell whether a model's row is the person."""
    holds = declarations_of(model)
    return holds is not None and holds.subject_path == model._meta.pk.name


def with_the_person_first(holder: Holder) -> list[type[models.Model]]:
    """Return the models of a kind, the person's own first."""
    return sorted(holder.models, key=lambda model: not is_the_person(model))


def models_of(holder: Holder) -> list[type[models.Model]]:
    """Return the models of a kind whose records the pages show: none that shows nothing."""
    return [model for model in with_the_person_first(holder) if not shows_nothing(model)]


def withheld_always(model: type[models.Model]) -> frozenset[str]:
    """Return the fields of a model that are withheld whatever a row says."""
    found: object = getattr(model, "withheld", None)
    return found if isinstance(found, frozenset) else frozenset()


def shows_nothing(model: type[models.Model]) -> bool:
    """Tell whether all that a model's records say is withheld, as of a copy itself."""
    named = {field.name for field in fields_of(model) if field.declaration.category is not Category.LINK}
    return bool(named) and named <= withheld_always(model)


def _kind(holder: Holder, subject: UUID, start: int, most: int) -> HeldKind:
    records: list[tuple[HeldValue, ...]] = []
    count = 0
    for model in models_of(holder):
        rows = register.rows_for(model, subject)
        there = rows.count()
        first, last = max(0, start - count), min(there, start + most - count)
        count += there
        if last > first:
            records += [values_of(row) for row in rows.order_by("-pk")[first:last]]
    fields = tuple(field for model in models_of(holder) for field in fields_of(model))
    return HeldKind(holder.name, holder.title, holder.stays, count, fields, tuple(records))


def fields_of(model: type[models.Model]) -> Iterator[DeclaredField]:
    """Yield the personal fields of a model, as they are declared."""
    for name, declared in (declarations_of(model) or {}).items():
        if isinstance(declared, Personal):
            yield DeclaredField(model, name, declared)


def values_of(row: models.Model) -> tuple[HeldValue, ...]:
    """Return what a row says about the person, opened."""
    return tuple(_value(row, field) for field in fields_of(type(row)))


def _value(row: models.Model, field: DeclaredField) -> HeldValue:
    if is_withheld(field) or field.name in getattr(row, "withheld", ()):
        return HeldValue(field, None, withheld=True)
    value = getattr(row, register.model_attribute(row, field.name))
    opened = value.open() if isinstance(value, Sealed) else value
    return HeldValue(field, readable(opened, field.declaration), withheld=False)


def is_withheld(field: DeclaredField) -> bool:
    """Tell whether somebody could sign in by the values of a field."""
    return field.declaration.category is Category.CREDENTIAL


def readable(value: Any, declared: Personal) -> Any:
    """Return a value as people may read it: bytes as the text they stand for, and without what opens a link."""
    if isinstance(value, dict) and declared.secrets:
        return {name: part for name, part in value.items() if name not in declared.secrets}
    return declared.read(value) if declared.read and isinstance(value, bytes) else value
