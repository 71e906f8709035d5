"""The laws of money: exact, one currency at a time, nothing lost."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.kernel.money import EXPONENTS, DifferentCurrencies, Money, exponent

minors = st.integers(-(10**14), 10**14)
currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.builds(Money, minors, currencies)


@given(minors, minors, minors, currencies)
def test_addition_is_a_group(a: int, b: int, c: int, currency: str) -> None:
    x, y, z = Money(a, currency), Money(b, currency), Money(c, currency)
    zero = Money.zero(currency)
    assert x + y == y + x
    assert (x + y) + z == x + (y + z)
    assert x + zero == x
    assert x - x == zero
    back = -x
    assert -back == x
    assert x - y == x + -y
    assert Money.total([x, y, z], currency) == x + y + z


@given(minors, minors, currencies, st.integers(-1000, 1000))
def test_multiplication_distributes(a: int, b: int, currency: str, n: int) -> None:
    x, y = Money(a, currency), Money(b, currency)
    assert (x + y) * n == x * n + y * n
    assert n * x == x * n


@given(minors, minors, currencies)
def test_order_is_total_and_agrees_with_the_units(a: int, b: int, currency: str) -> None:
    x, y = Money(a, currency), Money(b, currency)
    assert (x < y, x <= y, x > y, x >= y, x == y) == (a < b, a <= b, a > b, a >= b, a == b)
    assert abs(x) >= Money.zero(currency)


@given(amounts, amounts)
def test_two_currencies_never_meet(x: Money, y: Money) -> None:
    if x.currency == y.currency:
        return
    assert x != y
    for operation in ("__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(DifferentCurrencies):
            getattr(x, operation)(y)


@given(amounts)
def test_text_round_trip(x: Money) -> None:
    assert Money.parse(str(x)) == x
    assert Money.of(x.decimal, x.currency) == x
    assert str(x).endswith(f" {x.currency}")


@given(amounts, st.integers(1, 400))
def test_split_loses_nothing(x: Money, parts: int) -> None:
    shares = x.split(parts)
    assert len(shares) == parts
    assert Money.total(shares, x.currency) == x
    assert max(shares).minor - min(shares).minor <= 1
    assert list(shares) == sorted(shares, reverse=True)


@given(minors, st.decimals("0", "100", places=4))
def test_percent_rounds_half_to_even(minor: int, rate: Decimal) -> None:
    expected = (Decimal(minor) * rate / 100).quantize(Decimal(1), ROUND_HALF_EVEN)
    assert Money(minor, "NOK").percent(rate).minor == int(expected)


@given(minors, st.integers(0, 20_000))
def test_basis_points_are_hundredths_of_a_per_cent(minor: int, points: int) -> None:
    x = Money(minor, "EUR")
    assert x.basis_points(points) == x.percent(Decimal(points) / 100)


@given(st.integers(0, 10**12), st.decimals("0", "40", places=1))
def test_included_tax_is_the_tax_of_what_remains(minor: int, rate: Decimal) -> None:
    gross = Money(minor, "NOK")
    vat = gross.percent_included(rate)
    net = gross - vat
    assert net + vat == gross
    assert abs((net.percent(rate) - vat).minor) <= 1


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(5900, "NOK"), "59.00 NOK"),
        (Money(-5, "NOK"), "-0.05 NOK"),
        (Money(59, "JPY"), "59 JPY"),
        (Money(1, "KWD"), "0.001 KWD"),
        (Money(0, "EUR"), "0.00 EUR"),
    ],
)
def test_written_form(amount: Money, text: str) -> None:
    assert str(amount) == text


def test_rounding_of_exact_halves() -> None:
    assert [Money(n, "NOK").fraction(1, 2).minor for n in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]


@pytest.mark.parametrize(
    "text",
    ["", "59", "59.00", "59.001 NOK", "1.5 JPY", "59,00 NOK", "1e3 NOK", "٥٩ NOK", "59 kroner", "59.00  NOK"],
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Money.parse(text)


def test_floats_and_unknown_currencies_are_refused() -> None:
    for wrong in (1.0, True, "1", Decimal(1)):
        with pytest.raises(TypeError):
            Money(wrong, "NOK")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError):
        Money(1, "NOK") * 1.5  # type: ignore[operator]  # that is the point
    with pytest.raises(TypeError):
        Money(1, "NOK").percent(2.5)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError):
        Money(1, "NOK") + 1  # type: ignore[operator]  # that is the point
    for code in ("nok", "XXX", "", "KR"):
        with pytest.raises(ValueError, match="ISO 4217"):
            exponent(code)


def test_an_amount_cannot_be_changed() -> None:
    with pytest.raises((AttributeError, TypeError)):
        Money(1, "NOK").minor = 2  # type: ignore[misc]  # that is the point
