"""Whether a node knows what it should: compared part by part, between two changes, and mended at once.

Three things are compared. The node's memory with its snapshot, entry by entry. The versions in the snapshot with those
in the database. And, since a setting may change a route without a version, some routes of the part put together anew.
"""

import random
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.telephony import node_contents
from ringfence.telephony.publisher import Publisher
from ringfence.telephony.routing import encode
from ringfence.telephony.starting_point import PHONES, Compared

SAMPLE = 20
"""Routes of each part that are put together anew, a hundred times in a round."""
PARTS = PHONES + 1


class Expected(NamedTuple):
    """What a part should hold, by name: the key in the database and the version. And the versions that it has."""

    wanted: dict[str, tuple[UUID, int]]
    found: dict[str, int]

    def wrong(self) -> set[str]:
        """Return the names that are missing, too many, or of another version."""
        versions = {name: version for name, (_key, version) in self.wanted.items()}
        return {name for name, _version in versions.items() ^ self.found.items()}


def compare(publisher: Publisher, part: int, *, by: Actor, at: datetime) -> Compared:
    """Compare one part of what a node holds with what it should hold, and mend what differs.

    Raises SwitchUnavailable.
    """
    compared = publisher.switch.compare(part)
    mended = _phones(publisher, by, at) if part == PHONES else _numbers(publisher, part, by, at)
    if mended:
        again = publisher.switch.compare(part)
        return Compared(again.entries, compared.differences + mended, again.digest)
    return compared


def _numbers(publisher: Publisher, part: int, by: Actor, at: datetime) -> int:
    def read() -> Expected:
        return Expected(node_contents.versions(part), publisher.switch.versions(part))

    wrong, expected = _settled(publisher, read, by, at)
    if any(name in expected.wanted and _is_newer(expected, name) for name in wrong):
        # The database is older than the node: it was restored. What it says holds.
        publisher.rewrite_part(part)
        return len(wrong)
    stray = [name for name in wrong if name not in expected.wanted]
    if stray:
        publisher.switch.withdraw(stray)
    late = [expected.wanted[name][0] for name in wrong if name in expected.wanted]
    if late:
        publisher.tell_numbers(late)
    return len(wrong - publisher.unreadable) + _sampled(publisher, part, expected, by, at)


def _is_newer(expected: Expected, name: str) -> bool:
    return expected.found.get(name, -1) > expected.wanted[name][1]


def _phones(publisher: Publisher, by: Actor, at: datetime) -> int:
    def read() -> Expected:
        return Expected(node_contents.phone_versions(), publisher.switch.versions(PHONES))

    wrong, _expected = _settled(publisher, read, by, at)
    if not wrong:
        return 0
    return len(wrong - publisher.rewrite_phones())


def _settled(
    publisher: Publisher, read: Callable[[], Expected], by: Actor, at: datetime
) -> tuple[set[str], Expected]:
    """Return what is wrong and stays wrong when the changes of this moment have been followed."""
    expected = read()
    wrong = expected.wrong()
    if wrong:
        publisher.follow(by=by, at=at)
        expected = read()
        wrong &= expected.wrong()
    return wrong, expected


def _sampled(publisher: Publisher, part: int, expected: Expected, by: Actor, at: datetime) -> int:
    """Put some routes of a part together anew, and tell those that came out otherwise."""
    keys = [key for key, _version in expected.wanted.values()]
    chosen = keys if len(keys) <= SAMPLE else random.sample(keys, SAMPLE)
    differ = _differing(publisher, part, chosen)
    if not differ:
        return 0
    publisher.follow(by=by, at=at)
    still = differ & _differing(publisher, part, chosen)
    if still:
        publisher.tell_numbers([expected.wanted[name][0] for name in still])
    return len(still)


def _differing(publisher: Publisher, part: int, keys: list[UUID]) -> set[str]:
    if not keys:
        return set()
    routes = node_contents.of_numbers(keys).known
    kept = publisher.switch.kept(part)
    return {route.e164 for route in routes if kept.get(route.e164) != encode(route)}
