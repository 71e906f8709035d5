"""Kamailio as the switch: routes and phones held in its memory, told over its control socket.

The snapshot is written first, the running node is told second: a node that is down or dies in between still starts
with what is right, and a caller that got `SwitchUnavailable` repeats. What a node holds is compared with its snapshot
a table at a time.
"""

import contextlib
import fcntl
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from ringfence.adapters.switch import certificates, phones, tables
from ringfence.adapters.switch.control import ControlConnection
from ringfence.adapters.switch.dump import NoSuchTable, dump
from ringfence.adapters.switch.launch import is_installed, prepare, run
from ringfence.adapters.switch.node import SipNode, from_settings
from ringfence.adapters.switch.snapshot import Entry, Snapshot
from ringfence.adapters.switch.spool import CallSpool
from ringfence.telephony import routing
from ringfence.telephony.ports import PhoneAccount, Route, SwitchUnavailable
from ringfence.telephony.starting_point import PHONES, Compared

__all__ = ["CallSpool", "KamailioSwitch", "SipNode", "is_installed", "prepare", "run"]

T = TypeVar("T")
RELOAD_ABOVE = 200
"""Differences in one table above which the node loads the table anew."""


class KamailioSwitch:
    """The port `Switch` for one node: the one given, or the one that the settings describe."""

    def __init__(self, node: SipNode | None = None) -> None:
        """Take the node's description; nothing is opened yet."""
        self._node = node or from_settings()
        self._snapshot = Snapshot(self._node.snapshot)

    def publish(self, routes: Sequence[Route]) -> None:
        """See `ringfence.telephony.ports.Switch.publish`."""
        entries = _of_routes(routes)
        with self._alone():
            current = self._snapshot.write(entries)
            with ControlConnection(self._node.control) as control:
                _tell(control, current)

    def withdraw(self, numbers: Sequence[str]) -> None:
        """See `ringfence.telephony.ports.Switch.withdraw`."""
        gone = defaultdict(list)
        for digits in map(routing.key, numbers):
            gone[tables.of_number(digits)].append(digits)
        with self._alone():
            self._snapshot.remove(gone)
            with ControlConnection(self._node.control) as control:
                _forget(control, gone)

    def publish_phones(self, accounts: Sequence[PhoneAccount]) -> None:
        """See `ringfence.telephony.ports.Switch.publish_phones`."""
        entries = _of_phones(accounts)
        with self._alone():
            current = self._snapshot.write({tables.PHONES: entries})
            with ControlConnection(self._node.control) as control:
                phones.tell(control, current[tables.PHONES])

    def withdraw_phones(self, usernames: Sequence[str]) -> None:
        """See `ringfence.telephony.ports.Switch.withdraw_phones`."""
        with self._alone():
            self._snapshot.remove({tables.PHONES: usernames})
            with ControlConnection(self._node.control) as control:
                phones.withdraw(control, usernames)

    def registered(self, usernames: Sequence[str]) -> frozenset[str]:
        """See `ringfence.telephony.ports.Switch.registered`."""
        with ControlConnection(self._node.control) as control:
            return phones.registered(control, usernames)

    def renew_certificate(self) -> bool:
        """See `ringfence.telephony.ports.Switch.renew_certificate`."""
        tls = self._node.tls
        if tls is None or not (self._node.run_dir / certificates.PROFILES).exists():
            return False
        # Stays there until the node has been told, so that a node that does not answer now is told the next time.
        news = self._node.run_dir / "tls.news"
        with self._alone():
            try:
                if certificates.install(tls, self._node.run_dir, datetime.now(UTC)):
                    news.touch()
            except (OSError, ValueError) as problem:
                raise SwitchUnavailable(str(problem)) from problem
            if not news.exists():
                return False
            with ControlConnection(self._node.control) as control:
                control.ask("tls.reload")
            news.unlink()
        return True

    def is_good(self, node: str) -> bool:
        """See `ringfence.telephony.ports.Switch.is_good`."""
        with self._alone():
            return self._snapshot.is_good(node)

    def is_whole(self) -> bool:
        """See `ringfence.telephony.ports.Switch.is_whole`."""
        with self._alone():
            return self._snapshot.is_good()

    def begin(self) -> None:
        """See `ringfence.telephony.ports.Switch.begin`."""
        with self._alone():
            self._snapshot.begin()

    def replace(self, part: int, routes: Sequence[Route], *, but: Collection[str] = ()) -> None:
        """See `ringfence.telephony.ports.Switch.replace`."""
        entries = _of_routes(routes).get(tables.ALL[part], [])
        with self._alone():
            self._snapshot.replace(tables.ALL[part], entries, but=[routing.key(number) for number in but])

    def replace_phones(self, accounts: Sequence[PhoneAccount], *, but: Collection[str] = ()) -> None:
        """See `ringfence.telephony.ports.Switch.replace_phones`."""
        entries = _of_phones(accounts)
        with self._alone():
            self._snapshot.replace(tables.PHONES, entries, but=but)

    def finish(self, node: str) -> None:
        """See `ringfence.telephony.ports.Switch.finish`."""
        with self._alone():
            self._snapshot.finish(node)

    def kept(self, part: int) -> dict[str, str]:
        """See `ringfence.telephony.ports.Switch.kept`."""
        return _named(part, self._snapshot.read(tables.ALL[part]))

    def versions(self, part: int) -> dict[str, int]:
        """See `ringfence.telephony.ports.Switch.versions`."""
        return _named(part, self._snapshot.versions(tables.ALL[part]))

    def compare(self, part: int) -> Compared:
        """See `ringfence.telephony.ports.Switch.compare`."""
        table = tables.ALL[part]
        with self._alone(), ControlConnection(self._node.control) as control:
            kept = self._snapshot.read(table)
            try:
                held = dump(self._node.run_dir, table)
            except NoSuchTable:
                if part != PHONES:
                    raise
                # It speaks no TLS: no phone can register, and there is nothing to compare.
                return Compared(len(kept), 0, _digest(kept))
            wrong = {key: value for key, value in kept.items() if held.get(key) != value}
            stray = held.keys() - kept.keys()
            if part == PHONES:
                phones.tell(control, wrong)
                phones.withdraw(control, stray)
            elif len(wrong) + len(stray) > RELOAD_ABOVE:
                control.ask("htable.reload", table)
            else:
                _tell(control, {table: wrong})
                _forget(control, {table: stray})
        return Compared(len(kept), len(wrong) + len(stray), _digest(kept))

    def routes(self) -> dict[str, str]:
        """See `ringfence.telephony.ports.Switch.routes`."""
        held: dict[str, str] = {}
        for table in tables.NUMBERS:
            held |= {f"+{digits}": value for digits, value in dump(self._node.run_dir, table).items()}
        return held

    def counters(self) -> dict[str, int]:
        """See `ringfence.telephony.ports.Switch.counters`."""
        with ControlConnection(self._node.control) as control:
            lines = control.ask("stats.get_statistics", "script:")
        pairs = (line.partition(":")[2].partition("=") for line in lines)
        counted = {name.strip(): int(value) for name, _, value in pairs}
        with contextlib.suppress(FileNotFoundError):
            counted["started_at"] = int((self._node.run_dir / "node.pid").stat().st_mtime)
        return counted

    def healthy(self) -> bool:
        """See `ringfence.telephony.ports.Switch.healthy`."""
        try:
            with ControlConnection(self._node.control, timeout=0.5, attempts=1) as control:
                control.ask("core.version")
        except SwitchUnavailable:
            return False
        return True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One publisher at a time, so that the node is told in the order of the snapshot."""
        try:
            with (self._node.run_dir / "publish.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except FileNotFoundError as error:
            message = "The directory of the SIP node is not there."
            raise SwitchUnavailable(message) from error


def _of_routes(routes: Sequence[Route]) -> dict[str, list[Entry]]:
    entries = defaultdict(list)
    for route in routes:
        digits = routing.key(route.e164)
        entries[tables.of_number(digits)].append(Entry(digits, routing.encode(route), route.version))
    return entries


def _of_phones(accounts: Sequence[PhoneAccount]) -> list[Entry]:
    return [Entry(one.username, routing.encode_phone(one), one.version) for one in accounts]


def _named(part: int, found: dict[str, T]) -> dict[str, T]:
    """Give numbers the plus sign back."""
    return found if part == PHONES else {f"+{digits}": value for digits, value in found.items()}


def _tell(control: ControlConnection, news: Mapping[str, Mapping[str, str]]) -> None:
    """Put entries into the tables of a running node. Raises SwitchUnavailable, also when its memory is full."""
    entries = [(name, key, value) for name, rows in news.items() for key, value in rows.items()]
    control.ask_all("htable.sets", entries)


def _forget(control: ControlConnection, gone: Mapping[str, Iterable[str]]) -> None:
    """Take entries out of the tables of a running node; those that are not there are passed."""
    keys = [(name, key) for name, names in gone.items() for key in names]
    control.ask_all("htable.delete", keys, passed=phones.NOT_FOUND)


def _digest(kept: Mapping[str, str]) -> int:
    """A number that stands for what a table holds, whatever its order."""
    total = 0
    for key, value in kept.items():
        total += int.from_bytes(hashlib.blake2b(f"{key}\0{value}".encode(), digest_size=8).digest())
    return total % (1 << 64)
