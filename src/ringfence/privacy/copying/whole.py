"""A whole copy in memory, for what is small: the same records as in the files of a copy (clause 7.2)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ringfence.kernel.public_ids import public_id
from ringfence.privacy.copying import sources
from ringfence.privacy.copying.ahead import Ahead
from ringfence.privacy.copying.held import WITHHELD
from ringfence.privacy.copying.sources import Chunk, History, Kind, Source
from ringfence.privacy.inventory import DeclaredField

FORMAT: Final = "ringfence-copy-2"
AT_ONCE: Final = 2000


def copy_of(subject: UUID, at: datetime) -> dict[str, Any]:
    """Return everything held about a person as plain JSON: each declared field of each record, and the ledger's lines.

    A credential is named and its value withheld.
    """
    *kinds, history = sources.kinds()
    return {
        "format": FORMAT,
        "made_at": sources.plain(at),
        "about": public_id("cus", subject),
        "withheld": WITHHELD,
        "kinds": [{**described(kind), "records": [*_records(kind, subject)]} for kind in kinds],
        "history": [*_records(history, subject)],
    }


def described(kind: Kind) -> dict[str, Any]:
    """Return what the house declares of a kind of data."""
    return {
        "name": kind.name,
        "title": kind.title,
        "stays": kind.stays,
        "fields": {
            str(field): declared(field)
            for source in kind.sources
            if isinstance(source, Source)
            for field in source.fields
        },
    }


def declared(field: DeclaredField) -> dict[str, str]:
    """Return what the house declares of a field."""
    return {
        "category": str(field.declaration.category),
        "source": str(field.declaration.source),
        "purpose": str(field.declaration.purpose),
        "basis": f"GDPR art. {field.declaration.basis}",
        "retention": str(field.declaration.retention),
    }


def _records(kind: Kind, subject: UUID) -> Iterator[dict[str, Any]]:
    ahead = Ahead()
    for source in kind.sources:
        after, more = None, True
        while more:
            chunk = source.chunk(subject, after, AT_ONCE, ahead)
            yield from records(source, chunk)
            after, more = chunk.after, chunk.more


def records(source: Source | History, chunk: Chunk) -> list[dict[str, Any]]:
    """Return the records of a part: the model's name, the id, and each declared field."""
    if isinstance(source, History):
        return [dict(zip(source.names, row, strict=True)) for row in zip(*chunk.columns, strict=True)]
    names = ("kind", "id", *source.names)
    label = [source.label] * len(chunk.ids)
    return [dict(zip(names, row, strict=True)) for row in zip(label, chunk.ids, *chunk.columns, strict=True)]
