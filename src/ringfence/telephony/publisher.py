"""Telling one node of the edge what changed: every change, as it is now, in order, outside any transaction."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.telephony import changes, node_contents, node_queries
from ringfence.telephony.actions import nodes
from ringfence.telephony.changes import Change
from ringfence.telephony.node_models import Changed, Place
from ringfence.telephony.ports import SnapshotUnavailable, Switch, SwitchUnavailable
from ringfence.telephony.starting_point import NUMBER_PARTS, SnapshotLost


class NodeForgotten(Exception):
    """The node is not among the nodes any more; its publisher has to enter it again."""


class Publisher:
    """Follows the changes for one node; there is one for each node, and it is used by one thread.

    A change is written into the node's snapshot, then told to its memory, then noted as followed. Killed anywhere in
    between, the next publisher does it again from the place that was noted: what is told is the present state, so a
    repeat does no harm, and the last word is always the newest.
    """

    def __init__(self, node: UUID, switch: Switch) -> None:
        """Take the node, by its key, and the switch on this machine."""
        self.node = node
        self.switch = switch
        self.unreadable: set[str] = set()
        self.is_asked_anew = False
        self._told: dict[int, Place] = {}
        self._kept: dict[int, Place] = {}

    def follow(self, *, by: Actor, at: datetime) -> int:
        """Tell the node what changed since it was last told; return how many changes that were.

        While the switch does not answer, changes are kept in its snapshot, and told when it is back. Raises
        NodeForgotten, SnapshotLost when everything has to be loaded, and SnapshotUnavailable.
        """
        row = node_queries.node(self.node)
        if row is None:
            raise NodeForgotten
        if row.place is None:
            raise SnapshotLost
        self.is_asked_anew = row.anew_asked_at is not None
        if self._kept and self.switch.healthy():
            self._kept.clear()
        found = changes.ahead(row.place, [*self._told, *self._kept])
        if found.changes:
            news = {change.place.change: change.place for change in found.changes}
            try:
                self._tell(found.changes)
            except SnapshotUnavailable:
                # Not even kept: all of it is told again.
                raise
            except SwitchUnavailable:
                self._kept |= news
            else:
                self._told |= news
        self._note(row.place, found, by, at)
        return len(found.changes)

    def load(self, *, by: Actor, at: datetime) -> Iterator[int]:
        """Write everything anew that the node starts from; yields how many parts of PARTS are done.

        Changes that come meanwhile are followed between two parts: what was written is never older than they are.
        Raises NodeForgotten.
        """
        row = node_queries.node(self.node)
        if row is None:
            raise NodeForgotten
        self.switch.begin()
        self._told.clear()
        self._kept.clear()
        self.unreadable.clear()
        # Whatever commits from here on is among the changes that are followed afterwards.
        nodes.load_begins(node=self.node, place=Place(changes.oldest_open(), 0), by=by, at=at)
        yield from self.rewrite()
        self.switch.finish(self.node.hex)

    def rewrite(self) -> Iterator[int]:
        """Write each part anew of what the node starts from, at one stroke each; yields how many are done."""
        for part in range(NUMBER_PARTS):
            self.rewrite_part(part)
            yield part + 1
        self.rewrite_phones()
        yield NUMBER_PARTS + 1

    def rewrite_phones(self) -> frozenset[str]:
        """Write all phones anew; return those that cannot be read, which stay as they are."""
        phones = node_contents.all_phones()
        self.switch.replace_phones(phones.known, but=phones.unreadable)
        return frozenset(phones.unreadable)

    def rewrite_part(self, part: int) -> None:
        """Write one part of the numbers anew."""
        numbers = node_contents.of_part(part)
        self.switch.replace(part, numbers.known, but=numbers.unreadable)
        self.unreadable |= numbers.unreadable

    def tell_numbers(self, numbers: Sequence[UUID]) -> None:
        """Tell the node the present state of some numbers. Raises SwitchUnavailable, SnapshotLost."""
        found = node_contents.of_numbers(numbers)
        self.unreadable -= {route.e164 for route in found.known}
        self.unreadable |= found.unreadable
        _tell_all(
            [
                *([lambda: self.switch.publish(found.known)] if found.known else []),
                *([lambda: self.switch.withdraw(found.gone)] if found.gone else []),
            ]
        )

    def tell_phones(self, phones: Sequence[UUID]) -> None:
        """Tell the node the present state of some phones. Raises SwitchUnavailable, SnapshotLost."""
        found = node_contents.of_phones(phones)
        _tell_all(
            [
                *([lambda: self.switch.publish_phones(found.known)] if found.known else []),
                *([lambda: self.switch.withdraw_phones(found.gone)] if found.gone else []),
            ]
        )

    def _tell(self, found: Sequence[Change]) -> None:
        numbers = list(dict.fromkeys(UUID(one.key) for one in found if one.what is Changed.NUMBER))
        phones = list(dict.fromkeys(UUID(one.key) for one in found if one.what is Changed.PHONE))
        _tell_all(
            [
                *([lambda: self.tell_numbers(numbers)] if numbers else []),
                *([lambda: self.tell_phones(phones)] if phones else []),
            ]
        )

    def _note(self, before: Place, found: changes.Ahead, by: Actor, at: datetime) -> None:
        """Note how far the node has followed: no further than what it was told, nor than a transaction still open."""
        limits = [Place(found.oldest_open, 0), *self._kept.values()]
        if not found.is_all:
            limits.append(Place(found.changes[-1].place.transaction, found.changes[-1].place.change + 1))
        passed = [place for place in self._told.values() if place < min(limits)]
        if not passed:
            return
        place = max(passed)
        if not nodes.followed(node=self.node, before=before, place=place, by=by, at=at):
            self._told.clear()
        self._told = {change: told for change, told in self._told.items() if told > place}


def _tell_all(tellings: Sequence[Callable[[], None]]) -> None:
    """Tell one thing after the other, also when the switch is absent: each is in the snapshot afterwards."""
    absence: SwitchUnavailable | None = None
    for tell in tellings:
        try:
            tell()
        except SwitchUnavailable as trouble:
            absence = absence if isinstance(absence, SnapshotUnavailable) else trouble
    if absence:
        raise absence
