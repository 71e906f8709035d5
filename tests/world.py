"""Builders: they call actions, so that a test can only set up what the product can reach."""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.telephony import queries
from ringfence.telephony.actions import stock
from ringfence.telephony.number_blocks import Block, parse_blocks

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SYSTEM = Actor.system("tests")
_blocks = count()


def take_in_stock(*lines: str, at: datetime = AT) -> int:
    """Put lines of an operator's CSV into stock; return how many numbers are new."""
    header = "first,last,monthly,setup,currency,capabilities"
    blocks = list(parse_blocks([header, *lines]))
    assert all(isinstance(block, Block) for block in blocks), blocks
    return sum(stock.take_in(block=block, by=SYSTEM, at=at) for block in blocks if isinstance(block, Block))


def free_number() -> queries.Offer:
    """Return a number of the fictional London range that is for sale."""
    last = 100 + next(_blocks)
    take_in_stock(f"+44207946{last:04d},,49.00,0,NOK,voice")
    found = queries.search(queries.Criteria(country="GB"), limit=100).offers
    return next(offer for offer in found if offer.e164.endswith(f"{last:04d}"))


def number_id(offer: queries.Offer) -> UUID:
    """Return the key of a number."""
    return offer.id
