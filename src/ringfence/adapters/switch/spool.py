"""The call records that a node has written: lines of files, taken in once and then blanked.

Kamailio's processes append to `answered_<n>.log` (a call begins), `ended_<n>.log` (it ended or failed) and
`refused_<n>.log` (it rang nowhere). Each of these files gets a second name of its own, `answered-<id>.calls`, under
which it is read: a name that stays when the first is taken away so that a process opens a new file. What has been taken
in is overwritten in place at once, and the file is removed later, when the node has been told to let go of it. Nothing
is removed that a process could still write to, so a crash of either side costs no record.
"""

import contextlib
import fcntl
import os
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ringfence.adapters.switch.control import ControlConnection
from ringfence.adapters.switch.node import SipNode, from_settings
from ringfence.adapters.switch.record import read_line
from ringfence.telephony.ports import SpooledLine, SwitchUnavailable

LIVE = re.compile(r"(answered|ended|refused)_[0-9]+\.log")
TAKEN = "*.calls"
ROTATED = "rotated"
CHUNK = 65536
SETTLED = 3.0
"""Seconds after its start until a node can be told to open new files: it compares whole seconds."""


class CallSpool:
    """The port `CallRecordSpool` for one node: the one given, or the one that the settings describe.

    `rotate_every` and `grace` are seconds: how often the processes are asked to open new files, and how
    long afterwards a file that was let go of is kept.
    """

    def __init__(
        self, node: SipNode | None = None, *, rotate_every: float = 30.0, grace: float = 10.0
    ) -> None:
        """Take the node's description; nothing is opened yet."""
        self._node = node or from_settings()
        self._directory = self._node.spool_dir
        # Kamailio compares whole seconds, so two rotations within one would be taken for one.
        self._rotate_every = max(rotate_every, 2.0)
        self._grace = grace

    @property
    def node(self) -> str:
        """See `ringfence.telephony.ports.CallRecordSpool.node`."""
        return self._node.name

    def began_at(self) -> datetime | None:
        """See `ringfence.telephony.ports.CallRecordSpool.began_at`."""
        began = self._started_at()
        return datetime.fromtimestamp(began, UTC) if began else None

    def oldest(self, offsets: Mapping[str, int]) -> datetime | None:
        """See `ringfence.telephony.ports.CallRecordSpool.oldest`."""
        with self._alone() as present:
            if not present:
                return None
            self._adopt()
            paths = sorted(self._directory.glob(TAKEN))
        moments = []
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                first = next(self._lines(path, offsets.get(path.name, 0)), None)
                if first is not None:
                    moments.append(
                        (first.call and (first.call.ended_at or first.call.answered_at)) or written
                    )
        return min(moments, default=None)

    def read(self, offsets: Mapping[str, int]) -> Iterator[SpooledLine]:
        """See `ringfence.telephony.ports.CallRecordSpool.read`. Beginnings come before ends."""
        with self._alone() as present:
            if not present:
                return
            self._adopt()
            paths = sorted(self._directory.glob(TAKEN))
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                yield from self._lines(path, offsets.get(path.name, 0))

    def clear(self, offsets: Mapping[str, int]) -> frozenset[str]:
        """See `ringfence.telephony.ports.CallRecordSpool.clear`."""
        with self._alone() as present:
            if present:
                for path in self._directory.glob(TAKEN):
                    done = offsets.get(path.name, 0)
                    _blank(path, done)
                    if self._is_final(path) and done >= path.stat().st_size:
                        path.unlink()
                self._let_go(offsets)
        return frozenset(name for name in offsets if not (self._directory / name).exists())

    def waiting(self, offsets: Mapping[str, int]) -> int:
        """See `ringfence.telephony.ports.CallRecordSpool.waiting`."""
        with self._alone() as present:
            if not present:
                return 0
            self._adopt()
            sizes = {path.name: path.stat().st_size for path in self._directory.glob(TAKEN)}
        return sum(max(size - offsets.get(name, 0), 0) for name, size in sizes.items())

    def set_aside(self) -> None:
        """Take the live names away before the node starts; nobody may be writing.

        A half line that a crash left then stays the last of its file, and no new one is glued to it.
        """
        with self._alone() as present:
            if present:
                self._adopt()
                for path in self._live():
                    path.unlink()

    def _live(self) -> list[Path]:
        return [path for path in self._directory.iterdir() if LIVE.fullmatch(path.name)]

    def _adopt(self) -> None:
        """Give each live file the name under which it is read, unless it has one."""
        known = {path.stat().st_ino for path in self._directory.glob(TAKEN)}
        for path in self._live():
            if path.stat().st_ino not in known:
                kind = path.name.partition("_")[0]
                (self._directory / f"{kind}-{uuid.uuid4().hex}.calls").hardlink_to(path)

    def _lines(self, path: Path, start: int) -> Iterator[SpooledLine]:
        kind = path.name.partition("-")[0]
        final = self._is_final(path)
        with path.open("rb") as file:
            file.seek(start)
            for line in file:
                if not line.endswith(b"\n") and not final:
                    return
                start += len(line)
                text = line.lstrip(b"\0").decode("utf-8", "replace").rstrip("\n")
                if text:
                    yield SpooledLine(path.name, start, read_line(kind, text, self._node.name))

    def _is_final(self, path: Path) -> bool:
        """Whether no process can write to this file any more.

        Its live name was taken away, then the node was told to let go, and that is a while ago.
        """
        state = path.stat()
        rotated = self._rotated_at()
        return state.st_nlink == 1 and state.st_ctime < rotated <= time.time() - self._grace

    def _let_go(self, offsets: Mapping[str, int]) -> None:
        """Take the live names of finished files away and tell the node, when it is time to."""
        now = time.time()
        if now - self._rotated_at() < self._rotate_every or now - self._started_at() < SETTLED:
            return
        sizes = {path.stat().st_ino: (path, path.stat().st_size) for path in self._directory.glob(TAKEN)}
        for live in self._live():
            path, size = sizes.get(live.stat().st_ino, (None, 0))
            if path is not None and 0 < size <= offsets.get(path.name, 0):
                live.unlink()
        if all(
            path.stat().st_nlink > 1 or path.stat().st_ctime < self._rotated_at()
            for path, _ in sizes.values()
        ):
            return
        try:
            with ControlConnection(self._node.control) as control:
                control.ask("flatstore.k_rotate")
        except SwitchUnavailable:
            return
        (self._directory / ROTATED).touch()

    def _rotated_at(self) -> float:
        return _changed_at(self._directory / ROTATED)

    def _started_at(self) -> float:
        return _changed_at(self._node.run_dir / "node.pid")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """One at a time; False when there is no spool yet."""
        try:
            lock = (self._directory / "lock").open("w")
        except FileNotFoundError:
            yield False
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield True


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _blank(path: Path, end: int) -> None:
    """Overwrite the file up to `end`; what is blank already is a run from its start, found by halving."""
    with path.open("r+b") as file:
        end = min(end, os.fstat(file.fileno()).st_size)
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            if os.pread(file.fileno(), 1, middle) == b"\0":
                low = middle + 1
            else:
                high = middle
        while low < end:
            size = min(CHUNK, end - low)
            low += os.pwrite(file.fileno(), bytes(size), low)
