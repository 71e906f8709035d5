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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from django.conf import settings

from ringfence.config import secrets
from ringfence.config.backups import sealing
from ringfence.privacy import durable
from ringfence.privacy.backups import places
from ringfence.privacy.backups.actions import BackupSeen
from ringfence.privacy.backups.ports import BackupFailed

FORMAT: Final = "ringfence-backup-1"
MANIFEST: Final = "manifest.json"
PARTIAL: Final = ".partial-"
MOMENT: Final = "%Y%m%dT%H%M%SZ"
LOCK: Final = ".lock"
PATIENCE_SECONDS: Final = 1.0
"""How long who wants to work on the sets waits for somebody who only looks."""

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
    return f"{at.astimezone(UTC):{MOMENT}}-{randomness.token_hex(3)}"


def moment_of(name: str) -> datetime | None:
    """Return when a backup was begun, as its name says; None for a name that is none of ours."""
    try:
        return datetime.strptime(name.partition("-")[0], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time work on the sets. Raises BackupFailed when another one does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with _locked(fcntl.LOCK_EX) as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() >= deadline:
            raise BackupFailed("Another backup or trial is under way; wait until it is done.")
        time.sleep(0.05)


@contextmanager
def undisturbed() -> Iterator[bool]:
    """Look for a moment, and tell whether nobody works on the sets meanwhile. Writes nothing."""
    if not (places.data_folder() / LOCK).exists():
        yield True
        return
    with _locked(fcntl.LOCK_SH) as is_quiet:
        yield is_quiet


@contextmanager
def _locked(how: int) -> Iterator[bool]:
    folder = places.data_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


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
        with open(path, "xb", opener=durable.for_us_alone) as file:
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
        durable.sync(self.folder)
        self.folder.rename(folder_of(self.kind) / self.name)
        durable.sync(folder_of(self.kind))


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
    read = (read_set(kind, name) for name in names(kind))
    return [one for one in read if one is not None]


def names(kind: Kind) -> list[str]:
    """Return the names of what lies there as sets of a kind, newest first."""
    folder = folder_of(kind)
    there = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted((name for name in there if not name.startswith(".")), reverse=True)


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


def _mac(kind: Kind, content: dict[str, Any]) -> str:
    key = sealing.derived(secret_of(kind), b"", f"manifest {kind}")
    return hmac.new(key, json.dumps(content, sort_keys=True).encode(), "sha256").hexdigest()
