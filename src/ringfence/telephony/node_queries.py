"""What may be read of the nodes of the edge, and of what they have not followed yet."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from ringfence.telephony.models import EdgeNode
from ringfence.telephony.node_models import Changed

LIVING: Final = timedelta(minutes=5)
"""How much longer than the others a node may be silent before nobody waits for it; the last one left is waited for."""

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
