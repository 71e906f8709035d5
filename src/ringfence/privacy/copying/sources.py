"""Where a copy comes from: each model of each kind, read in bounded parts, in an order that can be gone on with.

A row is read as columns of the database, and opened without making an object of it: large kinds are calls by the
hundred thousand. A model that decides row by row what it withholds is read by its objects.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import F
from django.db.models.fields.tuple_lookups import TupleGreaterThan
from django.db.models.functions import Cast

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register
from ringfence.privacy.copying import columns, held
from ringfence.privacy.copying.ahead import Ahead
from ringfence.privacy.copying.columns import Column
from ringfence.privacy.inventory import DeclaredField, declarations_of
from ringfence.privacy.opening import Opener
from ringfence.privacy.queries import lines_of
from ringfence.privacy.sealed import SealedField

OUT: Final = "(withheld)"
"""What stands in a copy for a value that is there and not handed out."""

HISTORY: Final = gettext_noop("What happened with your data")

Key = list[str]
"""The place of a row in the order of its source: what the next part is read after."""


Then = Callable[[int], int]
"""How many records are wanted next, told how many there were; none when nobody knows yet."""


def _none(_count: int) -> int:
    return 0


@dataclass(slots=True)
class Chunk:
    """Some records of a source: their ids, and their values by column, as JSON has them; `safe` hold ids or moments."""

    ids: list[str]
    columns: list[Sequence[Any]]
    after: Key | None = None
    more: bool = False
    withheld: Counter[str] = field(default_factory=Counter)
    judged: list[Column] = field(default_factory=list)
    safe: frozenset[int] = frozenset()

    def as_columns(self) -> list[Column]:
        """Return the ids and the values, judged once for all forms."""
        if not self.judged:
            self.judged = [columns.judged(self.ids, is_safe=True)]
            self.judged += [
                columns.judged(values, is_safe=place in self.safe)
                for place, values in enumerate(self.columns)
            ]
        return self.judged


@dataclass(frozen=True)
class Source:
    """The records of one model. `names` are the columns of a chunk. `only` narrows them to some of a person's rows."""

    model: type[models.Model]
    fields: tuple[DeclaredField, ...]
    order: tuple[str, ...]
    only: models.Q = field(default_factory=models.Q)

    @property
    def label(self) -> str:
        """What records of this model are called in a copy."""
        return str(self.model._meta.label)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(one.name for one in self.fields)

    def count(self, subject: UUID) -> int:
        """Return how many records there are."""
        return self._all(subject).count()

    def _all(self, subject: UUID) -> models.QuerySet[Any]:
        return register.rows_for(self.model, subject).filter(self.only)

    def chunk(self, subject: UUID, after: Key | None, limit: int, ahead: Ahead, then: Then = _none) -> Chunk:
        """Return the next records after a place, at most `limit`. `then` tells how many are wanted after those."""
        if isinstance(getattr(self.model, "withheld", None), property):
            return self._by_objects(list(self._rows(subject, after, limit)), limit)
        found = ahead.rows(self._columns(subject, after, limit))
        if not found:
            return Chunk([], [[] for _name in self.names])
        keys, firsts, *values = zip(*found[:limit], strict=True)
        chunk = Chunk([*map(str, keys)], [], more=len(found) > limit, safe=_safe(self.fields))
        moment = [firsts[-1].isoformat()] if len(self.order) > 1 else []
        chunk.after = [*moment, chunk.ids[-1]]
        if chunk.more and (following := then(len(chunk.ids))):
            ahead.look(self._columns(subject, chunk.after, following))
        for one, column in zip(self.fields, values, strict=True):
            chunk.columns.append(_column(one, column, chunk, subject))
        return chunk

    def _rows(self, subject: UUID, after: Key | None, limit: int) -> models.QuerySet[Any]:
        rows = self._all(subject)
        return self._behind(rows, after).order_by(*self.order)[: limit + 1]

    def _columns(self, subject: UUID, after: Key | None, limit: int) -> models.QuerySet[Any, Any]:
        out = held.withheld_always(self.model)
        names = [_selected(self.model, "pk" if name in out else name) for name in self.names]
        return self._rows(subject, after, limit).values_list(
            _selected(self.model, "pk"), self.order[0], *names
        )

    def _behind(self, rows: models.QuerySet[Any], after: Key | None) -> models.QuerySet[Any]:
        if after is None:
            return rows
        *moment, key = after
        if not moment:
            return rows.filter(pk__gt=key)
        since, first = datetime.fromisoformat(moment[0]), self.order[0]
        behind = TupleGreaterThan((F(first), F(self.model._meta.pk.name)), (since, key))
        return rows.filter(behind, **{f"{first}__gte": since})

    def _by_objects(self, rows: list[models.Model], limit: int) -> Chunk:
        chunk = Chunk([str(row.pk) for row in rows[:limit]], [], more=len(rows) > limit)
        records = [{value.field.name: value for value in held.values_of(row)} for row in rows[:limit]]
        for one in self.fields:
            values = [record[one.name] for record in records]
            chunk.columns.append([OUT if value.withheld else plain(value.value) for value in values])
            chunk.withheld[one.name] += sum(value.withheld for value in values)
        if rows:
            last = rows[:limit][-1]
            moment = [getattr(last, self.order[0]).isoformat()] if len(self.order) > 1 else []
            chunk.after = [*moment, chunk.ids[-1]]
        return chunk


def _safe(fields: tuple[DeclaredField, ...]) -> frozenset[int]:
    """Return the places of columns that hold ids and moments, which every form writes alike."""
    alike = (models.UUIDField, models.DateTimeField)
    return frozenset(
        place for place, one in enumerate(fields) if isinstance(one.model._meta.get_field(one.name), alike)
    )


def _selected(model: type[models.Model], name: str) -> Any:
    """Return how a column is read: ids as text, which the database writes faster."""
    column = model._meta.pk if name == "pk" else model._meta.get_field(name)
    target = column.target_field if isinstance(column, models.ForeignKey) else column
    attribute = str(column.attname)  # type: ignore[union-attr] # declared fields are concrete
    return Cast(attribute, models.TextField()) if isinstance(target, models.UUIDField) else attribute


def _column(one: DeclaredField, values: tuple[Any, ...], chunk: Chunk, subject: UUID) -> Sequence[Any]:
    """Return the values of a column as JSON has them, opened; what is withheld is counted."""
    if held.is_withheld(one) or one.name in held.withheld_always(one.model):
        chunk.withheld[one.name] += sum(value is not None for value in values)
        return [None if value is None else OUT for value in values]
    column, declared = one.model._meta.get_field(one.name), one.declaration
    if not isinstance(column, SealedField):
        return _as_json(values)
    opened = Opener(column.place_of("", subject)).open_all(values, chunk.ids)
    if type(column).decode is SealedField.decode and set(map(type, opened)) == {bytes}:
        return [*map(bytes.decode, opened)]
    opened = [column.decode(value) if isinstance(value, bytes) else value for value in opened]
    if declared.secrets or declared.read:
        secrets = declared.secrets
        chunk.withheld[one.name] += sum(
            isinstance(value, dict) and not secrets.isdisjoint(value) for value in opened
        )
        opened = [held.readable(value, declared) for value in opened]
    return _as_json(opened)


def _as_json(values: Sequence[Any]) -> Sequence[Any]:
    """Return values as JSON has them; most columns are so already, and moments come in UTC."""
    kinds = set(map(type, values))
    if kinds <= {str, int, bool, type(None)}:
        return values
    if kinds == {datetime} and values[0].tzinfo is not None and not values[0].utcoffset():
        return [*map(datetime.isoformat, values)]
    return [*map(plain, values)]


def plain(value: Any) -> Any:
    """Return a value as JSON has it; moments in UTC, bytes as hex, an erased value as null."""
    if value is None or isinstance(value, str | int | float | dict):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list):
        return [plain(part) for part in value]
    return None if not value else str(value)


@dataclass(frozen=True)
class History:
    """The lines of the ledger about the person."""

    label = "history"
    names = ("at", "action", "by", "purpose")

    def count(self, subject: UUID) -> int:
        """Return how many lines there are."""
        return lines_of(subject).count()

    def chunk(
        self, subject: UUID, after: Key | None, limit: int, _ahead: Ahead, _then: Then = _none
    ) -> Chunk:
        """Return the next lines after a place, the oldest first; nothing is read ahead."""
        rows = lines_of(subject).order_by("id")
        if after:
            rows = rows.filter(id__gt=int(after[-1]))
        found = list(rows.values_list("id", "at", "action", "actor", "purpose")[: limit + 1])
        ids, *values = zip(*found[:limit], strict=True) if found else ((), (), (), (), ())
        keys = [str(key) for key in ids]
        return Chunk(keys, [[*map(plain, one)] for one in values], keys[-1:] or None, len(found) > limit)


@dataclass(frozen=True)
class Kind:
    """One kind of data in a copy, as the account's pages name it."""

    name: str
    title: str
    stays: str
    sources: tuple[Source | History, ...]


def source(model: type[models.Model]) -> Source:
    """Return the source of a model's records."""
    return Source(model, tuple(held.fields_of(model)), tuple(_order_of(model)))


def _order_of(model: type[models.Model]) -> Iterator[str]:
    holds = declarations_of(model)
    for index in model._meta.indexes:
        first, then = (*index.fields, "")[:2] if index.fields else ("", "")
        name = str(then).removeprefix("-")
        column = model._meta.get_field(name) if name else None
        if (
            holds
            and first == holds.subject_path
            and isinstance(column, models.DateTimeField)
            and not column.null
            and index.condition is None
        ):
            yield name
            break
    yield "pk"


def kinds() -> list[Kind]:
    """Return everything a copy holds, in the order of the account's pages; the ledger's lines come last."""
    found = [
        Kind(holder.name, holder.title, holder.stays, tuple(map(source, held.with_the_person_first(holder))))
        for holder in held.in_order()
    ]
    return [*found, Kind("history", HISTORY, "", (History(),))]
