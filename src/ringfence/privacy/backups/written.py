"""The files in which tombstones stand: a line for each, added durably, and authenticated by the key store."""

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from ringfence.privacy import durable
from ringfence.privacy.backups import places
from ringfence.privacy.ports import key_store

NAME: Final = "tombstones"
Lines = Mapping[bytes, datetime]
"""Each digest with its moment."""


def paths() -> list[Path]:
    """Return the files: always that of the witness, and those beside backups where there is such a folder."""
    folders = [places.data_folder(), places.keys_folder()]
    beside = [folder / NAME for folder in dict.fromkeys(folders) if folder.is_dir()]
    return [places.witness_folder() / NAME, *beside]


def read(path: Path) -> tuple[dict[bytes, datetime], int]:
    """Return the lines of a file, and how many are not authentic; one that a crash has torn is no line."""
    content = b""
    with suppress(FileNotFoundError):
        content = path.read_bytes()
    return _understood(content)


def add(path: Path, lines: Lines) -> None:
    """Add lines to a file, whatever is in it. Raises OSError."""
    with _held(path) as file:
        _write(file, lines)


def add_lacking(path: Path, lines: Lines) -> None:
    """Add those lines that a file lacks, or has torn ones of. Raises OSError."""
    with _held(path) as file:
        there, _foreign = _understood(file.read(), among=lines)
        _write(file, {digest: moment for digest, moment in lines.items() if digest not in there})


def bring_up(path: Path, living: Lines, oldest: datetime) -> None:
    """Add to a file what it lacks; write it anew without what is too old, when there is any. Raises OSError."""
    if not living and not path.exists():
        return
    with _held(path) as file:
        there, foreign = _understood(file.read())
        _write(file, {digest: moment for digest, moment in living.items() if digest not in there})
        if foreign or all(moment >= oldest for moment in there.values()):
            return
        kept = {digest: moment for digest, moment in {**there, **living}.items() if moment >= oldest}
        durable.write(path, _as_lines(kept))


@contextmanager
def _held(path: Path) -> Iterator[IO[bytes]]:
    """Have a file to oneself. One that was replaced while it was waited for is let be: its lines would be lost."""
    while True:
        is_new = not path.exists()
        with open(path, "a+b", opener=durable.for_us_alone) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _stands_there(file, path):
                continue
            if is_new:
                durable.sync(path.parent)
            file.seek(0)
            yield file
            return


def _stands_there(file: IO[bytes], path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def _write(file: IO[bytes], lines: Lines) -> None:
    """Add lines to a file that is held, durably; a torn line of a crash is closed first."""
    if not lines:
        return
    size = file.seek(0, os.SEEK_END)
    is_torn = size and os.pread(file.fileno(), 1, size - 1) != b"\n"
    file.write((b"\n" if is_torn else b"") + _as_lines(lines))
    file.flush()
    os.fsync(file.fileno())


def _as_lines(lines: Lines) -> bytes:
    stated = [(digest.hex(), moment.astimezone(UTC).isoformat()) for digest, moment in lines.items()]
    written = (
        json.dumps({"person": person, "at": at, "mac": mac.hex()})
        for (person, at), mac in zip(stated, _macs(stated), strict=True)
    )
    return "".join(f"{line}\n" for line in written).encode()


def _understood(
    content: bytes, *, among: Collection[bytes] | None = None
) -> tuple[dict[bytes, datetime], int]:
    """Return the lines of a content, and how many are not authentic; `among` says which are asked for, if not all."""
    stated: list[tuple[str, str]] = []
    macs: list[str] = []
    wrong = 0
    wanted = None if among is None else {digest.hex() for digest in among}
    for line in content.splitlines(keepends=True):
        try:
            said = json.loads(line)
            person, at, mac = str(said["person"]), str(said["at"]), str(said["mac"])
        except (ValueError, KeyError, TypeError):
            wrong += line.endswith(b"\n") and line.strip().endswith(b"}")
            continue
        if wanted is None or person in wanted:
            stated.append((person, at))
            macs.append(mac)
    found = {}
    for (person, at), mac, expected in zip(stated, macs, _macs(stated), strict=True):
        if mac == expected.hex():
            found[bytes.fromhex(person)] = datetime.fromisoformat(at)
        else:
            wrong += 1
    return found, wrong


def _macs(stated: Collection[tuple[str, str]]) -> list[bytes]:
    return key_store().mac_many("tombstone line", [f"{person} {at}".encode() for person, at in stated])
