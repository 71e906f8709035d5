"""What the tests of following stand on: numbers in service, a node, and a switch that remembers what it is told."""

import time
from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from django.db import connection

from ringfence.kernel.actor import Actor
from ringfence.telephony import queries
from ringfence.telephony.actions import nodes, numbers, routes
from ringfence.telephony.ports import PhoneAccount, Route, SwitchUnavailable
from ringfence.telephony.publisher import Publisher
from ringfence.telephony.routing import encode
from ringfence.telephony.starting_point import PHONES, Compared
from tests.world import AT, SYSTEM, free_number

PATIENCE = 60.0
"""Seconds that a test waits for the transactions of others."""


def in_service(sip_uri: str = "office@pbx.example") -> tuple[queries.Offer, Actor]:
    """Return a number in service that rings somewhere, and the customer who has it."""
    offer, customer = free_number(), Actor.customer(uuid4())
    assert customer.person
    numbers.put_into_service(number=offer.id, subject=customer.person, by=SYSTEM, at=AT)
    routes.set_destination(number=offer.id, sip_uri=sip_uri, by=customer, at=AT)
    return offer, customer


class RememberingSwitch:
    """A switch whose memory and snapshot are two dictionaries; the real one is tried in `tests/calls`."""

    def __init__(self) -> None:
        self.kept_routes: dict[str, Route] = {}
        self.held: dict[str, str] = {}
        self.phones: dict[str, PhoneAccount] = {}
        self.answers = True
        self.good_for = ""
        self.told: list[str] = []
        self.anew: tuple[dict[str, Route], dict[str, PhoneAccount]] | None = None

    def publish(self, told: Sequence[Route]) -> None:
        """Keep them, and hold them when it answers."""
        self.kept_routes |= {route.e164: route for route in told}
        self._reach()
        self.told += [route.e164 for route in told]
        self.held |= {route.e164: encode(route) for route in told}

    def withdraw(self, told: Sequence[str]) -> None:
        """Forget them."""
        for e164 in told:
            self.kept_routes.pop(e164, None)
        self._reach()
        for e164 in told:
            self.held.pop(e164, None)

    def publish_phones(self, accounts: Sequence[PhoneAccount]) -> None:
        """Keep them."""
        self.phones |= {account.username: account for account in accounts}
        self._reach()

    def withdraw_phones(self, usernames: Sequence[str]) -> None:
        """Forget them."""
        for username in usernames:
            self.phones.pop(username, None)
        self._reach()

    def registered(self, usernames: Sequence[str]) -> frozenset[str]:
        """Nobody is."""
        return frozenset()

    def is_good(self, node: str) -> bool:
        """Whether it was loaded for this node."""
        return self.good_for == node

    def is_whole(self) -> bool:
        """Whether it was loaded."""
        return bool(self.good_for)

    def begin(self) -> None:
        """Write the snapshot anew, beside the one that is there."""
        self.anew = ({}, {})

    def replace(self, part: int, told: Sequence[Route], *, but: Collection[str] = ()) -> None:
        """Let a part be exactly this."""
        if self.anew:
            self.anew[0].update({route.e164: route for route in told})
            return
        ending = f"{part:02}"
        stay = {
            e164: route
            for e164, route in self.kept_routes.items()
            if not e164.endswith(ending) or e164 in but
        }
        self.kept_routes = stay | {route.e164: route for route in told}

    def replace_phones(self, accounts: Sequence[PhoneAccount], *, but: Collection[str] = ()) -> None:
        """Let the phones be exactly these."""
        if self.anew:
            self.anew[1].update({account.username: account for account in accounts})
            return
        stay = {name: account for name, account in self.phones.items() if name in but}
        self.phones = stay | {account.username: account for account in accounts}

    def finish(self, node: str) -> None:
        """All is written."""
        self.good_for = node
        if self.anew:
            (self.kept_routes, self.phones), self.anew = self.anew, None

    def versions(self, part: int) -> dict[str, int]:
        """The versions of a part."""
        if part == PHONES:
            return {name: account.version for name, account in self.phones.items()}
        return {e164: route.version for e164, route in self._part(part).items()}

    def kept(self, part: int) -> dict[str, str]:
        """The values of a part."""
        return {e164: encode(route) for e164, route in self._part(part).items()}

    def compare(self, part: int) -> Compared:
        """Mend the memory by the snapshot."""
        self._reach()
        if part == PHONES:
            return Compared(len(self.phones), 0, 0)
        wanted = self.kept(part)
        held = {e164: value for e164, value in self.held.items() if e164.endswith(f"{part:02}")}
        wrong = len(dict(wanted.items() ^ held.items()))
        self.held = {e164: value for e164, value in self.held.items() if e164 not in held} | wanted
        return Compared(len(wanted), wrong, len(wanted))

    def renew_certificate(self) -> bool:
        """There is none."""
        return False

    def routes(self) -> dict[str, str]:
        """What it holds."""
        return dict(self.held)

    def counters(self) -> dict[str, int]:
        """Nothing is counted."""
        return {}

    def healthy(self) -> bool:
        """Whether it answers."""
        return self.answers

    def _part(self, part: int) -> dict[str, Route]:
        return {e164: route for e164, route in self.kept_routes.items() if e164.endswith(f"{part:02}")}

    def _reach(self) -> None:
        if not self.answers:
            raise SwitchUnavailable


def a_node(
    name: str = "edge-1", switch: RememberingSwitch | None = None
) -> tuple[Publisher, RememberingSwitch]:
    """Return the publisher of a node that has loaded everything, and its switch."""
    switch = switch or RememberingSwitch()
    node: UUID = nodes.seen(name=name, by=SYSTEM, at=AT)
    publisher = Publisher(node, switch)
    load(publisher)
    return publisher, switch


def load(publisher: Publisher) -> None:
    """Load everything, and bring the memory into line."""
    settle()
    done = list(publisher.load(by=SYSTEM, at=AT))
    if publisher.switch.healthy():
        for part in range(len(done)):
            publisher.switch.compare(part)
    nodes.loaded(node=publisher.node, by=SYSTEM, at=AT)


def follow(publisher: Publisher) -> int:
    """Follow what changed, once no other transaction is open: a place stays below those of other tests as well."""
    settle()
    return publisher.follow(by=SYSTEM, at=AT)


def settle() -> None:
    """Wait until every transaction of this cluster that was open at the last change has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > coalesce(max(transaction), 0)"
                " FROM telephony_routechange"
                " WHERE transaction < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise TimeoutError
