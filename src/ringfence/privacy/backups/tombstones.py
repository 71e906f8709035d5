"""Tombstones outside the database, so that a restored backup brings nobody back (privacy-core section 2).

A line names somebody whose deletion has begun by a keyed digest of their random id, with its moment, and is
authenticated by the key store. The lines stand in `var/witness` and beside the backups, so that they are there when
the database is not, or is of yesterday; the same digests stand in a table, from which a place that lacks some is
filled up. Nothing is destroyed before its line is on disk.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import places, written
from ringfence.privacy.backups.models import Tombstone
from ringfence.privacy.guarded import require_action
from ringfence.privacy.ports import key_store

KEPT: Final = timedelta(days=90)
"""How long a line is kept: no copy in which its person still stands may be older than 21 days."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the places: each digest with its moment; lines that are not ours or were altered, and where."""

    lines: Mapping[bytes, datetime]
    foreign: int
    places: tuple[Path, ...] = ()


def digest_of(subject: UUID) -> bytes:
    """Return how a person is named."""
    return key_store().mac("tombstone", subject.bytes)


def set_for(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Name a person in the running action; the line is written as soon as that is committed."""
    lines = _enter([subject], at)
    transaction.on_commit(lambda: _everywhere(lambda path: written.add(path, lines)))
    return len(lines)


def secure(people: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Make sure that the lines of some people are on disk. Raises OSError when they cannot be written."""
    if not people:
        return
    written.add_lacking(_witness(), _enter(people, at))


def _enter(people: Collection[UUID], at: datetime) -> dict[bytes, datetime]:
    """Enter people in the table, in one statement; return their lines."""
    require_action("a tombstone")
    digests = key_store().mac_many("tombstone", [subject.bytes for subject in people])
    Tombstone.objects.bulk_create(
        [Tombstone(digest=digest, at=at) for digest in digests], ignore_conflicts=True
    )
    return dict.fromkeys(digests, at)


def read() -> Written:
    """Read the lines of all places."""
    found: dict[bytes, datetime] = {}
    foreign: dict[Path, int] = {}
    for path in written.paths():
        lines, wrong = written.read(path)
        found |= lines
        if wrong:
            foreign[path] = wrong
    return Written(found, sum(foreign.values()), tuple(foreign))


def lacking() -> int:
    """Return how many tombstones of the table are not written in `var/witness`."""
    there, _wrong = written.read(_witness())
    return sum(bytes(digest) not in there for digest in Tombstone.objects.values_list("digest", flat=True))


def named_among(subjects: Collection[UUID]) -> set[UUID]:
    """Return those of some people whom a line names, wherever it stands."""
    known = {*read().lines, *map(bytes, Tombstone.objects.values_list("digest", flat=True))}
    people = list(subjects)
    digests = key_store().mac_many("tombstone", [one.bytes for one in people])
    return {person for person, digest in zip(people, digests, strict=True) if digest in known}


@action("privacy.keep_tombstones")
def bring_together(*, by: Actor, at: datetime) -> int:
    """Let every place know what one of them knows, and let go of what is older than any copy; return how many stay."""
    nothing_happened()
    oldest = at - KEPT
    rows = {bytes(digest): moment for digest, moment in Tombstone.objects.values_list("digest", "at")}
    known = {**read().lines, **rows}
    living = {digest: moment for digest, moment in known.items() if moment >= oldest}
    Tombstone.objects.bulk_create(
        [Tombstone(digest=digest, at=moment) for digest, moment in living.items() if digest not in rows],
        ignore_conflicts=True,
    )
    Tombstone.objects.filter(at__lt=oldest).delete()
    about(count=len(living))
    transaction.on_commit(lambda: _everywhere(lambda path: written.bring_up(path, living, oldest)))
    return len(living)


def _witness() -> Path:
    return places.witness_folder() / written.NAME


def _everywhere(do: Callable[[Path], None]) -> None:
    """Write in each place; one that cannot be written is filled up later, and `secure` insists on the first."""
    for path in written.paths():
        try:
            do(path)
        except OSError as problem:
            log.warning("tombstone.not_written", problem=type(problem).__name__)
