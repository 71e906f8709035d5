"""What is public of the ledger: hashes of lines, signed checkpoints, the key, proofs. Never a line itself."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from django.db import connection

from ringfence.privacy.ledger import append, checkpoints, merkle, note
from ringfence.privacy.ledger.models import Checkpoint
from ringfence.privacy.ports import key_store

BATCH: Final = 20_000
VERIFIER: Final = Path(__file__).parent / "standalone" / "ringfence_verify.py"


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest checkpoint."""

    number: int
    size: int
    at: datetime
    note: str


def newest() -> Signed | None:
    """Return the newest checkpoint, or None before the first one."""
    found = checkpoints.latest()
    return Signed(found.pk, found.size, found.at, found.note) if found else None


def recent(most: int = 24) -> list[Signed]:
    """Return the last checkpoints, newest first."""
    rows = Checkpoint.objects.order_by("-size", "-id")[:most]
    return [Signed(row.pk, row.size, row.at, row.note) for row in rows]


def waiting() -> int:
    """Return how many lines are committed and not yet in the tree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM privacy_pendingline")
        return int(cursor.fetchone()[0])


def unsigned() -> int:
    """Return how many lines are committed and not yet under a signed checkpoint."""
    signed = checkpoints.latest()
    return waiting() + append.size() - (signed.size if signed else 0)


def key() -> str:
    """Return the public key as `origin+hash+base64`."""
    return note.verifier_key(checkpoints.origin(), key_store().public_key())


def hashes(start: int, end: int) -> Iterator[bytes]:
    """Yield the hashes of the lines at positions from `start` up to `end`, 32 bytes each, in batches."""
    while start < end:
        until = min(start + BATCH, end)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT hash FROM privacy_ledgernode WHERE place >= %s AND place < %s ORDER BY place",
                [start, until],
            )
            rows = cursor.fetchall()
        yield b"".join(bytes(row[0]) for row in rows)
        if len(rows) < until - start:
            return
        start = until


def consistency(old: int, new: int) -> list[str] | None:
    """Return the proof that the ledger of `old` lines is the beginning of that of `new`, or None for no such sizes."""
    if not 0 < old <= new <= append.size():
        return None
    tree = append.read_ahead(partial(merkle.consistency, old, new))
    return [base64.b64encode(step).decode() for step in merkle.consistency(old, new, tree)]
