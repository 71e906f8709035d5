"""Builders: they call actions, so that a test can only set up what the product can reach."""

import csv
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from ringfence.accounts.queries import profile_of
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.shop import actions as shop
from ringfence.shop import queries as queries_of_shop
from ringfence.shop.buyers import buyer_of
from ringfence.shop.rules import Term
from ringfence.telephony import queries
from ringfence.telephony.actions import numbers, routes, stock
from ringfence.telephony.number_blocks import Block, parse_blocks

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SYSTEM = Actor.system("tests")
_blocks = count()


def a_price(
    country: str, kind: str, monthly: str, setup: str = "0", currency: str = "NOK", at: datetime = AT
) -> None:
    """Set a price of the list."""
    of_month, once = Money.of(monthly, currency), Money.of(setup, currency)
    shop.set_price(country=country, kind=kind, monthly=of_month, setup=once, by=SYSTEM, at=at)


def take_in_stock(*lines: str, at: datetime = AT) -> int:
    """Put lines of an operator's CSV into stock, and their prices into the list; return how many numbers are new."""
    header = "first,last,monthly,setup,currency,capabilities"
    blocks = list(parse_blocks([header, *lines]))
    assert all(isinstance(block, Block) for block in blocks), blocks
    for row, block in zip(csv.DictReader([header, *lines]), blocks, strict=True):
        assert isinstance(block, Block)
        a_price(block.numbers.country, str(block.type), row["monthly"], row["setup"], row["currency"], at)
    return sum(stock.take_in(block=block, by=SYSTEM, at=at) for block in blocks if isinstance(block, Block))


def to_pay(order: str, term: Term = Term.MONTH, currency: str = "NOK") -> Money:
    """Return what the checkout shows as the sum to pay for an order."""
    found = queries_of_shop.order(order)
    assert found is not None
    assert found.subject
    buyer = buyer_of(profile_of(found.subject))
    quote = queries_of_shop.quote(
        country=found.country, kind=found.type, currency=currency, term=term, buyer=buyer
    )
    assert quote is not None
    return quote.first.gross


def free_number() -> queries.Offer:
    """Return a number of the fictional London range that is for sale."""
    last = 100 + next(_blocks)
    take_in_stock(f"+44207946{last:04d},,49.00,0,NOK,voice")
    return next(offer for offer in for_sale(country="GB") if offer.e164.endswith(f"{last:04d}"))


def for_sale(limit: int = 100, currency: str = "NOK", **wanted: Any) -> list[queries.Offer]:
    """Return the numbers for sale that fit, the cheapest first."""
    ranks = [
        queries.PriceRank(one.country, one.type, one.monthly.minor)
        for one in queries_of_shop.price_list(currency)
    ]
    return queries.search(queries.Criteria(**wanted), ranks, limit=limit).offers


def number_id(offer: queries.Offer) -> UUID:
    """Return the key of a number."""
    return offer.id


def number_of(subject: UUID, at: datetime = AT) -> queries.Offer:
    """Return a number that is in service for somebody."""
    number = free_number()
    numbers.put_into_service(number=number.id, subject=subject, by=SYSTEM, at=at)
    return number


def rings_at(number: queries.Offer, subject: UUID, uri: str, at: datetime = AT) -> None:
    """Let a number ring at a SIP address and nowhere else."""
    routes.set_destination(number=number.id, sip_uri=uri, by=Actor.customer(subject), at=at)
