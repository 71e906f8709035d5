"""The sets of a backup in their folders: whole or not there, authenticated, and gone when their time is over.

A set is a folder with a manifest and sealed files. It is made under a name that nobody takes for a set, and renamed
when all of it is on disk. The set of the data and that of the keys have the same name, in two folders, and two secrets.
"""

import fcntl
import hashlib
import hmac
import io
import json
import os
import secrets as randomness
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from django.conf import settings

from ringfence.config import secrets
from ringfence.config.backups import sealing
from ringfence.privacy.backups import places
from ringfence.privacy.backups.actions import BackupSeen
from ringfence.privacy.backups.ports import BackupFailed

FORMAT: Final = "ringfence-backup-1"
MANIFEST: Final = "manifest.json"
PARTIAL: Final = ".partial-"
Kind = Literal["data", "keys"]
KINDS: Final[tuple[Kind, Kind]] = ("data", "keys")


def folder_of(kind: Kind) -> Path:
    """Return the folder that holds all sets of a kind."""
    return (places.data_folder() if kind == "data" else places.keys_folder()) / kind


def secret_of(kind: Kind) -> str:
    """Return the secret that seals sets of a kind: a setting, or made once."""
    given = settings.ENVIRONMENT.backup_secret if kind == "data" else settings.ENVIRONMENT.backup_keys_secret
    return given or secrets.made_once(Path(settings.VAR_DIR) / "secrets", f"backup-{kind}")


def new_name(at: datetime) -> str:
    """Return the name of a backup that begins now."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{randomness.token_hex(3)}"


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time work on the sets. Raises BackupFailed when another one does."""
    folder = places.data_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed("Another backup or trial is under way; wait until it is done.") from None
        yield


@dataclass
class Draft:
    """A set on its way."""

    kind: Kind
    name: str
    folder: Path
    parts: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def part(self, name: str) -> Iterator[sealing.Sealing]:
        """A sealed file of the set."""
        path = self.folder / name
        with open(path, "xb", opener=_for_us_alone) as file:
            sealed = sealing.Sealing(file, secret_of(self.kind), f"{self.kind} {self.name} {name}")
            yield sealed
            sealed.close()
            file.flush()
            os.fsync(file.fileno())
        with path.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        self.parts.append(
            {
                "name": name,
                "bytes": path.stat().st_size,
                "sha256": digest,
                "plain_bytes": sealed.plain_bytes,
            }
        )

    def finish(self, made_at: datetime, **facts: Any) -> None:
        """Write the manifest, and let the set be there."""
        content = {
            "format": FORMAT,
            "kind": self.kind,
            "name": self.name,
            "made_at": made_at.astimezone(UTC).isoformat(),
            "parts": self.parts,
            **facts,
        }
        with (self.folder / MANIFEST).open("x", encoding="utf-8") as file:
            json.dump({**content, "mac": _mac(self.kind, content)}, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        _sync(self.folder)
        self.folder.rename(folder_of(self.kind) / self.name)
        _sync(folder_of(self.kind))


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def draft(kind: Kind, name: str) -> Iterator[Draft]:
    """Make a set; what is not finished is removed, and what a killed process leaves looks like no set."""
    folder = folder_of(kind) / f"{PARTIAL}{name}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
        yield Draft(kind, name, folder)
    except OSError as problem:
        raise BackupFailed(
            f"The backup cannot be written to {folder.parent}: {problem.strerror}."
        ) from problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Found:
    """A set that is there, with what its manifest says, and what opens it."""

    kind: Kind
    name: str
    folder: Path
    made_at: datetime
    facts: dict[str, Any]
    secret: str = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(int(part["bytes"]) for part in self.facts["parts"])

    @contextmanager
    def part(self, name: str) -> Iterator[Iterator[bytes]]:
        """The plain bytes of one of its files."""
        with (self.folder / name).open("rb") as file:
            yield sealing.opened(file, self.secret, f"{self.kind} {self.name} {name}")

    def require_whole(self) -> None:
        """Read every byte and compare it with the manifest. Raises BackupFailed."""
        for part in self.facts["parts"]:
            with _opened(self.folder / part["name"]) as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != part["sha256"]:
                    raise BackupFailed(f"The backup {self.name} is damaged: {self.kind}/{part['name']}.")


def _opened(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as problem:
        raise BackupFailed(f"The backup lacks {path.name}: {problem.strerror}.") from None


def found(kind: Kind) -> list[Found]:
    """Return the sets of a kind that are there by their manifests and sizes, newest first."""
    folder = folder_of(kind)
    names = (
        [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    )
    read = (read_set(kind, name) for name in sorted(names, reverse=True))
    return [one for one in read if one is not None]


def read_set(kind: Kind, name: str) -> Found | None:
    """Return a set, or None when it is not there, not ours, or lacks a byte."""
    folder = folder_of(kind) / name
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        mac = content.pop("mac")
        if not hmac.compare_digest(str(mac), _mac(kind, content)) or content["format"] != FORMAT:
            return None
        if any((folder / part["name"]).stat().st_size != part["bytes"] for part in content["parts"]):
            return None
        made_at = datetime.fromisoformat(content["made_at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    is_its_own = content["kind"] == kind and content["name"] == name
    found_set = Found(kind, name, folder, made_at, content, secret_of(kind))
    return found_set if is_its_own else None


def there() -> list[BackupSeen]:
    """Return the backups that are there, newest first, with the size of each set."""
    sizes: dict[str, dict[str, int]] = {}
    moments: dict[str, datetime] = {}
    for kind in KINDS:
        for one in found(kind):
            sizes.setdefault(one.name, {})[kind] = one.size
            moments[one.name] = one.made_at
    return [
        BackupSeen(name, moments[name], sizes[name].get("data", 0), sizes[name].get("keys", 0))
        for name in sorted(sizes, reverse=True)
    ]


def remove(kind: Kind, name: str) -> None:
    """Remove a set; a process killed meanwhile leaves nothing that looks like one."""
    folder = folder_of(kind) / name
    if folder.is_dir():
        gone = folder.with_name(f"{PARTIAL}{name}")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def remove_leftovers() -> int:
    """Remove what killed backups left. Needs `alone`."""
    count = 0
    for kind in KINDS:
        for path in folder_of(kind).glob(f"{PARTIAL}*"):
            shutil.rmtree(path, ignore_errors=True)
            count += 1
    return count


def _mac(kind: Kind, content: dict[str, Any]) -> str:
    key = sealing.derived(secret_of(kind), b"", f"manifest {kind}")
    return hmac.new(key, json.dumps(content, sort_keys=True).encode(), "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
