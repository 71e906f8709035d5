"""Verification of an erasure by looking: every table of the data database and every file (clause 2.9).

What was sealed cannot be found by its value, and must not be. What is looked for is the person's id, and the values
the house knew of them in plain form, which would be a leak wherever they stood.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import sql

from ringfence.kernel.public_ids import public_id
from ringfence.privacy import register
from ringfence.privacy.inventory import Personal, declarations_of
from ringfence.privacy.sealed import SealedField

LEAST_LENGTH: Final = 6
"""Characters a value needs to be worth looking for: shorter ones are found everywhere by chance."""

CHUNK: Final = 4 * 1024 * 1024
OWN_FOLDERS: Final = frozenset({"postgres", "keystore", "secrets", "static", "run", "witness"})
"""Folders under `var` that hold the databases themselves, keys, or what was shipped."""

OWN_FILES: Final = frozenset({"demo-logins.txt"})
"""Files that show invented people on purpose: the logins of a rehearsal store."""

OWN_TABLES: Final = frozenset({"privacy_erasure"})
"""Tables that must know the person until the last step, which empties them."""


@dataclass(frozen=True, slots=True)
class Searched:
    """How much was looked at, how many values were looked for, and where something was found."""

    tables: int
    files: int
    values: int
    places: tuple[str, ...]


def known_values(subject: UUID) -> frozenset[str]:
    """Return the person's sealed values in plain form, for a search afterwards. Kept in memory only."""
    found: set[str] = set()
    for holder in register.holders():
        for model in holder.models:
            sealed = [f.name for f in model._meta.local_concrete_fields if isinstance(f, SealedField)]
            if not sealed:
                continue
            for record in register.records_of(model, subject):
                found.update(text for name in sealed for text in _texts(record.get(name)))
    return frozenset(text for text in found if len(text) >= LEAST_LENGTH and any(c.isalpha() for c in text))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def search(subject: UUID, values: Collection[str]) -> Searched:
    """Look for the person everywhere. Tables of models that stay by law may still hold the id, never a value."""
    ids = [str(subject), subject.hex, public_id("cus", subject)]
    stays = {model._meta.db_table for holder in register.holders() if holder.stays for model in holder.models}
    places: list[str] = []
    tables = all_tables()
    for table in tables:
        wanted = [*([] if table in stays | OWN_TABLES else ids), *values]
        if wanted and (rows := rows_holding(table, wanted)):
            places.append(f"{table}: {rows}")
    files = list(_files())
    needles = [text.encode() for text in [*ids, *values]]
    places += [str(path) for path in files if _holds(path, needles)]
    return Searched(len(tables), len(files), len(values), tuple(places))


def all_tables() -> list[str]:
    """Return every table of the data database, partitions included, whoever made it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.relname"
        )
        return [row[0] for row in cursor.fetchall()]


def rows_holding(table: str, texts: Iterable[str]) -> int:
    """Return how many rows of a table hold one of some texts in any column, as text or as bytes."""
    patterns = [f"%{_escaped(form)}%" for text in texts for form in (text, text.encode().hex())]
    query = sql.SQL("SELECT count(*) FROM {} AS searched WHERE searched::text ILIKE ANY(%s)").format(
        sql.Identifier(table)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [patterns])
        return int(cursor.fetchone()[0])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _files() -> Iterator[Path]:
    root = Path(settings.VAR_DIR)
    for path in root.rglob("*"):
        if path.relative_to(root).parts[0] in OWN_FOLDERS or path.name in OWN_FILES:
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _holds(path: Path, needles: list[bytes]) -> bool:
    """Tell whether a file holds one of some texts, however large it is; one that is gone meanwhile holds nothing."""
    overlap = max(map(len, needles), default=1) - 1
    before = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                content = before + chunk
                if any(needle in content for needle in needles):
                    return True
                before = content[-overlap:] if overlap else b""
    except FileNotFoundError:
        return False
    return False


def rows_left(subjects: Collection[UUID]) -> int:
    """Return how many rows of declared models still name one of some erased people, where none may."""
    stays = {model for holder in register.holders() if holder.stays for model in holder.models}
    count = 0
    for holder in register.holders():
        for model in holder.models:
            holds = declarations_of(model)
            if (
                model in stays
                or holds is None
                or not holds.subject_path
                or model._meta.db_table in OWN_TABLES
            ):
                continue
            if any(isinstance(declared, Personal) for declared in holds.values()):
                count += model._default_manager.filter(**{f"{holds.subject_path}__in": [*subjects]}).count()
    return count
