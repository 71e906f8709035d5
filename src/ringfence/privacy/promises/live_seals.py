"""The live values looked at without opening them: is each sealed, and with the key of its own person? (clause 2.3).

Each table is read once, by one statement, and of a large one only so many pages, others each time: within a day all of
them come up. The keys and the people of the sample are found by index.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from psycopg import sql

from ringfence.privacy import sampling
from ringfence.privacy.inventory import Personal, declarations_of, path_to_person, stored_models
from ringfence.privacy.keys.models import DataKey, KeyEpoch
from ringfence.privacy.sealed import HEADER, LEAST_SEALED, VERSION, SealedField

SAMPLE: Final = 200
"""Rows per table whose keys are looked up; the count of well-formed values is over all rows that are read."""

ROWS_OF_A_PAGE: Final = 20
"""Rows a page is taken to have where nobody has counted them yet."""

USUAL_ROTATION: Final = timedelta(days=8)
LATEST_ROTATION: Final = timedelta(days=15)


@dataclass(slots=True)
class Scan:
    """What was looked at. `malformed` values are not sealed; `foreign` ones have a key that is not their person's.

    `partly` counts the tables of which only a part was read.
    """

    columns: int = 0
    values: int = 0
    malformed: int = 0
    sampled: int = 0
    foreign: int = 0
    partly: int = 0


def scan() -> Scan:
    """Look at every table that has something sealed."""
    found = Scan()
    for model in stored_models():
        if fields := _sealed_fields(model):
            found.columns += len(fields)
            _look(model, fields, found)
    return found


def _sealed_fields(model: type[models.Model]) -> list[SealedField]:
    holds = declarations_of(model)
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField) and holds and isinstance(holds.get(field.name), Personal)
    ]


def _look(model: type[models.Model], fields: list[SealedField], found: Scan) -> None:
    """Count the values of a table and those without the shape of a sealed one, and try the keys of a sample."""
    pages, rows = sampling.size(model._meta.db_table)
    part = sampling.share(pages)
    found.partly += part < 1
    share = min(1.0, SAMPLE / max(part * (rows or pages * ROWS_OF_A_PAGE), 1))
    counted = _read_once(model, fields, part, share)
    for number in range(len(fields)):
        values, malformed = counted[2 * number : 2 * number + 2]
        found.values += values - malformed
        found.malformed += malformed
    sample = list(counted[-1] or [])[: 2 * SAMPLE]
    _try_keys(model, fields, sample, found)


def _read_once(
    model: type[models.Model], fields: list[SealedField], part: float, share: float
) -> tuple[Any, ...]:
    """Return, per field, how many values and how many malformed ones, and last the sample: keys and heads of rows."""
    counts = [
        sql.SQL(
            "count({0}), count(*) FILTER (WHERE {0} IS NOT NULL AND"
            " (octet_length({0}) < {1} OR get_byte(substr({0}, 1, 1), 0) <> {2}))"
        ).format(sql.Identifier(str(field.column)), sql.Literal(LEAST_SEALED), sql.Literal(VERSION))
        for field in fields
    ]
    heads = [
        sql.SQL("encode(substr({}, 1, {}), 'hex')").format(
            sql.Identifier(str(field.column)), sql.Literal(HEADER.size)
        )
        for field in fields
    ]
    key = sql.SQL("{}::text").format(sql.Identifier(str(model._meta.pk.column)))
    column = _column_of_person(model)
    person = sql.SQL("{}::text").format(sql.Identifier(column)) if column else sql.SQL("NULL")
    query = sql.SQL("SELECT {}, array_agg(ARRAY[{}]) FILTER (WHERE random() < {}) FROM {}{}").format(
        sql.SQL(", ").join(counts),
        sql.SQL(", ").join([key, person, *heads]),
        sql.Literal(share),
        sql.Identifier(model._meta.db_table),
        sampling.clause(part),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchone())


def _try_keys(
    model: type[models.Model], fields: list[SealedField], sample: list[list[str | None]], found: Scan
) -> None:
    """Compare the keys named by some values with the keys of their people."""
    people = _people_of(model, sample)
    named = [
        (key, people[str(row[0])], field.place_of("", UUID(int=0)).retention_class)
        for row in sample
        if str(row[0]) in people
        for field, head in zip(fields, row[2:], strict=True)
        if head and (key := _key_of(bytes.fromhex(head))) is not None
    ]
    keys = DataKey.objects.in_bulk([key for key, _subject, _expected in named])
    found.sampled += len(named)
    found.foreign += sum(not _fits(keys.get(key), subject, expected) for key, subject, expected in named)


def _people_of(model: type[models.Model], sample: list[list[str | None]]) -> dict[str, UUID | None]:
    """Return whose each row of a sample is, by its key. Where another table says so, it is asked, by index."""
    if _column_of_person(model) is not None:
        return {str(row[0]): UUID(row[1]) if row[1] else None for row in sample}
    rows = model._default_manager.filter(pk__in=[row[0] for row in sample])
    return {str(pk): subject for pk, subject in rows.values_list("pk", path_to_person(model))}


def _column_of_person(model: type[models.Model]) -> str | None:
    """Return the column of a table that names the person; None when another table does."""
    path = path_to_person(model)
    named = [field for field in model._meta.local_concrete_fields if path in {field.name, field.attname}]
    return str(named[0].column) if named else None


def _key_of(head: bytes) -> int | None:
    """Return the id of the key that the head of a value names; None for one that is no head."""
    return HEADER.unpack(head)[1] if len(head) == HEADER.size and head[0] == VERSION else None


def _fits(key: DataKey | None, subject: UUID | None, expected: str) -> bool:
    """Tell whether a key may have sealed a value of a person; what names nobody any more must have lost its key."""
    if key is None or key.retention_class != expected:
        return False
    return key.subject == subject if subject else key.destroyed_at is not None


def epoch_age(at: datetime) -> timedelta | None:
    """Return how long ago the epoch in use began; None when there is none."""
    began = (
        KeyEpoch.objects.filter(superseded_at=None)
        .order_by("-began_at")
        .values_list("began_at", flat=True)
        .first()
    )
    return None if began is None else max(at - began, timedelta(0))
