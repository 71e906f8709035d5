"""Tombstones outside the database, so that a restored backup brings nobody back (privacy-core section 2).

A line names somebody whose deletion has begun by a keyed digest of their random id, with its moment, and is
authenticated by the key store. The lines stand in `var/witness` and beside the backups, so that they are there when
the database is not, or is of yesterday; the same digests stand in a table, from which a place that lacks some is
filled up. Nothing is destroyed before its line is on disk.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import places
from ringfence.privacy.backups.models import Tombstone
from ringfence.privacy.guarded import require_action
from ringfence.privacy.ports import key_store

NAME: Final = "tombstones"
KEPT: Final = timedelta(days=90)
"""How long a line is kept: no copy in which its person still stands may be older than 21 days."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the places: each digest with its moment, and how many lines are not ours or were altered."""

    lines: Mapping[bytes, datetime]
    foreign: int


def digest_of(subject: UUID) -> bytes:
    """Return how a person is named."""
    return key_store().mac("tombstone", subject.bytes)


def set_for(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Name a person in the running action; the line is written as soon as that is committed."""
    lines = _enter([subject], at)
    transaction.on_commit(lambda: _append_everywhere(lines))
    return len(lines)


def secure(people: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Make sure that the lines of some people are on disk. Raises OSError when they cannot be written."""
    if not people:
        return
    lines = _enter(people, at)
    place = places.witness_folder() / NAME
    written = place.read_bytes() if place.exists() else b""
    lacking = {digest: at for digest in lines if digest.hex().encode() not in written}
    if lacking:
        _append(place, lacking)


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
    foreign = 0
    for path in paths():
        lines, wrong = _read(path)
        found |= lines
        foreign += wrong
    return Written(found, foreign)


def lacking() -> int:
    """Return how many tombstones of the table are not written in `var/witness`."""
    written, _wrong = _read(places.witness_folder() / NAME)
    return sum(bytes(digest) not in written for digest in Tombstone.objects.values_list("digest", flat=True))


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
    transaction.on_commit(lambda: _write_everywhere(living, oldest))
    return len(living)


def paths() -> list[Path]:
    """Return the files: always that of the witness, and those beside backups where there is such a folder."""
    folders = [places.data_folder(), places.keys_folder()]
    beside = [folder / NAME for folder in dict.fromkeys(folders) if folder.is_dir()]
    return [places.witness_folder() / NAME, *beside]


def _append_everywhere(lines: Mapping[bytes, datetime]) -> None:
    """Add lines; a place that cannot be written is filled up later, and `secure` insists on the first."""
    for path in paths():
        try:
            _append(path, lines)
        except OSError as problem:
            log.warning("tombstone.not_written", problem=type(problem).__name__)


def _write_everywhere(living: Mapping[bytes, datetime], oldest: datetime) -> None:
    for path in paths():
        try:
            _bring_up(path, living, oldest)
        except OSError as problem:
            log.warning("tombstone.not_written", problem=type(problem).__name__)


def _append(path: Path, lines: Mapping[bytes, datetime]) -> None:
    """Add lines to a file, durably; a torn line of a crash is closed first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        is_torn = size and os.pread(file.fileno(), 1, size - 1) != b"\n"
        file.write((b"\n" if is_torn else b"") + _as_lines(lines))
        file.flush()
        os.fsync(file.fileno())


def _bring_up(path: Path, living: Mapping[bytes, datetime], oldest: datetime) -> None:
    """Add to a file what it lacks; write it anew without what is too old, when there is any."""
    there, foreign = _read(path)
    lacking = {digest: moment for digest, moment in living.items() if digest not in there}
    if lacking:
        _append(path, lacking)
    if foreign or not any(moment < oldest for moment in there.values()):
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = {digest: moment for digest, moment in _read(path)[0].items() if moment >= oldest}
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as draft:
            draft.write(_as_lines(kept))
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(path)


def _as_lines(lines: Mapping[bytes, datetime]) -> bytes:
    stated = [(digest.hex(), moment.astimezone(UTC).isoformat()) for digest, moment in lines.items()]
    macs = key_store().mac_many("tombstone line", [f"{person} {at}".encode() for person, at in stated])
    written = (
        json.dumps({"person": person, "at": at, "mac": mac.hex()})
        for (person, at), mac in zip(stated, macs, strict=True)
    )
    return "".join(f"{line}\n" for line in written).encode()


def _read(path: Path) -> tuple[dict[bytes, datetime], int]:
    """Return the lines of a file, and how many are not authentic; a last one without an end was torn, and is passed."""
    stated: list[tuple[str, str, str]] = []
    wrong = 0
    with suppress(FileNotFoundError):
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                content = json.loads(line)
                stated.append((str(content["person"]), str(content["at"]), str(content["mac"])))
            except (ValueError, KeyError, TypeError):
                wrong += line.endswith(b"\n") and line.strip().endswith(b"}")
    macs = key_store().mac_many("tombstone line", [f"{person} {at}".encode() for person, at, _mac in stated])
    found = {}
    for (person, at, mac), expected in zip(stated, macs, strict=True):
        if mac == expected.hex():
            found[bytes.fromhex(person)] = datetime.fromisoformat(at)
        else:
            wrong += 1
    return found, wrong
