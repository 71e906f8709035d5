"""Checkpoints: a signed statement of the tree every hour and with every receipt, and proofs against it."""

import base64
import json
import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.ledger import append, merkle, note
from ringfence.privacy.ledger.models import Checkpoint, LedgerLeaf, LedgerLine
from ringfence.privacy.ports import key_store


def origin() -> str:
    """Return the name under which this installation's ledger signs: its host."""
    return f"{settings.PUBLIC_ORIGIN.partition('://')[2]}/ledger"


@action("ledger.checkpoint")
def publish(*, by: Actor, at: datetime) -> str:
    """Sign the tree as it is after taking in all committed lines; return the note. Itself leaves no line.

    The note is also kept outside the database, so that a database set back in time is found out; it is written after
    the commit, so that it never names lines that a crash undid.
    """
    nothing_happened()
    while append.sequence():
        pass
    size = append.size()
    newest = latest()
    if newest is not None and newest.size == size:
        transaction.on_commit(lambda: _keep(newest.note))
        return newest.note
    signed = note.sign(note.Statement(origin(), size, append.root(size)), key_store())
    Checkpoint.objects.create(size=size, at=at, note=signed)
    transaction.on_commit(lambda: _keep(signed))
    return signed


def _keep(signed: str) -> None:
    """Keep a note outside the database, whole or not at all. One of more lines stays: it shows what was cut off."""
    path = _witness()
    if _signs_more(path, signed):
        return
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as draft:
        draft.write(signed)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)


def _signs_more(path: Path, signed: str) -> bool:
    """Tell whether the note kept in a file signs more lines than another."""
    if not path.exists():
        return False
    try:
        before = note.read(path.read_text(), key_store().public_key())
        return before.size > note.read(signed, key_store().public_key()).size
    except note.NoteInvalid:
        return False


def latest() -> Checkpoint | None:
    """Return the newest checkpoint in the database."""
    return Checkpoint.objects.order_by("-size", "-id").first()


def witnessed() -> note.Statement | None:
    """Return the newest checkpoint kept outside the database. Raises NoteInvalid when it was altered."""
    path = _witness()
    return note.read(path.read_text(), key_store().public_key()) if path.exists() else None


def _witness() -> Path:
    directory = Path(settings.VAR_DIR) / "witness"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / "checkpoint"


@dataclass(frozen=True, slots=True)
class Proof:
    """A line with its audit path and the checkpoint it leads to."""

    line: bytes
    position: int
    path: tuple[bytes, ...]
    checkpoint: str

    def as_json(self) -> dict[str, Any]:
        """Return the proof in the form the stand-alone verifier reads."""
        return {
            "line": json.loads(self.line),
            "position": self.position,
            "path": [base64.b64encode(step).decode() for step in self.path],
            "checkpoint": self.checkpoint,
        }


def prove(line: LedgerLine, checkpoint: Checkpoint) -> Proof:
    """Return the proof that a line is in the tree of a checkpoint. Raises LookupError when it is not."""
    found = prove_all([line.pk], checkpoint).get(line.pk)
    if found is None:
        raise LookupError("the line is not in that checkpoint yet")
    return found


def prove_all(lines: Collection[int], checkpoint: Checkpoint) -> dict[int, Proof]:
    """Return the proofs of those of some lines, by their ids, that are in the tree of a checkpoint."""
    leaves = LedgerLeaf.objects.filter(line__in=[*lines], position__lt=checkpoint.size)
    places = list(leaves.order_by("position").values_list("line_id", "position"))
    read = append.read_ahead(
        lambda node: [merkle.inclusion(position, checkpoint.size, node) for _line, position in places]
    )
    contents = _contents_of(lines)
    return {
        line: Proof(
            contents[line],
            position,
            tuple(merkle.inclusion(position, checkpoint.size, read)),
            checkpoint.note,
        )
        for line, position in places
    }


def content_of(line: LedgerLine) -> bytes:
    """Return the hashed bytes of a line, from the database as it is."""
    return _contents_of([line.pk])[line.pk]


def _contents_of(lines: Collection[int]) -> dict[int, bytes]:
    with connection.cursor() as cursor:
        query = f"SELECT {append.COLUMNS} FROM privacy_ledgerline WHERE id = ANY(%s)"  # noqa: S608 - constant columns
        cursor.execute(query, [[*lines]])
        return {row[0]: append.canonical(append.as_row(row)) for row in cursor.fetchall()}
