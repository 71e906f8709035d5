"""What may be read of the nodes of the edge, and of what they have not followed yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import connection

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.retention import Machine
from ringfence.telephony.models import EdgeNode
from ringfence.telephony.node_models import Changed

LIVING: Final = timedelta(minutes=5)
"""How much longer than the others a node may be silent before nobody waits for it; the last one left is waited for."""

SILENT_AFTER: Final = timedelta(seconds=30)
"""How long after its last word a node counts as silent; it says something every five seconds."""
UNWATCHED_AFTER: Final = timedelta(minutes=2)
"""How long what a node saw on its machine holds; it looks every twenty seconds."""
LATE_AFTER: Final = timedelta(seconds=10)
"""How old the oldest change may be that a node has not followed, before somebody is told."""

_BEHIND = """
WITH slowest AS (
    SELECT followed_transaction, followed_change, loaded_at FROM telephony_edgenode
    WHERE last_seen > (SELECT max(last_seen) FROM telephony_edgenode) - make_interval(secs => %s)
    ORDER BY loaded_at IS NOT NULL, followed_transaction NULLS FIRST, followed_change LIMIT 1
)
SELECT DISTINCT wanted.key FROM unnest(%s::text[]) AS wanted (key)
WHERE NOT EXISTS (SELECT FROM slowest WHERE followed_transaction IS NOT NULL AND loaded_at IS NOT NULL)
    OR EXISTS (
        SELECT FROM telephony_routechange AS change, slowest
        WHERE change.what = %s AND change.key = wanted.key
            AND (change.transaction, change.id) > (slowest.followed_transaction, slowest.followed_change)
    )
"""


def node(key: UUID) -> EdgeNode | None:
    """Return a node by its key; None when it was forgotten."""
    return EdgeNode.objects.filter(pk=key).first()


def node_named(name: str) -> EdgeNode | None:
    """Return a node by its name; None when it has never spoken."""
    return EdgeNode.objects.filter(name=name).first()


def machines(at: datetime) -> list[Machine]:
    """Return what each node last saw on its machine, for the check of clause 2.8."""
    return [_machine(row, at) for row in EdgeNode.objects.order_by("name")]


def _machine(row: EdgeNode, at: datetime) -> Machine:
    heard_of = min(row.last_seen, row.watched_at or row.first_seen)
    waiting = row.watched_at - row.waiting_since if row.watched_at and row.waiting_since else timedelta()
    return Machine(waiting, row.logs_found, is_silent=heard_of < at - UNWATCHED_AFTER)


def is_made_with(key: UUID, made_with: str) -> bool:
    """Whether what a node holds was made with the settings that `made_with` stands for."""
    return EdgeNode.objects.filter(pk=key, made_with=made_with).exists()


def numbers_behind(numbers: Collection[UUID]) -> frozenset[UUID]:
    """Return those of some numbers whose last change has not reached every living node."""
    return frozenset(map(UUID, _behind(Changed.NUMBER, [str(number) for number in numbers])))


def phones_behind(phones: Collection[UUID]) -> frozenset[UUID]:
    """Return those of some phones whose last change has not reached every living node."""
    return frozenset(map(UUID, _behind(Changed.PHONE, [str(phone) for phone in phones])))


def _behind(what: Changed, keys: list[str]) -> list[str]:
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [LIVING.total_seconds(), keys, what])
        return [key for (key,) in cursor.fetchall()]


_LAG = """
SELECT count(*), extract(epoch FROM clock_timestamp() - min(written_at)) FROM telephony_routechange
WHERE (transaction, id) > (%s, %s)
"""

SETTLED: Final = timedelta(minutes=1)
"""How far apart a node's first word and the first start of its switch may lie."""


class NodeState(StrEnum):
    """How a node stands."""

    FOLLOWS = "follows"
    LATE = "late"
    LOADS = "loads"
    ANEW = "anew"
    DOES_NOT_ANSWER = "does_not_answer"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node as its publisher last reported it. `behind` counts changes not followed; `lag` is the oldest's age."""

    id: UUID
    public_id: str
    name: str
    state: NodeState
    behind: int
    lag: timedelta
    numbers: int
    phones: int
    differences: int
    mended: int
    unreadable: int
    digest: str
    format: str
    counters: Mapping[str, int]
    first_seen: datetime
    last_seen: datetime
    loaded_at: datetime | None
    compared_at: datetime | None
    differed_at: datetime | None
    percent: int

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look at it."""
        return self.state in {NodeState.FOLLOWS, NodeState.ANEW} and not self.unreadable

    @property
    def runs_since(self) -> datetime | None:
        """When its switch started last; None when that is not known."""
        started = self.counters.get("started_at")
        return datetime.fromtimestamp(started, UTC) if started else None

    @property
    def has_restarted(self) -> bool:
        """Whether its switch is known to have run before it started last."""
        return self.runs_since is not None and self.runs_since > self.first_seen + SETTLED

    @property
    def is_gone(self) -> bool:
        """Whether it may be forgotten."""
        return self.state is NodeState.SILENT

    @property
    def is_at_work(self) -> bool:
        """Whether it writes or loads everything."""
        return self.state in {NodeState.ANEW, NodeState.LOADS}


def all_nodes(at: datetime) -> list[NodeView]:
    """Return every node, by name."""
    return [_view(row, at) for row in EdgeNode.objects.order_by("name")]


def oldest_on_its_way(at: datetime) -> timedelta:
    """Return how old the oldest change is that a node which speaks has not followed, for the check of clause 4.1."""
    speaking = EdgeNode.objects.filter(last_seen__gte=at - LIVING, loaded_at__isnull=False)
    return max([timedelta(), *(_lag(row)[1] for row in speaking)])


def node_of(public: str, at: datetime) -> NodeView | None:
    """Return a node by its public id; None when there is none."""
    try:
        row = EdgeNode.objects.filter(pk=parse(public, "node")).first()
    except NotAPublicId:
        return None
    return _view(row, at) if row else None


def _view(row: EdgeNode, at: datetime) -> NodeView:
    behind, lag = _lag(row)
    return NodeView(
        id=row.pk,
        public_id=row.public_id,
        name=row.name,
        state=_state(row, lag, at),
        behind=behind,
        lag=lag,
        numbers=row.held_numbers,
        phones=row.held_phones,
        differences=row.differences,
        mended=row.mended,
        unreadable=row.unreadable,
        digest=row.digest,
        format=row.format,
        counters=row.counters,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        loaded_at=row.loaded_at,
        compared_at=row.compared_at,
        differed_at=row.differed_at,
        percent=100 * row.anew_done // row.anew_of if row.anew_of else 0,
    )


def _lag(row: EdgeNode) -> tuple[int, timedelta]:
    place = row.place
    if place is None:
        return 0, timedelta()
    with connection.cursor() as cursor:
        cursor.execute(_LAG, place)
        behind, seconds = cursor.fetchone()
    return behind, timedelta(seconds=max(float(seconds or 0), 0))


def _state(row: EdgeNode, lag: timedelta, at: datetime) -> NodeState:
    if row.last_seen < at - SILENT_AFTER:
        return NodeState.SILENT
    if row.loaded_at is None:
        return NodeState.LOADS
    if not row.answers:
        return NodeState.DOES_NOT_ANSWER
    if row.anew_asked_at:
        return NodeState.ANEW
    return NodeState.LATE if lag > LATE_AFTER else NodeState.FOLLOWS
