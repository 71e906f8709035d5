"""Kamailio as the switch: routes held in its memory, told over its control socket.

The snapshot is written first, the running node is told second: a node that is down or dies in
between still starts with the right routes, and a caller that got `SwitchUnavailable` repeats.
"""

import contextlib
import fcntl
from collections.abc import Iterator, Sequence
from typing import Any

from ringfence.adapters.switch import phones
from ringfence.adapters.switch.control import ControlConnection, RemoteError
from ringfence.adapters.switch.launch import is_installed, prepare, run
from ringfence.adapters.switch.node import SipNode, from_settings
from ringfence.adapters.switch.snapshot import Snapshot
from ringfence.adapters.switch.spool import CallSpool
from ringfence.telephony import routing
from ringfence.telephony.ports import PhoneAccount, Route, SwitchUnavailable

__all__ = ["CallSpool", "KamailioSwitch", "SipNode", "is_installed", "prepare", "run"]

TABLE = "did"
NOT_FOUND = frozenset({404, 500})
"""Codes with which the node says that a number is not in its table."""
DUMP_LIMIT = 100
"""Numbers up to which the whole table fits into one answer, whatever the length of its routes."""


class KamailioSwitch:
    """The port `Switch` for one node: the one given, or the one that the settings describe."""

    def __init__(self, node: SipNode | None = None) -> None:
        """Take the node's description; nothing is opened yet."""
        self._node = node or from_settings()
        self._snapshot = Snapshot(self._node.snapshot)

    def publish(self, routes: Sequence[Route]) -> None:
        """See `ringfence.telephony.ports.Switch.publish`."""
        numbers = [route.e164 for route in routes]
        for route in routes:
            routing.encode(route)
        with self._alone():
            self._snapshot.write(routes)
            # The snapshot knows the newest version of each number, which may not be the one given.
            current = self._snapshot.read(numbers)
            with ControlConnection(self._node.control) as control:
                for number, value in current.items():
                    control.ask("htable.sets", TABLE, routing.key(number), value)

    def withdraw(self, numbers: Sequence[str]) -> None:
        """See `ringfence.telephony.ports.Switch.withdraw`."""
        keys = [routing.key(number) for number in numbers]
        with self._alone():
            self._snapshot.remove(numbers)
            with ControlConnection(self._node.control) as control:
                for digits in keys:
                    with _unless_absent():
                        control.ask("htable.delete", TABLE, digits)

    def publish_phones(self, accounts: Sequence[PhoneAccount]) -> None:
        """See `ringfence.telephony.ports.Switch.publish_phones`."""
        with self._alone():
            current = phones.PhoneSnapshot(self._node.snapshot).write(accounts)
            with ControlConnection(self._node.control) as control:
                phones.tell(control, current)

    def withdraw_phones(self, usernames: Sequence[str]) -> None:
        """See `ringfence.telephony.ports.Switch.withdraw_phones`."""
        with self._alone():
            phones.PhoneSnapshot(self._node.snapshot).remove(usernames)
            with ControlConnection(self._node.control) as control:
                phones.withdraw(control, usernames)

    def registered(self, usernames: Sequence[str]) -> frozenset[str]:
        """See `ringfence.telephony.ports.Switch.registered`."""
        with ControlConnection(self._node.control) as control:
            return phones.registered(control, usernames)

    def routes(self) -> dict[str, str]:
        """See `ringfence.telephony.ports.Switch.routes`.

        A table too long for one answer is asked for number by number, as the snapshot names them; when
        its count then differs, the node loads its snapshot anew, so that no stray number stays.
        """
        with self._alone(), ControlConnection(self._node.control) as control:
            if _count(control) <= DUMP_LIMIT:
                return _dump(control)
            found: dict[str, str] = {}
            for number in self._snapshot.read():
                with _unless_absent():
                    found[number] = control.ask("htable.get", TABLE, routing.key(number))["item"]["value"]
            if _count(control) != len(found):
                control.ask("htable.reload", TABLE)
                return self._snapshot.read()
            return found

    def counters(self) -> dict[str, int]:
        """See `ringfence.telephony.ports.Switch.counters`."""
        with ControlConnection(self._node.control) as control:
            lines = control.ask("stats.get_statistics", "script:")
        pairs = (line.partition(":")[2].partition("=") for line in lines)
        return {name.strip(): int(value) for name, _, value in pairs}

    def healthy(self) -> bool:
        """See `ringfence.telephony.ports.Switch.healthy`."""
        try:
            with ControlConnection(self._node.control, timeout=0.5, attempts=1) as control:
                control.ask("htable.stats")
        except (SwitchUnavailable, RemoteError):
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


@contextlib.contextmanager
def _unless_absent() -> Iterator[None]:
    try:
        yield
    except RemoteError as error:
        if error.code not in NOT_FOUND:
            raise


def _count(control: ControlConnection) -> int:
    tables: list[dict[str, Any]] = control.ask("htable.stats")
    return next(int(table["all"]) for table in tables if table["name"] == TABLE)


def _dump(control: ControlConnection) -> dict[str, str]:
    slots: list[dict[str, Any]] = control.ask("htable.dump", TABLE)
    items = (item for slot in slots for item in slot["slot"])
    return {f"+{item['name']}": item["value"] for item in items}
