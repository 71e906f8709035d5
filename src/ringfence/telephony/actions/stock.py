"""Numbers coming into stock: blocks of the operator's, validated and placed by the numbering plan."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import connection

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.telephony.number_blocks import Block

CHUNK = 20_000
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
_COLUMNS = (
    "id, e164, national, country, area, type, capabilities, carrier, documents,"
    " monthly_minor, setup_minor, currency, state_since"
)


@action("stock.take_in")
def take_in(*, block: Block, by: Actor, at: datetime) -> int:
    """Put a block's numbers into stock; return how many are new. A number already there stays as it is."""
    numbers = block.numbers.places()
    new = 0
    while chunk := list(islice(numbers, CHUNK)):
        new += _insert(chunk, block, at)
    about(country=block.numbers.country, count=len(block.numbers), new=new)
    return new


def _insert(chunk: list[tuple[str, str | None]], block: Block, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO telephony_number ({_COLUMNS}, state, route_version, published_version)"  # noqa: S608 - constant columns
            " SELECT id, e164, substr(e164, %s), %s, area, %s, %s, %s, %s, %s, %s, %s, %s, 'available', 0, 0"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS incoming (id, e164, area)"
            " ON CONFLICT (e164) DO NOTHING",
            [
                len(str(block.numbers.calling_code)) + 2,
                block.numbers.country,
                str(block.type),
                sorted(map(str, block.capabilities)),
                block.carrier,
                sorted(map(str, block.documents)),
                block.monthly.minor if block.monthly else None,
                block.setup.minor if block.setup else None,
                block.monthly.currency if block.monthly else None,
                at,
                [new_id() for _ in chunk],
                [e164 for e164, _area in chunk],
                [area or "" for _e164, area in chunk],
            ],
        )
        return int(cursor.rowcount)


@action("stock.fold_counts")
def fold_counts(*, by: Actor, at: datetime) -> int:
    """Make one row of each group's counts; return how many rows went. Whoever reads meanwhile sees the same sums."""
    nothing_happened()
    with connection.cursor() as cursor:
        cursor.execute(_FOLD)
        (gone,) = cursor.fetchone() or (0,)
    return int(gone)


def report(blocks: Iterator[object]) -> tuple[list[Block], list[object]]:
    """Sort what a file holds into blocks and rejected lines, for a dry run."""
    accepted: list[Block] = []
    rejected: list[object] = []
    for entry in blocks:
        if isinstance(entry, Block):
            accepted.append(entry)
        else:
            rejected.append(entry)
    return accepted, rejected
