"""Telling one node of the edge what changed: every change, as it is now, in order, outside any transaction."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.telephony import changes, node_queries, phone_queries, queries
from ringfence.telephony.actions import nodes
from ringfence.telephony.changes import Change
from ringfence.telephony.node_models import Changed, Place
from ringfence.telephony.phone_models import username_of
from ringfence.telephony.ports import PhoneAccount, Route, SnapshotLost, Switch, SwitchUnavailable

log = structlog.get_logger(__name__)


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
        self._told: dict[int, Place] = {}
        self._kept: dict[int, Place] = {}

    def follow(self, *, by: Actor, at: datetime) -> int:
        """Tell the node what changed since it was last told; return how many changes that were.

        While the switch does not answer, changes are kept in its snapshot, and told when it is back. Raises
        NodeForgotten, and SnapshotLost when everything has to be loaded.
        """
        row = node_queries.node(self.node)
        if row is None:
            raise NodeForgotten
        if row.place is None:
            raise SnapshotLost
        if self._kept and self.switch.healthy():
            self._kept.clear()
        found = changes.ahead(row.place, [*self._told, *self._kept])
        if found.changes:
            news = {change.place.change: change.place for change in found.changes}
            try:
                self._tell(found.changes)
            except SwitchUnavailable:
                self._kept |= news
            else:
                self._told |= news
        self._note(row.place, found, by, at)
        return len(found.changes)

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

    def _tell(self, found: Sequence[Change]) -> None:
        """Tell the switch the present state of what changed. Raises SwitchUnavailable, SnapshotLost."""
        known, gone = routes_of(dict.fromkeys(UUID(one.key) for one in found if one.what is Changed.NUMBER))
        phones, lost = phones_of(dict.fromkeys(UUID(one.key) for one in found if one.what is Changed.PHONE))
        tellings: list[Callable[[], None]] = []
        if known:
            tellings.append(lambda: self.switch.publish(known))
        if gone:
            tellings.append(lambda: self.switch.withdraw(gone))
        if phones:
            tellings.append(lambda: self.switch.publish_phones(phones))
        if lost:
            tellings.append(lambda: self.switch.withdraw_phones(lost))
        absence: SwitchUnavailable | None = None
        for tell in tellings:
            # All of it is in the snapshot afterwards, whether the node answers or not.
            try:
                tell()
            except SwitchUnavailable as trouble:
                absence = trouble
        if absence:
            raise absence


def routes_of(numbers: Iterable[UUID]) -> tuple[list[Route], list[str]]:
    """Return the routes of those numbers that the switch should know, and the digits of the others.

    A number whose route cannot be read is logged and left out, so that it holds up no other; its old route stays.
    """
    known: list[Route] = []
    gone: list[str] = []
    for number in numbers:
        try:
            route, e164, _version = queries.route_of(number)
        except queries.UNREADABLE as trouble:
            name = public_id("num", number)
            log.exception("route.unreadable", number=name, trouble=type(trouble).__name__)
            continue
        if route:
            known.append(route)
        else:
            gone.append(e164)
    return known, gone


def phones_of(phones: Iterable[UUID]) -> tuple[list[PhoneAccount], list[str]]:
    """Return the accounts of those phones that may register, and the user names of the others; as for routes."""
    known: list[PhoneAccount] = []
    gone: list[str] = []
    for phone in phones:
        try:
            account = phone_queries.phone_account(phone)
        except phone_queries.UNREADABLE as trouble:
            name = public_id("pho", phone)
            log.exception("phone.unreadable", phone=name, trouble=type(trouble).__name__)
            continue
        if account:
            known.append(account)
        else:
            gone.append(username_of(phone))
    return known, gone
