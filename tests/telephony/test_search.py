"""The search finds exactly what fits, in order and page by page, and counts what each choice leads to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from ringfence.telephony import queries
from ringfence.telephony.actions import numbers, stock
from ringfence.telephony.keypad import Anchor, search_pattern
from ringfence.telephony.number_blocks import Block, parse_blocks
from ringfence.telephony.queries import Criteria, Offer, PriceRank, Sort
from ringfence.telephony.search_rules import calling_code, read_place
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

STOCK = (
    "+442079460000,+442079460159,voice,",
    "+441614960000,+441614960059,voice sms,identity",
    "+4721000000,+4721000119,voice,",
    "+4721000120,+4721000139,fax voice,",
    "+46701740605,+46701740699,voice sms,identity address",
    "+46313900600,+46313900699,voice,",
    "+12025550100,+12025550119,voice sms,",
)
PRICES = (
    PriceRank("GB", "geographic", 4900),
    PriceRank("NO", "geographic", 3900),
    PriceRank("SE", "mobile", 7900),
    PriceRank("SE", "geographic", 4900),
    PriceRank("US", "geographic", 5900),
    PriceRank("DK", "geographic", 100),
)
SEARCHES = (
    ("", "0", "00", "99", "777", "000", "0001", "9460", "00001", "494600", "94600159", "1234567", "TAXI"),
    ("2100*", "20794*", "2?00*", "?0*", "+47", "+4", "+4721000", "+?7", "+46701", "+4?7"),
    ("*9", "*19", "*099", "*0012", "*460099", "*?12", "?1?", "00?0", "9460?1", "0?06", "2?7946"),
)


def _take_in(*lines: str) -> None:
    for block in parse_blocks(["first,last,capabilities,documents", *lines]):
        assert isinstance(block, Block), block
        stock.take_in(block=block, by=SYSTEM, at=AT)


@pytest.fixture
def everything() -> list[Offer]:
    _take_in(*STOCK)
    found = list(_all(Criteria(sort=Sort.DIGITS), 100))
    assert len(found) == 575
    return found


def _all(criteria: Criteria, limit: int = 7, prices: Sequence[PriceRank] = PRICES) -> Iterator[Offer]:
    cursor: str | None = ""
    while cursor is not None:
        page = queries.search(criteria, prices, cursor, limit)
        assert len(page.offers) <= limit
        yield from page.offers
        cursor = page.cursor


def _fits(offer: Offer, criteria: Criteria) -> bool:
    price = _price(offer)
    national = offer.e164[1 + len(calling_code(offer.country)) :]
    digits = criteria.pattern
    return (
        criteria.country in {"", offer.country}
        and criteria.area in {"", offer.area}
        and criteria.type in {"", offer.type}
        and criteria.capabilities <= set(offer.capabilities)
        and (offer.ready_at_once or not criteria.ready_at_once)
        and (criteria.at_most is None or price <= criteria.at_most)
        and (
            digits is None
            or digits.matches(offer.e164[1:] if digits.anchor is Anchor.COUNTRY_CODE else national)
        )
    )


def _price(offer: Offer) -> int:
    return next(p.monthly_minor for p in PRICES if (p.country, p.type) == (offer.country, offer.type))


def _expected(everything: Sequence[Offer], criteria: Criteria) -> list[str]:
    found = [offer for offer in everything if _fits(offer, criteria)]
    sign = -1 if criteria.sort is Sort.DEAREST else 1
    if criteria.sort is Sort.DIGITS:
        return sorted(offer.e164 for offer in found)
    return [o.e164 for o in sorted(found, key=lambda o: (sign * _price(o), o.country, o.type, o.e164))]


def _some_criteria(everything: Sequence[Offer], text: str, random: Random) -> Criteria:
    one = random.choice(everything)
    return Criteria(
        country=random.choice(["", "", one.country, "DK"]),
        area=random.choice(["", "", "", one.area]),
        type=random.choice(["", "", one.type]),
        capabilities=frozenset(random.choice([[], [], ["sms"], ["voice", "fax"]])),
        ready_at_once=random.random() < 0.3,
        at_most=random.choice([None, None, 4900, 3000]),
        pattern=search_pattern(text) if text else None,
        sort=random.choice(list(Sort)),
    )


@pytest.mark.parametrize("texts", SEARCHES)
def test_every_search_finds_what_a_look_at_every_number_finds(
    everything: list[Offer], texts: tuple[str, ...]
) -> None:
    for text in texts:
        random = Random(text)
        searches = [Criteria(pattern=search_pattern(text) if text else None)]
        searches += [_some_criteria(everything, text, random) for _ in range(4)]
        for criteria in searches:
            expected = _expected(everything, criteria)
            limit = random.choice([3, 20]) if len(expected) < 60 else 150
            assert [offer.e164 for offer in _all(criteria, limit)] == expected, criteria
            assert queries.search(criteria, PRICES).total == len(expected), criteria


def test_choices_count_what_choosing_them_finds(everything: list[Offer]) -> None:
    random = Random(7)
    for text in ("", "", "0", "00", "7946", "*99", "21000*", "46000"):
        criteria = replace(_some_criteria(everything, text, random), country="GB", area="")
        choices = queries.search(criteria, PRICES).choices
        assert choices is not None
        for country in ("GB", "NO", "SE", "US"):
            expected = len(_expected(everything, replace(criteria, country=country)))
            assert choices.countries.get(country, 0) == expected
        for area, hits in choices.areas.items():
            assert hits == len(_expected(everything, replace(criteria, area=area)))
        for name, hits in choices.capabilities.items():
            wanted = criteria.capabilities | {name}
            assert hits == len(_expected(everything, replace(criteria, capabilities=wanted)))
        for price, hits in choices.prices.items():
            assert hits == len(_expected(everything, replace(criteria, at_most=price)))
        assert choices.ready_at_once == len(_expected(everything, replace(criteria, ready_at_once=True)))


def test_what_is_not_for_sale_is_not_found(everything: list[Offer]) -> None:
    held = everything[0]
    numbers.hold(number=held.id, subject=held.id, until=AT.replace(year=2030), by=SYSTEM, at=AT)
    assert held.e164 not in {offer.e164 for offer in _all(Criteria())}
    only_norway = [price for price in PRICES if price.country == "NO"]
    assert {offer.country for offer in _all(Criteria(), prices=only_norway)} == {"NO"}
    assert queries.search(Criteria(), ()).total == 0


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1.2.3.4.5", "a.GB.geographic.1", "1.GB.geographic.", "٣", "9" * 99]
)
def test_a_cursor_that_means_nothing_starts_anew(everything: list[Offer], cursor: str) -> None:
    assert read_place(cursor, Sort.CHEAPEST) is None
    assert queries.search(Criteria(), PRICES, cursor).offers == queries.search(Criteria(), PRICES).offers


def test_a_page_goes_on_where_it_was_when_its_last_number_is_gone(everything: list[Offer]) -> None:
    first = queries.search(Criteria(), PRICES, limit=10)
    assert first.cursor
    following = queries.search(Criteria(), PRICES, first.cursor, 10).offers
    last = first.offers[-1]
    numbers.hold(number=last.id, subject=last.id, until=AT.replace(year=2030), by=SYSTEM, at=AT)
    assert queries.search(Criteria(), PRICES, first.cursor, 10).offers == following


def test_a_search_that_finds_nothing_says_what_would(everything: list[Offer]) -> None:
    criteria = Criteria(country="GB", capabilities=frozenset({"sms"}), pattern=search_pattern("46001"))
    assert queries.search(criteria, PRICES).total == 0
    found = queries.suggestions(criteria, PRICES)
    assert {one.without for one in found} == {"", "pattern", "capabilities"}
    for one in found:
        ways = {
            "": replace(criteria, pattern=search_pattern(one.digits) if one.digits else None),
            "pattern": replace(criteria, pattern=None),
            "capabilities": replace(criteria, capabilities=frozenset()),
        }
        assert one.total == len(_expected(everything, ways[one.without])) > 0
