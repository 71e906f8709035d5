"""`ringfence verify`: reads the whole ledger as it is and says what does not hold together."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from ringfence.privacy.ledger import append, checkpoints, merkle, note
from ringfence.privacy.ledger.models import Checkpoint
from ringfence.privacy.ports import key_store

BATCH = 10_000


def findings() -> list[str]:
    """Return a sentence for each thing wrong: rewritten or missing lines, gaps, cut ends, foreign signatures.

    What was signed is read before the lines, so that a checkpoint published meanwhile is no false alarm.
    """
    altered, witness = False, None
    try:
        witness = checkpoints.witnessed()
    except note.NoteInvalid:
        altered = True
    signed = list(Checkpoint.objects.order_by("id"))
    nodes, found = _rebuild()
    size = nodes.size
    found += list(_wrong_checkpoints(signed, nodes))
    found += _left_out()
    if altered:
        found.append("the checkpoint kept outside the database was altered")
    elif witness and witness.size > size:
        found.append(f"the ledger was cut: {witness.size} lines were signed, {size} are there")
    elif witness and witness.size and witness.root != merkle.root(witness.size, nodes.read):
        found.append("the ledger differs from the checkpoint kept outside the database")
    return found


class _Rebuilt:
    """The tree as the lines say it is, apart from the stored nodes."""

    def __init__(self) -> None:
        self.size = 0
        self._nodes: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]

    def add(self, leaves: list[bytes]) -> Iterator[tuple[int, int, bytes]]:
        for level, index, found in merkle.grow(self.size, leaves, self.read):
            self._nodes[level, index] = found
            yield level, index, found
        self.size += len(leaves)


def _rebuild() -> tuple[_Rebuilt, list[str]]:
    tree, found = _Rebuilt(), list[str]()
    expected = 0
    for batch in _batches():
        leaves = []
        values: list[Any]
        for position, line_id, *values in batch:
            if position != expected:
                found.append(f"the ledger has a gap: position {expected} is missing")
            expected = position + 1
            if values[0] is None:
                found.append(f"line {line_id} at position {position} was removed")
                leaves.append(merkle.EMPTY_ROOT)
            else:
                leaves.append(merkle.leaf_hash(append.canonical(append.as_row(tuple(values)))))
        stored = _stored_nodes(tree.size, len(leaves))
        for level, index, node_hash in tree.add(leaves):
            if stored.get((level, index)) != node_hash and level == 0:
                found.append(f"the line at position {index} was rewritten")
            elif stored.get((level, index)) != node_hash:
                found.append(f"node {level}/{index} of the tree was rewritten")
    return tree, found


def _batches() -> Iterator[list[tuple[Any, ...]]]:
    after = -1
    columns = ", ".join(f"line.{name.strip()}" for name in append.COLUMNS.split(","))
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT leaf.position, leaf.line_id, {columns} FROM privacy_ledgerleaf leaf"  # noqa: S608 - constant columns
                " LEFT JOIN privacy_ledgerline line ON line.id = leaf.line_id"
                " WHERE leaf.position > %s ORDER BY leaf.position LIMIT %s",
                [after, BATCH],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _stored_nodes(start: int, count: int) -> dict[tuple[int, int], bytes]:
    """Return the stored nodes that `count` leaves from `start` complete."""
    found: dict[tuple[int, int], bytes] = {}
    with connection.cursor() as cursor:
        level = 0
        while (start + count) >> level:
            low, high = (
                (level << append.LEVEL_SHIFT) + (start >> level),
                (level << append.LEVEL_SHIFT) + ((start + count) >> level),
            )
            cursor.execute(
                "SELECT place, hash FROM privacy_ledgernode WHERE place >= %s AND place < %s", [low, high]
            )
            mask = (1 << append.LEVEL_SHIFT) - 1
            found.update({(level, place & mask): bytes(value) for place, value in cursor.fetchall()})
            level += 1
    return found


def _left_out() -> list[str]:
    """Tell of lines that are neither in the tree nor on their way into it, in one look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM privacy_ledgerline line"
            " WHERE NOT EXISTS (SELECT FROM privacy_ledgerleaf leaf WHERE leaf.line_id = line.id)"
            " AND NOT EXISTS (SELECT FROM privacy_pendingline pending WHERE pending.line_id = line.id)"
        )
        count = int(cursor.fetchone()[0])
    return [f"lines left out of the tree: {count}"] if count else []


def _wrong_checkpoints(signed: list[Checkpoint], tree: _Rebuilt) -> Iterator[str]:
    public_key = key_store().public_key()
    for checkpoint in signed:
        try:
            stated = note.read(checkpoint.note, public_key)
        except note.NoteInvalid as error:
            yield f"checkpoint {checkpoint.pk}: {error}"
            continue
        if stated.size != checkpoint.size or stated.size > tree.size:
            yield f"the ledger was cut: checkpoint {checkpoint.pk} signed {stated.size} lines, {tree.size} are there"
        elif stated.size and stated.root != merkle.root(stated.size, tree.read):
            yield f"checkpoint {checkpoint.pk} does not match the lines"
