"""The live values looked at without opening them: is each sealed, and with the key of its own person? (clause 2.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from psycopg import sql

from ringfence.privacy.inventory import Personal, declarations_of, stored_models
from ringfence.privacy.keys.models import DataKey, KeyEpoch
from ringfence.privacy.sealed import HEADER, VERSION, SealedField

TAG_BYTES: Final = 16
SAMPLE: Final = 200
"""Rows per column whose key is looked up; the count of well-formed values is over all rows."""

WHOLE_UP_TO: Final = 200_000
"""Rows up to which a table is counted whole; above, one per cent of its pages."""

USUAL_ROTATION: Final = timedelta(days=8)
LATEST_ROTATION: Final = timedelta(days=15)


@dataclass(slots=True)
class Scan:
    """What was looked at. `malformed` values are not sealed; `foreign` ones have a key that is not their person's."""

    columns: int = 0
    values: int = 0
    malformed: int = 0
    sampled: int = 0
    foreign: int = 0


def scan() -> Scan:
    """Look at every sealed column of every table."""
    found = Scan()
    for model in stored_models():
        holds = declarations_of(model)
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedField) and holds and isinstance(holds.get(field.name), Personal):
                found.columns += 1
                _count(model, field, found)
                _sample(model, field, found)
    return found


def _count(model: type[models.Model], field: SealedField, found: Scan) -> None:
    """Count the column's values and those that do not have the shape of a sealed value."""
    with connection.cursor() as cursor:
        part = sql.SQL("" if _is_small(model) else " TABLESAMPLE SYSTEM (1)")
        query = sql.SQL(
            "SELECT count(value), count(*) FILTER (WHERE value IS NOT NULL AND"
            " (octet_length(value) < %s OR get_byte(value, 0) <> %s))"
            " FROM (SELECT {} AS value FROM {}{}) AS looked_at"
        )
        cursor.execute(
            query.format(sql.Identifier(str(field.column)), sql.Identifier(model._meta.db_table), part),
            [HEADER.size + TAG_BYTES, VERSION],
        )
        values, malformed = cursor.fetchone()
    found.values += values - malformed
    found.malformed += malformed


def _sample(model: type[models.Model], field: SealedField, found: Scan) -> None:
    """Compare the key named by some values with the keys of their people."""
    holds = declarations_of(model)
    path = holds.subject_path if holds else "subject"
    rows: list[tuple[Any, UUID | None, Any]] = list(
        model._default_manager.exclude(**{f"{field.name}__isnull": True})
        .order_by("?" if _is_small(model) else "-pk")
        .values_list("pk", path, field.name)[:SAMPLE]
    )
    named: list[tuple[int, UUID | None]] = []
    for _pk, subject, value in rows:
        blob = bytes(value)
        if len(blob) >= HEADER.size + TAG_BYTES and blob[0] == VERSION:
            named.append((HEADER.unpack_from(blob)[1], subject))
    keys = DataKey.objects.in_bulk([key_id for key_id, _subject in named])
    expected = field.place_of("", UUID(int=0)).retention_class
    found.sampled += len(named)
    found.foreign += sum(not _fits(keys.get(key_id), subject, expected) for key_id, subject in named)


def _fits(key: DataKey | None, subject: UUID | None, expected: str) -> bool:
    """Tell whether a key may have sealed a value of a person; what names nobody any more must have lost its key."""
    if key is None or key.retention_class != expected:
        return False
    return key.subject == subject if subject else key.destroyed_at is not None


def _is_small(model: type[models.Model]) -> bool:
    """Tell whether a table, with its partitions, is as small as can be read whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(greatest(c.reltuples, 0)) FROM pg_class c WHERE c.oid = %(table)s::regclass"
            " OR c.oid IN (SELECT relid FROM pg_partition_tree(%(table)s::regclass))",
            {"table": model._meta.db_table},
        )
        return bool(cursor.fetchone()[0] <= WHOLE_UP_TO)


def epoch_age(at: datetime) -> timedelta | None:
    """Return how long ago the epoch in use began; None when there is none."""
    began = (
        KeyEpoch.objects.filter(superseded_at=None)
        .order_by("-began_at")
        .values_list("began_at", flat=True)
        .first()
    )
    return None if began is None else max(at - began, timedelta(0))
