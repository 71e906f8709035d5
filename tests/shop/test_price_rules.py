"""What a number costs: terms, tax by rule, and sums that add up."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.kernel.money import Money
from ringfence.shop.price_rules import ListPrice, period_net, quote_of
from ringfence.shop.rules import Term
from ringfence.shop.vat_rules import VAT_RATES, Buyer, VatRule, vat


@settings(deadline=None)
@given(
    monthly=st.integers(1, 10**9),
    setup=st.integers(0, 10**9),
    country=st.sampled_from(sorted(VAT_RATES)),
    consumer=st.booleans(),
    term=st.sampled_from(Term),
    discount=st.integers(0, 90),
)
def test_every_part_of_a_quote_adds_up(
    monthly: int, setup: int, country: str, *, consumer: bool, term: Term, discount: int
) -> None:
    listed = ListPrice("GB", "geographic", Money(monthly, "NOK"), Money(setup, "NOK"))
    buyer = Buyer(country, consumer)
    found = quote_of(listed, term=term, buyer=buyer, seller_country="NO", yearly_discount=discount)
    for part in (found.monthly, found.period, found.setup, found.first):
        assert part.net + part.vat == part.gross
        assert part.gross >= part.net
        assert abs((part.gross.percent_included(part.vat_rate) - part.vat).minor) <= 1
    assert found.first.net == found.period.net + found.setup.net
    assert found.period.net == period_net(listed.monthly, term, discount)
    assert abs((found.first.gross - found.period.gross - found.setup.gross).minor) <= 1
    if term is Term.MONTH:
        assert found.period == found.monthly
        assert found.saved.is_zero


def test_a_year_is_twelve_months_less_the_discount() -> None:
    month = Money.of("59.00", "EUR")
    assert period_net(month, Term.YEAR, 10) == Money.of("637.20", "EUR")
    assert period_net(month, Term.YEAR, 0) == month * 12
    assert period_net(month, Term.MONTH, 10) == month


@pytest.mark.parametrize(
    ("buyer", "rate", "rule"),
    [
        (Buyer("NO", consumer=True), "25", VatRule.SELLERS_COUNTRY),
        (Buyer("no", consumer=False), "25", VatRule.SELLERS_COUNTRY),
        (Buyer("NO", consumer=False, vat_number="923609016"), "25", VatRule.SELLERS_COUNTRY),
        (Buyer("FI", consumer=True), "25.5", VatRule.BUYERS_COUNTRY),
        (Buyer("DE", consumer=True), "19", VatRule.BUYERS_COUNTRY),
        (Buyer("DE", consumer=False), "19", VatRule.BUYERS_COUNTRY),
        (Buyer("DE", consumer=False, vat_number="DE136695976"), "0", VatRule.REVERSE_CHARGE),
        (Buyer("DE", consumer=True, vat_number="DE136695976"), "19", VatRule.BUYERS_COUNTRY),
        (Buyer("US", consumer=True), "0", VatRule.OUTSIDE_EEA),
        (Buyer("US", consumer=False), "0", VatRule.OUTSIDE_EEA),
    ],
)
def test_the_tax_follows_the_buyer(buyer: Buyer, rate: str, rule: VatRule) -> None:
    found = vat(buyer, seller_country="NO")
    assert (found.rate, found.rule) == (Decimal(rate), rule)
