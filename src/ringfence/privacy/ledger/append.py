"""Writing lines: from an action into the table, and from the table into the tree."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from ringfence.kernel.action import Line
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger import merkle

LEVEL_SHIFT = 56
SEQUENCER_LOCK = 0x52494E47  # the advisory lock that lets one sequencer work at a time
_ACTION_SQL = (
    "INSERT INTO privacy_ledgerline (nonce, at, action, actor, actor_token, subject_token, purpose, facts)"
)
_ONE_LINE = _ACTION_SQL + " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
_MANY_LINES = _ACTION_SQL + (  # noqa: S608 - constants
    " SELECT * FROM unnest(%s::bytea[], %s::timestamptz[], %s::text[], %s::text[],"
    " %s::bytea[], %s::bytea[], %s::text[], %s::jsonb[])"
)


def append(line: Line) -> None:
    """Write an action's lines in the running transaction: one per person concerned, or one for nobody."""
    append_all([line])


def append_all(lines: Iterable[Line]) -> None:
    """Write the lines of some actions in the running transaction, with one statement."""
    rows = [values for line in lines for values in _values(line)]
    if not rows:
        return
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(_ONE_LINE, rows[0])
        else:
            cursor.execute(_MANY_LINES, [[*column] for column in zip(*rows, strict=True)])


def _values(line: Line) -> Iterator[tuple[Any, ...]]:
    """Yield what is written: one row per person concerned, or one for nobody."""
    actor_token = keyring.token(line.by.person) if line.by.person else None
    facts = json.dumps(line.facts, sort_keys=True)
    subjects: list[UUID | None] = [*line.subjects] or [None]
    for subject in subjects:
        token = keyring.token(subject) if subject else None
        yield (
            os.urandom(16),
            line.at,
            line.action,
            str(line.by),
            actor_token,
            token,
            line.by.purpose,
            facts,
        )


def canonical(row: dict[str, Any]) -> bytes:
    """Return the bytes of a line that are hashed: compact JSON, sorted keys, hex for bytes, UTC."""
    at: datetime = row["at"]
    content = {
        "id": row["id"],
        "nonce": bytes(row["nonce"]).hex(),
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": row["action"],
        "actor": row["actor"],
        "actor_token": bytes(row["actor_token"]).hex() if row["actor_token"] else None,
        "subject_token": bytes(row["subject_token"]).hex() if row["subject_token"] else None,
        "purpose": row["purpose"],
        "facts": row["facts"],
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


COLUMNS = "id, nonce, at, action, actor, actor_token, subject_token, purpose, facts::text"


def as_row(values: tuple[Any, ...]) -> dict[str, Any]:
    """Return a fetched line as what `canonical` takes."""
    names = ("id", "nonce", "at", "action", "actor", "actor_token", "subject_token", "purpose", "facts")
    row = dict(zip(names, values, strict=True))
    row["facts"] = json.loads(row["facts"])
    return row


def read_ahead(reckon: Callable[[merkle.Node], object]) -> merkle.Node:
    """Return every node that a reckoning asks for, read in one statement.

    Raises LookupError when one is missing, which is a sign of tampering.
    Which nodes a tree's root or a proof needs depends on places alone, so it is reckoned once without any.
    """
    wanted: set[tuple[int, int]] = set()

    def note(level: int, index: int) -> bytes:
        wanted.add((level, index))
        return b""

    reckon(note)
    places = {(level << LEVEL_SHIFT) + index: (level, index) for level, index in wanted}
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, hash FROM privacy_ledgernode WHERE place = ANY(%s)", [[*places]])
        found = {places[place]: bytes(hashed) for place, hashed in cursor.fetchall()}
    for level, index in wanted - found.keys():
        raise LookupError(f"the ledger lacks node {level}/{index}")
    return lambda level, index: found[level, index]


def root(size: int) -> bytes:
    """Return the root of the tree of so many lines. Raises LookupError when a node is missing."""
    reckon = partial(merkle.root, size)
    return reckon(read_ahead(reckon))


def size() -> int:
    """Return the number of lines in the tree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(position) + 1, 0) FROM privacy_ledgerleaf")
        return int(cursor.fetchone()[0])


def sequence(limit: int = 10_000) -> int:
    """Put committed lines into the tree, at most `limit`; return how many. Safe to run anywhere, any time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        cursor.execute(
            "DELETE FROM privacy_pendingline WHERE line_id IN"
            " (SELECT line_id FROM privacy_pendingline ORDER BY line_id LIMIT %s) RETURNING line_id",
            [limit],
        )
        ids = sorted(row[0] for row in cursor.fetchall())
        if not ids:
            return 0
        cursor.execute(f"SELECT {COLUMNS} FROM privacy_ledgerline WHERE id = ANY(%s) ORDER BY id", [ids])  # noqa: S608 - constant columns
        leaves = [(row[0], merkle.leaf_hash(canonical(as_row(row)))) for row in cursor.fetchall()]
        start = size()
        before = read_ahead(partial(merkle.root, start))
        nodes = list(merkle.grow(start, [leaf for _id, leaf in leaves], before))
        with cursor.copy("COPY privacy_ledgernode (place, hash) FROM STDIN") as copy:
            for level, index, found in nodes:
                copy.write_row(((level << LEVEL_SHIFT) + index, found))
        with cursor.copy("COPY privacy_ledgerleaf (position, line_id) FROM STDIN") as copy:
            for offset, (line_id, _leaf) in enumerate(leaves):
                copy.write_row((start + offset, line_id))
        return len(leaves)
