"""What opens the data, beside the keys database: the files of the key store, and the store's own secrets.

It goes into the set of the keys. A key store that is not made of files keeps its keys itself, and has its own backups.
"""

import io
import tarfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, cast

from django.conf import settings

from ringfence.adapters.keystore.files import SECRETS, FileKeyStore
from ringfence.config.backups.sealing import Sealing
from ringfence.privacy import durable
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.keys.actions import EPOCH_LENGTH, GRACE
from ringfence.privacy.ports import key_store

NOT_TAKEN: Final = ("database-", "backup-", ".")
"""Secrets that another installation makes for itself, and those that seal the backup."""


def take(sealed: Sealing) -> None:
    """Write the files into a sealed part of the set."""
    with tarfile.open(fileobj=cast("IO[bytes]", sealed), mode="w|") as archive:
        for folder, path in _files():
            content = path.read_bytes()
            entry = tarfile.TarInfo(f"{folder}/{path.name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(path.stat().st_mtime)
            archive.addfile(entry, io.BytesIO(content))


def _files() -> Iterator[tuple[str, Path]]:
    store = key_store()
    if isinstance(store, FileKeyStore):
        files = sorted(store.directory.glob("*.key")) + sorted(store.directory.glob("*.epoch"))
        yield from (("keystore", path) for path in files)
    folder = Path(settings.VAR_DIR) / "secrets"
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith(NOT_TAKEN):
            yield "secrets", path
    certificates = folder / "sip-tls"
    for path in sorted(certificates.glob("*")) if certificates.is_dir() else ():
        if path.is_file():
            yield "sip-tls", path


def put_back(pieces: Iterable[bytes], at: datetime) -> int:
    """Put the files back where they belong; return how many epochs' keys are there afterwards.

    A key of an epoch that is over by now is not brought back: what it wrapped is final (clause 2.9). Raises
    BackupFailed when the key store here is another installation's.
    """
    places = {"secrets": _folder("secrets"), "sip-tls": _folder("secrets", "sip-tls")}
    store = key_store()
    if isinstance(store, FileKeyStore):
        places["keystore"] = store.directory
    wanted: list[tuple[Path, bytes]] = []
    with tarfile.open(fileobj=cast("IO[bytes]", _Readable(pieces)), mode="r|") as archive:
        for entry in archive:
            folder, _slash, name = entry.name.partition("/")
            file = archive.extractfile(entry)
            if folder in places and "/" not in name and file is not None:
                wanted.append((places[folder] / name, file.read()))
    for path, content in wanted:
        _require_same(path, content)
    for path, content in wanted:
        if path.suffix != ".epoch" or not (path.exists() or is_over(path.stem, at)):
            durable.write(path, content)
    return len(store.epochs())


def is_over(epoch: str, at: datetime) -> bool:
    """Tell whether an epoch's key must be gone by now."""
    year, week = epoch.split("-W")
    began = datetime.fromisocalendar(int(year), int(week), 1).replace(tzinfo=UTC)
    return at >= began + EPOCH_LENGTH + GRACE - timedelta(hours=2)


def _require_same(path: Path, content: bytes) -> None:
    """Refuse to lay one installation's key over another's."""
    if path.name in SECRETS and path.exists() and path.read_bytes() != content:
        raise BackupFailed(
            f"The key store in {path.parent} belongs to another installation than the backup; name another"
            " RINGFENCE_VAR_DIR, or move that key store away."
        )


def _folder(*names: str) -> Path:
    folder = Path(settings.VAR_DIR).joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


class _Readable:
    """Pieces as a file that can be read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def read(self, size: int = -1) -> Any:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        wanted = len(self._rest) if size < 0 else size
        content, self._rest = self._rest[:wanted], self._rest[wanted:]
        return content
