"""The ledger looked at between full verifications: all of a small one, the new end and a sample of a large one."""

import random
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from ringfence.privacy.ledger import append, checkpoints, merkle, note, verify
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.ports import key_store

WHOLE_UP_TO: Final = 20_000
NEWEST: Final = 1_000
SAMPLE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Looked:
    """How many lines there are, how many were hashed again, and how many faults there were."""

    lines: int
    read: int
    faults: int


def look() -> Looked:
    """Check the ledger: every line up to a size, beyond it the newest lines, a random sample, and the signed roots."""
    size = append.size()
    if size <= WHOLE_UP_TO:
        return Looked(size, size, len(verify.findings()))
    chosen = {*range(max(0, size - NEWEST), size), *(random.randrange(size) for _ in range(SAMPLE))}  # noqa: S311 - a sample
    faults = _rewritten(sorted(chosen)) + _unsigned()
    return Looked(size, len(chosen), faults)


def _rewritten(positions: list[int]) -> int:
    """Return how many lines at some positions are missing or do not hash to their stored leaf."""
    columns = ", ".join(f"line.{name.strip()}" for name in append.COLUMNS.split(","))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT node.hash, {columns} FROM privacy_ledgerleaf leaf"  # noqa: S608 - constant columns
            " JOIN privacy_ledgerline line ON line.id = leaf.line_id"
            " JOIN privacy_ledgernode node ON node.place = leaf.position WHERE leaf.position = ANY(%s)",
            [positions],
        )
        rows = cursor.fetchall()
    wrong = sum(merkle.leaf_hash(append.canonical(append.as_row(row[1:]))) != bytes(row[0]) for row in rows)
    return wrong + len(positions) - len(rows)


def _unsigned() -> int:
    """Return 1 when the tree is not the one the newest checkpoint, or the one kept outside, signed."""
    newest = checkpoints.latest()
    try:
        stated = [note.read(newest.note, key_store().public_key())] if newest else []
        witness = checkpoints.witnessed()
    except note.NoteInvalid:
        return 1
    size = append.size()
    for one in [*stated, *([witness] if witness else [])]:
        try:
            if one.size > size or (one.size and one.root != append.root(one.size)):
                return 1
        except LookupError:
            return 1
    return 0


def published_digest(number: int, digest: str) -> bool:
    """Tell whether the ledger has the line in which a version of the policy was published with that digest."""
    return published_lines(number, digest).exists()


def published_lines(number: int, digest: str) -> QuerySet[LedgerLine]:
    """Return the lines that say so; an index has those of all publications."""
    return LedgerLine.objects.filter(
        action="privacy.publish_policy", facts__version=number, facts__digest=digest
    )
