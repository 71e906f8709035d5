"""A file of blocks in handfuls that are written at once, and taken up again wherever it was left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ringfence.telephony.number_blocks import Block, RejectedLine

AT_ONCE: Final = 50_000
"""How many numbers are written in one transaction."""
MOST_REJECTED: Final = 5_000
"""How many rejected lines a batch holds at most."""


@dataclass(slots=True)
class Batch:
    """Blocks to be written together, and the lines that were rejected on the way to them."""

    blocks: list[Block] = field(default_factory=list)
    rejected: list[RejectedLine] = field(default_factory=list)
    count: int = 0
    line: int = 0
    """The last line that was read."""


def batches(
    entries: Iterable[Block | RejectedLine], *, after: int = 0, at_once: int = AT_ONCE
) -> Iterator[Batch]:
    """Yield everything behind the first `after` numbers, at most `at_once` numbers at a time; the last may be empty."""
    batch = Batch()
    for entry in entries:
        batch.line = entry.line
        if isinstance(entry, RejectedLine):
            batch.rejected.append(entry)
            if len(batch.rejected) == MOST_REJECTED:
                yield batch
                batch = Batch(line=batch.line)
            continue
        left = len(entry.numbers)
        passed = min(after, left)
        after, left = after - passed, left - passed
        first = int(entry.numbers.first) + passed
        while left:
            taken = min(left, at_once - batch.count)
            batch.blocks.append(_part(entry, first, taken))
            batch.count, first, left = batch.count + taken, first + taken, left - taken
            if batch.count == at_once:
                yield batch
                batch = Batch(line=batch.line)
    yield batch


def _part(block: Block, first: int, count: int) -> Block:
    if count == len(block.numbers):
        return block
    return replace(block, numbers=block.numbers.part(first, first + count - 1))
