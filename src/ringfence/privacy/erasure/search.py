"""Verification of an erasure by looking: every table of the data database and every file (clause 2.9).

What was sealed cannot be found by its value, and must not be. What is looked for is the person's id, and the values
the house knew of them in plain form, which would be a leak wherever they stood. What the person shares with many,
such as a country or the kind of a browser, is declared `common` and not looked for; neither are the ids of orders
and numbers, which point at nobody once the person is out of them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import sql

from ringfence.kernel.public_ids import public_id
from ringfence.privacy import register
from ringfence.privacy.erasure.values import patterns_of
from ringfence.privacy.inventory import Personal, declarations_of
from ringfence.privacy.ports import key_store

CHUNK: Final = 4 * 1024 * 1024
TRACES: Final = 50
"""Places remembered of one search that found something."""

NOT_SEARCHED: Final = MappingProxyType(
    {
        "postgres": "the databases themselves; their tables are searched",
        "keystore": "keys, which say nothing about anybody",
        "secrets": "secrets of the store",
        "static": "what was shipped",
        "run": "settings and sockets of running parts",
        "witness": "signed heads of the ledger and tombstones, which are digests",
        "backups": "sealed copies, which nothing of a deleted person opens after the date on the receipt",
        "drill": "a sealed copy as it is tried, beside the store; removed afterwards",
        "demo-logins.txt": "the logins of a rehearsal store: invented people, shown on purpose",
    }
)
"""Folders and files under `var` that are not looked into, and why."""

OWN_TABLES: Final = frozenset({"privacy_erasure"})
"""Tables that must know the person until the last step, which empties them.

Tables of models that stay by law may hold the id too; the ledger holds a token that dies with the key, never the id;
and a payment provider keeps its own reference of a payment, which says nothing here. No place may hold a value.
"""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where something was found, so that it is known again without the value: a digest of the row or of the bytes."""

    place: str
    digest: str
    offset: int = -1
    length: int = 0


@dataclass(frozen=True, slots=True)
class Searched:
    """How much was looked at, how many values were looked for, and where something was found."""

    tables: int
    files: int
    values: int
    places: tuple[str, ...]
    traces: tuple[Trace, ...] = ()


def search(subject: UUID, values: Collection[str], traces: Collection[Trace] = ()) -> Searched:
    """Look for the person everywhere, and for what an earlier search had found and is still there."""
    ids = [str(subject), subject.hex, public_id("cus", subject)]
    stays = {model._meta.db_table for holder in register.holders() if holder.stays for model in holder.models}
    places: list[str] = []
    found: list[Trace] = []
    tables, files = all_tables(), list(files_of_the_store())
    for table in tables:
        wanted = [*([] if table in stays | OWN_TABLES else ids), *values]
        rows = _digests(table, wanted) if wanted else []
        rows += _remembered(table, [one.digest for one in traces if one.place == table])
        if rows:
            places.append(f"{table}: {len(set(rows))}")
            found += [Trace(table, digest) for digest in sorted(set(rows))[:TRACES]]
    needles = sorted({needle for text in [*ids, *values] for needle in patterns_of(text).bytes})
    old = [one for one in traces if one.offset >= 0]
    for path in files:
        held = _held(path, needles) or _still_held(path, old)
        if held:
            places.append(str(path))
            found.append(held)
    return Searched(len(tables), len(files), len(values), tuple(places), tuple(found[:TRACES]))


def all_tables() -> list[str]:
    """Return every table of the data database, partitions included, whoever made it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.relname"
        )
        return [row[0] for row in cursor.fetchall()]


def rows_holding(table: str, texts: Collection[str]) -> int:
    """Return how many rows of a table hold one of some texts in any column, as text or as bytes."""
    return len(_digests(table, texts))


def _digests(table: str, texts: Collection[str]) -> list[str]:
    """Return a digest of each row that holds one of some texts."""
    patterns = [patterns_of(text) for text in texts]
    query = sql.SQL(
        "SELECT encode(sha256(convert_to(searched::text, 'UTF8')), 'hex') FROM {} AS searched"
        " WHERE searched::text ILIKE ANY(%s) OR searched::text ~ ANY(%s)"
    ).format(sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            [[like for one in patterns for like in one.like], [w for one in patterns for w in one.word]],
        )
        return [row[0] for row in cursor.fetchall()]


def _remembered(table: str, digests: list[str]) -> list[str]:
    """Return which of some rows stand in a table unchanged."""
    if not digests:
        return []
    query = sql.SQL(
        "SELECT found FROM {} AS searched, encode(sha256(convert_to(searched::text, 'UTF8')), 'hex') AS found"
        " WHERE found = ANY(%s)"
    ).format(sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(query, [digests])
        return [row[0] for row in cursor.fetchall()]


def files_of_the_store() -> Iterator[Path]:
    """Yield the files under `var` that are looked into."""
    root = Path(settings.VAR_DIR)
    for path in root.rglob("*"):
        if path.relative_to(root).parts[0] in NOT_SEARCHED or path.name in NOT_SEARCHED:
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _held(path: Path, needles: list[bytes]) -> Trace | None:
    """Return where a file holds one of some texts, however large it is; one that is gone meanwhile holds nothing."""
    overlap = max(map(len, needles), default=1) - 1
    before, read = b"", 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                content = before + chunk
                for needle in needles:
                    at = content.find(needle)
                    if at >= 0:
                        return Trace(str(path), _keyed(needle), read - len(before) + at, len(needle))
                read += len(chunk)
                before = content[-overlap:] if overlap else b""
    except FileNotFoundError:
        return None
    return None


def _still_held(path: Path, traces: list[Trace]) -> Trace | None:
    """Return what an earlier search found and a file still holds at that place, whatever the file is called now."""
    try:
        with path.open("rb") as file:
            for one in traces:
                file.seek(one.offset)
                if _keyed(file.read(one.length)) == one.digest:
                    return Trace(str(path), one.digest, one.offset, one.length)
    except FileNotFoundError:
        return None
    return None


def _keyed(content: bytes) -> str:
    return key_store().mac("search", content).hex()


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
