"""What we could hand over today: every declared field, how often it is stored, and how much of it nobody can read.

A large table is read in part, as the checks do, and its counts are then about so many. Nothing is opened: a value whose
key was destroyed is known by the name of its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models
from django.db.models import Count, Q
from psycopg import sql

from ringfence.privacy import sampling
from ringfence.privacy.authorities import scope
from ringfence.privacy.copying import held
from ringfence.privacy.inventory import Category, DeclaredField, RetentionClass
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.sealed import HEADER, SealedField

SAMPLE: Final = 200
"""Values of a field whose keys are looked for."""
ROWS_OF_A_PAGE: Final = 20
"""Rows a page is taken to have where nobody has counted them yet."""
MOST_PAGES: Final = 1_000
"""Pages of a table that are read for this page: 8 MB."""


@dataclass(frozen=True, slots=True)
class Today:
    """A field: how many values are stored, of how many the key was looked for, and of how many it was destroyed.

    `may_leave` tells whether an authority could be given it at all.
    """

    field: DeclaredField
    stored: int
    is_about: bool
    looked_at: int
    unreadable: int
    may_leave: bool


@dataclass(frozen=True, slots=True)
class OfClass:
    """A retention class: how many people have a living key of it, how many keys were destroyed, and its fields."""

    name: str
    living: int
    destroyed: int
    kinds: dict[str, list[Today]]


def by_class() -> list[OfClass]:
    """Return everything that is stored about people, class by class."""
    living, destroyed = _keys()
    found: dict[str, dict[str, list[Today]]] = {str(one): {} for one in RetentionClass}
    offered = {str(one) for kind in scope.offered() for one in kind.fields}
    for holder in held.in_order():
        for model in holder.models:
            for one in _of_model(model, offered):
                kinds = found[str(one.field.declaration.retention)]
                kinds.setdefault(holder.title, []).append(one)
    return [
        OfClass(name, living.get(name, 0), destroyed.get(name, 0), kinds)
        for name, kinds in found.items()
        if kinds
    ]


def _keys() -> tuple[Mapping[str, int], Mapping[str, int]]:
    rows = DataKey.objects.values("retention_class").order_by()
    counted = rows.annotate(
        living=Count("pk", filter=Q(destroyed_at=None)),
        gone=Count("pk", filter=Q(destroyed_at__isnull=False)),
    )
    found = list(counted.values_list("retention_class", "living", "gone"))
    return {name: count for name, count, _gone in found}, {name: gone for name, _count, gone in found}


def _of_model(model: type[models.Model], offered: set[str]) -> list[Today]:
    fields = [one for one in held.fields_of(model) if one.declaration.category is not Category.LINK]
    if not fields:
        return []
    pages, rows = sampling.size(model._meta.db_table)
    part = sampling.share(pages, MOST_PAGES)
    counts, heads = _read(model, fields, part, rows or pages * ROWS_OF_A_PAGE or 1)
    destroyed = _destroyed({key for keys in heads for key in keys})
    return [
        Today(
            field=one,
            stored=round(count / part),
            is_about=part < 1,
            looked_at=len(keys),
            unreadable=sum(key in destroyed for key in keys),
            may_leave=str(one) in offered,
        )
        for one, count, keys in zip(fields, counts, heads, strict=True)
    ]


def _read(
    model: type[models.Model], fields: list[DeclaredField], part: float, rows: int
) -> tuple[list[int], list[list[int]]]:
    """Return of each field how many values there are, and the keys of a sample; one statement reads the table."""
    share = sql.Literal(min(1.0, SAMPLE / (rows * part)))
    counts: list[sql.Composable] = []
    heads: list[sql.Composable] = []
    for field in fields:
        column: Any = model._meta.get_field(field.name)
        name = sql.Identifier(column.column)
        counts.append(sql.SQL("count({})").format(name))
        head = sql.SQL("array_agg(substr({0}, 1, {1})) FILTER (WHERE {0} IS NOT NULL AND random() < {2})")
        is_sealed = isinstance(column, SealedField)
        heads.append(head.format(name, sql.Literal(HEADER.size), share) if is_sealed else sql.SQL("NULL"))
    query = sql.SQL("SELECT {} FROM {}{}").format(
        sql.SQL(", ").join([*counts, *heads]), sql.Identifier(model._meta.db_table), sampling.clause(part)
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: tuple[Any, ...] = tuple(cursor.fetchone())
    return [*found[: len(fields)]], [_key_ids(one) for one in found[len(fields) :]]


def _key_ids(heads: list[bytes] | None) -> list[int]:
    return [HEADER.unpack(bytes(one))[1] for one in (heads or [])[: 2 * SAMPLE] if len(one) == HEADER.size]


def _destroyed(keys: set[int]) -> set[int]:
    living = DataKey.objects.filter(pk__in=keys, destroyed_at=None).values_list("pk", flat=True)
    return keys - set(living)
