"""The rows of many people at once, of any registered model: some of them read, all of them deleted."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from psycopg import sql

from ringfence.kernel.actor import Actor
from ringfence.privacy.guarded import require_action
from ringfence.privacy.inventory import path_to_person
from ringfence.privacy.register import Holder, rows_of

_SOME: Final = sql.SQL(
    "SELECT picked.* FROM unnest(%s::uuid[]) AS person(id),"
    " LATERAL (SELECT {columns} FROM {table} WHERE {column} = person.id LIMIT %s) AS picked"
)


def some_rows(
    model: type[models.Model], people: Collection[UUID], most: int, names: Collection[str]
) -> Iterator[tuple[UUID, models.Model]]:
    """Yield rows of some people with whose they are, at most `most` of each, in one query where that can be.

    Of a row the fields in `names` are read.
    """
    named = _named_by(model)
    if named is None:
        yield from _some_through_others(model, people, most)
        return
    fields = [model._meta.pk, named, *map(model._meta.get_field, names)]
    with connection.cursor() as cursor:
        query = _SOME.format(
            columns=sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys(str(one.column) for one in fields))),
            table=sql.Identifier(model._meta.db_table),
            column=sql.Identifier(str(named.column)),
        ).as_string(cursor.connection)
    for row in model._default_manager.raw(query, [[*people], most]):
        yield getattr(row, named.attname), row


def _some_through_others(
    model: type[models.Model], people: Collection[UUID], most: int
) -> Iterator[tuple[UUID, models.Model]]:
    """Yield the same of a model whose rows are somebody's through another one."""
    path = path_to_person(model)
    taken: Counter[UUID] = Counter()
    rows = model._default_manager.filter(**{f"{path}__in": [*people]}).annotate(whose=models.F(path))
    for row in rows.order_by("pk").iterator():
        taken[row.whose] += 1
        if taken[row.whose] <= most:
            yield row.whose, row


def erase_all(holder: Holder, people: Collection[UUID], *, by: Actor, at: datetime) -> dict[UUID, int]:
    """Let go of what a holder has of some people, inside an action; return rows by person, of those who knew of any."""
    if not holder.by_rows:
        there = who_has_any(holder, people) if len(people) > 1 else people
        counts = {subject: holder.erase(subject=subject, by=by, at=at) for subject in there}
    else:
        total: Counter[UUID] = Counter()
        for model in holder.models:
            total.update(delete(model, people))
        counts = dict(total)
    return {subject: count for subject, count in counts.items() if count}


def who_has_any(holder: Holder, people: Collection[UUID]) -> set[UUID]:
    """Return those of some people of whom a holder has a row."""
    found: set[UUID] = set()
    for model in holder.models:
        path = path_to_person(model)
        theirs = model._default_manager.filter(**{f"{path}__in": [*people]})
        found.update(theirs.order_by().values_list(path, flat=True).distinct())
    return found


def delete(model: type[models.Model], people: Collection[UUID]) -> dict[UUID, int]:
    """Delete the rows of some people, inside an action; return how many each had that they may know of."""
    seen = getattr(model, "seen_by_its_person", None)
    if seen is None:
        return _delete(model, people)
    path = path_to_person(model)
    theirs = model._default_manager.filter(**{f"{path}__in": [*people]})
    counts = Counter(seen(theirs).values_list(path, flat=True))
    _delete(model, people)
    return dict(counts)


def _delete(model: type[models.Model], people: Collection[UUID]) -> dict[UUID, int]:
    named = _named_by(model)
    if named is None:
        path = path_to_person(model)
        theirs = model._default_manager.filter(**{f"{path}__in": [*people]})
        whose = set(theirs.order_by().values_list(path, flat=True))
        return {subject: rows_of(model, subject).delete()[0] for subject in whose}
    if model._meta.related_objects:
        theirs = model._default_manager.filter(**{f"{named.attname}__in": [*people]})
        counts = Counter(theirs.values_list(named.attname, flat=True))
        if counts:
            theirs.delete()
        return dict(counts)
    return _delete_at_once(model, str(named.column), people)


def _delete_at_once(model: type[models.Model], column: str, people: Collection[UUID]) -> dict[UUID, int]:
    """Delete in one statement: nothing points at these rows, so that nothing has to be looked for first."""
    require_action(model.__name__)
    table, named = sql.Identifier(model._meta.db_table), sql.Identifier(column)
    with connection.cursor() as cursor:
        if len(people) == 1:
            cursor.execute(sql.SQL("DELETE FROM {} WHERE {} = %s").format(table, named), [*people])
            return {next(iter(people)): int(cursor.rowcount)}
        gone = sql.SQL(
            "WITH gone AS (DELETE FROM {0} WHERE {1} = ANY(%s) RETURNING {1} AS whose)"
            " SELECT whose, count(*) FROM gone GROUP BY whose"
        )
        cursor.execute(gone.format(table, named), [[*people]])
        return {whose: int(count) for whose, count in cursor.fetchall()}


def _named_by(model: type[models.Model]) -> Any:
    """Return the model's own column that names the person; None where they are found through another table."""
    path = path_to_person(model)
    fields = {name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    return fields.get(path)
