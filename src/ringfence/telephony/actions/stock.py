"""Numbers coming into stock: blocks of the operator's, validated and placed by the numbering plan."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.guarded import require_action
from ringfence.telephony.number_blocks import Block
from ringfence.telephony.stock_queries import spans

_INSERT = """
INSERT INTO telephony_number (
    id, e164, national, country, area, type, capabilities, carrier, documents,
    state, state_since, route_version
)
SELECT gen_random_uuid(), '+' || number, substr(number::text, %(skip)s), %(country)s, span.area, %(type)s,
    %(capabilities)s::varchar[], %(carrier)s, %(documents)s::varchar[],
    'available', %(at)s, 0
FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[], %(areas)s::text[]) AS span (first, last, area),
    generate_series(span.first, span.last) AS number
ON CONFLICT (e164) DO NOTHING
"""
_GROUP = "country, area, type, capabilities, ready_at_once, state"
_FOLD = f"""
WITH gone AS (
    DELETE FROM telephony_numbercount WHERE ({_GROUP}) IN (
        SELECT {_GROUP} FROM telephony_numbercount GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1
    ) RETURNING {_GROUP}, change
),
folded AS (
    INSERT INTO telephony_numbercount ({_GROUP}, change)
    SELECT {_GROUP}, sum(change) FROM gone GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(change) <> 0 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM folded)
"""  # noqa: S608 - constant columns


@action("stock.take_in")
def take_in(*, block: Block, by: Actor, at: datetime) -> int:
    """Put a block's numbers into stock; return how many are new. A number already there stays as it is."""
    return insert([block], at)


@action("stock.take_in")
def take_in_many(*, blocks: Sequence[Block], by: Actor, at: datetime) -> int:
    """Put the numbers of many blocks into stock at once; return how many are new."""
    return insert(blocks, at)


def insert(blocks: Sequence[Block], at: datetime) -> int:
    """Write numbers, inside an action, with what the ledger says of them; return how many are new."""
    require_action("the stock")
    new = 0
    with connection.cursor() as cursor:
        for alike in _alike(blocks):
            cursor.execute(_INSERT, {**_columns(alike[0]), **spans(alike), "at": at})
            new += cursor.rowcount
    about(count=sum(len(block.numbers) for block in blocks), new=new)
    return new


def _alike(blocks: Sequence[Block]) -> Iterable[Sequence[Block]]:
    """Sort blocks by all but their numbers, so that each sort is written at once."""
    found: dict[tuple[object, ...], list[Block]] = {}
    for block in blocks:
        numbers = block.numbers
        found.setdefault((numbers.country, numbers.calling_code, *block.kind), []).append(block)
    return found.values()


def _columns(block: Block) -> dict[str, Any]:
    """What all numbers of a block have in common."""
    return {
        "skip": len(str(block.numbers.calling_code)) + 1,
        "country": block.numbers.country,
        "type": str(block.type),
        "capabilities": sorted(map(str, block.capabilities)),
        "carrier": block.carrier,
        "documents": sorted(map(str, block.documents)),
    }


@action("stock.fold_counts")
def fold_counts(*, by: Actor, at: datetime) -> int:
    """Make one row of each group's counts; return how many rows went. Whoever reads meanwhile sees the same sums."""
    nothing_happened()
    with connection.cursor() as cursor:
        cursor.execute(_FOLD)
        (gone,) = cursor.fetchone() or (0,)
    return int(gone)
