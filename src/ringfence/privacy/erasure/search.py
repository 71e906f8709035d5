"""Verification of an erasure by looking: every table of the data database and every file (clause 2.9).

What was sealed cannot be found by its value, and must not be. What is looked for is the person's id, and the values
the house knew of them in plain form, which would be a leak wherever they stood. What the person shares with many,
such as a country or the kind of a browser, is declared `common` and not looked for; neither are the ids of orders
and numbers, which point at nobody once the person is out of them.

Each table and file is read once, whether one person is looked for or a hundred. Only where something begins to look
like a find is it looked at again, row by row.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import sql

from ringfence.kernel.public_ids import public_id
from ringfence.privacy import register
from ringfence.privacy.erasure.needles import Needles
from ringfence.privacy.erasure.tables import Readable, blocks, readable
from ringfence.privacy.erasure.values import Patterns, patterns_of
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
        "witness": "signed heads of the ledger, tombstones, which are digests, and released statistics",
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for of one person besides the id: values, and what an earlier search found."""

    values: Collection[str] = ()
    traces: Collection[Trace] = ()


@dataclass(slots=True)
class _Finds:
    """Where one person was found."""

    places: list[str] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)


def search(subject: UUID, values: Collection[str], traces: Collection[Trace] = ()) -> Searched:
    """Look for a person everywhere, and for what an earlier search had found and is still there."""
    return search_for({subject: Wanted(values, traces)})[subject]


def search_for(people: Mapping[UUID, Wanted]) -> dict[UUID, Searched]:
    """Look for some people everywhere, in one pass over everything there is."""
    found = {subject: _Finds() for subject in people}
    tables, files = readable(), list(files_of_the_store())
    wanted = {subject: _patterns(subject, one) for subject, one in people.items()}
    everybody = [pattern for patterns in wanted.values() for pattern in patterns]
    needles = Needles(
        (form for one in everybody for form in (*one.in_files, *one.read_out)),
        (word.encode() for one in everybody for word in one.words),
    )
    suspicious = _suspicious(tables, people, needles)
    before = {trace.place for one in people.values() for trace in one.traces if trace.offset < 0}
    for name in sorted(suspicious | before.intersection(table.name for table in tables)):
        _look_into(name, people, found, again=name in suspicious)
    for path in files:
        suspicious_file = needles.found_in(_blocks(path))
        for subject, one in people.items():
            if held := _held_of(path, one, wanted[subject] if suspicious_file else ()):
                found[subject].places.append(str(path))
                found[subject].traces.append(held)
    return {
        subject: Searched(
            len(tables),
            len(files),
            len(people[subject].values),
            tuple(finds.places),
            tuple(finds.traces[:TRACES]),
        )
        for subject, finds in found.items()
    }


def _tables_that_stay() -> frozenset[str]:
    stays = {model._meta.db_table for holder in register.holders() if holder.stays for model in holder.models}
    return OWN_TABLES | stays


def _ids(subject: UUID) -> list[str]:
    return [str(subject), subject.hex, public_id("cus", subject)]


def _patterns(subject: UUID, one: Wanted) -> list[Patterns]:
    """Return every form in which a person may stand somewhere."""
    return [patterns_of(text) for text in (*_ids(subject), *one.values)]


def _suspicious(tables: Collection[Readable], people: Mapping[UUID, Wanted], needles: Needles) -> set[str]:
    """Return the tables that are to be looked into row by row: all are read once, and mostly none is suspicious."""
    stays = _tables_that_stay()
    asked = [(table, () if table.name in stays else tuple(people)) for table in tables]
    if not needles.found_in(blocks(asked)):
        return set()
    return {table.name for table, who in asked if needles.found_in(blocks([(table, who)]))}


def _look_into(
    name: str, people: Mapping[UUID, Wanted], found: Mapping[UUID, _Finds], *, again: bool
) -> None:
    """Look for each person in the rows of a table, and for those of its rows that were found before."""
    ids_may_stand = name in _tables_that_stay()
    for subject, one in people.items():
        rows = _remembered(
            name, [trace.digest for trace in one.traces if trace.place == name and trace.offset < 0]
        )
        wanted = [*([] if ids_may_stand else _ids(subject)), *one.values]
        rows += _digests(name, wanted) if again and wanted else []
        if rows:
            found[subject].places.append(f"{name}: {len(set(rows))}")
            found[subject].traces += [Trace(name, digest) for digest in sorted(set(rows))[:TRACES]]


def _held_of(path: Path, one: Wanted, patterns: Collection[Patterns]) -> Trace | None:
    """Return where a file holds one of some forms, however large it is, or what an earlier search found in it."""
    if patterns:
        needles = Needles(
            (form for each in patterns for form in each.in_files),
            (word.encode() for each in patterns for word in each.words),
        )
        if found := needles.first_in(_blocks(path)):
            offset, there = found
            return Trace(str(path), _keyed(there), offset, len(there))
    old = [trace for trace in one.traces if trace.offset >= 0]
    return _still_held(path, old) if old else None


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield what a file holds; one that is gone meanwhile holds nothing."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except FileNotFoundError:
        return


def all_tables() -> list[str]:
    """Return every table of the data database, whoever made it; one that is kept in parts is one."""
    return [table.name for table in readable()]


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
    for top in Path(settings.VAR_DIR).iterdir():
        for path in (top, *top.rglob("*")) if top.name not in NOT_SEARCHED else ():
            if path.name not in NOT_SEARCHED and path.is_file() and not path.is_symlink():
                yield path


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


def rows_left(people: Collection[UUID]) -> int:
    """Return how many rows of declared models still name one of some erased people, where none may."""
    if not people:
        return 0
    stays = {model for holder in register.holders() if holder.stays for model in holder.models}
    count = 0
    for model in {model for holder in register.holders() for model in holder.models} - stays:
        holds = declarations_of(model)
        if holds is None or not holds.subject_path or model._meta.db_table in OWN_TABLES:
            continue
        if any(isinstance(declared, Personal) for declared in holds.values()):
            count += model._default_manager.filter(**{f"{holds.subject_path}__in": [*people]}).count()
    return count
