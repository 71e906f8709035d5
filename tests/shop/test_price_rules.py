"""What a number costs: terms, tax by rule, and sums that add up."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal
from ringfence.shop import price_files
from ringfence.shop.price_rules import ListPrice, period_net, quote_of
from ringfence.shop.rules import Term
from ringfence.shop.vat_numbers import checked, valid_or_none
from ringfence.shop.vat_rules import VAT_RATES, Buyer, VatRule, pays_in, vat


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


@pytest.mark.parametrize(
    ("country", "typed", "usual"),
    [
        ("DE", "de 136 695 976", "DE136695976"),
        ("DE", "136695976", "DE136695976"),
        ("GR", "EL094259216", "EL094259216"),
        ("GR", "094259216", "EL094259216"),
        ("SE", "SE 556188-8404 01", "SE556188840401"),
        ("NO", "923 609 016", "923609016MVA"),
        ("NO", "NO923609016MVA", "923609016MVA"),
        ("IS", "IS 12345", "IS12345"),
        ("LI", "12345", "LI12345"),
        ("US", "12-3456789", "123456789"),
        ("DE", "", ""),
    ],
)
def test_a_vat_number_is_read_in_its_usual_form(country: str, typed: str, usual: str) -> None:
    assert checked(country, typed) == usual


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("DE", "DE136695977"),
        ("DE", "SE556188840401"),
        ("GR", "EL094259217"),
        ("NO", "923609017"),
        ("IS", "IS1"),
        ("LI", "1234"),
        ("FR", "nonsense"),
        ("FR", "<script>"),
    ],
)
def test_a_number_that_cannot_be_is_refused_and_counts_as_none(country: str, typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(country, typed)
    assert refused.value.code == "vat.number"
    assert valid_or_none(country, typed) == ""


def test_the_rates_are_those_of_the_whole_area() -> None:
    assert len(VAT_RATES) == 30
    assert {
        country: str(VAT_RATES[country]) for country in ("EE", "FI", "RO", "SK", "LU", "HU", "NO", "LI")
    } == {
        "EE": "24",
        "FI": "25.5",
        "RO": "21",
        "SK": "23",
        "LU": "17",
        "HU": "27",
        "NO": "25",
        "LI": "8.1",
    }


def test_buyers_at_home_pay_in_the_home_currency() -> None:
    here, abroad = Buyer("NO", consumer=True), Buyer("DE", consumer=True)
    assert pays_in(here, "NOK", seller_country="NO")
    assert not pays_in(here, "EUR", seller_country="NO")
    assert pays_in(abroad, "EUR", seller_country="NO")
    assert not pays_in(abroad, "USD", seller_country="DE")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("country,type,currency,monthly,setup\nno,Mobile,nok,59,\n", []),
        ('\ufeffcountry;type;currency;monthly;setup\nNO;mobile;NOK;"59,90";0\n\n;;;;\n', []),
        ("type,country,currency,setup,monthly,note\nmobile,NO,NOK,0,59,mine\n", []),
        ("country,type,currency,monthly,setup\nNO,mobile,NOK,0,0\n", ["price.free"]),
        ("country,type,currency,monthly,setup\nNO,mobile,NOK,,0\n", ["price.amount"]),
        ("country,type,currency,monthly,setup\nNO,mobile\n", ["price.currency"]),
        ("country,type,currency,monthly,setup\nNO,mobile,NOK,9999999999999999999999,0\n", ["price.amount"]),
        ("country,type,currency,monthly,setup\nNO,mobile,NOK,1000000.01,0\n", ["price.amount"]),
        ("", ["price.header"]),
        ("country,type\n", ["price.header"]),
    ],
)
def test_a_file_of_prices_is_read_line_by_line(text: str, codes: list[str]) -> None:
    found = list(price_files.read(text.splitlines(keepends=True)))
    assert [one.refusal.code for one in found if isinstance(one, price_files.Rejected)] == codes
    good = [one for one in found if isinstance(one, ListPrice)]
    assert len(good) == (0 if codes else 1)
    again = price_files.read(",".join(row) for row in price_files.written(good))
    assert list(again) == good
