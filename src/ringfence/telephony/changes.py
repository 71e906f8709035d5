"""The changes that a node has not followed yet, read so that none is passed over and none is waited for.

A transaction may commit later than one that began after it, so its changes would lie behind a reader that only looks
ahead. The place a node has followed to therefore stays below the oldest transaction that is still open. What lies above
that place and can be seen is told all the same, at once, and remembered until the place has passed it.

Transactions are counted anew in a database that was restored into another cluster. A place at a transaction that has
not begun yet is from before: nothing would lie behind it for a long time, so everything has to be loaded.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from ringfence.telephony.node_models import CHANNEL, Changed, Place
from ringfence.telephony.starting_point import SnapshotLost

AT_ONCE = 1000
_LIMITS = """
SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint FROM pg_current_snapshot() AS now
"""
_READ = """
SELECT transaction, id, what, key FROM telephony_routechange
WHERE (transaction, id) > (%s, %s) AND NOT id = ANY (%s) ORDER BY transaction, id LIMIT %s
"""


class Change(NamedTuple):
    """One change, and where it stands."""

    place: Place
    what: Changed
    key: str


class Ahead(NamedTuple):
    """What lies ahead: changes in order, and the oldest transaction that was still open before they were read."""

    changes: list[Change]
    oldest_open: int

    @property
    def is_all(self) -> bool:
        """Whether nothing lies behind these changes."""
        return len(self.changes) < AT_ONCE


def oldest_open() -> int:
    """Return the oldest transaction that is still open; every change of an older one can be seen."""
    return _limits()[0]


def next_transaction() -> int:
    """Return the first transaction that has not ended yet; every place and every change of this cluster is below it."""
    return _limits()[1]


def _limits() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS)
        oldest, following = cursor.fetchone()
    return oldest, following


def call_publishers() -> None:
    """Have every publisher look for changes now, though there may be none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def ahead(place: Place, known: Collection[int]) -> Ahead:
    """Return changes behind a place, without those that are known already by their ids.

    Raises SnapshotLost when the place is from before the database was restored.
    """
    # The order of these two reads matters: what commits in between is not taken for followed.
    limit, following = _limits()
    if place.transaction >= following:
        raise SnapshotLost
    with connection.cursor() as cursor:
        cursor.execute(_READ, [*place, list(known), AT_ONCE])
        rows = cursor.fetchall()
    return Ahead([Change(Place(a, b), Changed(what), key) for a, b, what, key in rows], limit)
