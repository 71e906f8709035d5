"""National identity numbers go as card numbers do, and telephone numbers stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.privacy.payment_data import MARKS, PaymentData, cleaned, find
from tests.mail_letters import identity_number

pytestmark = pytest.mark.promise("2.4")
MARK = MARKS[PaymentData.IDENTITY]
SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.booleans(), st.sampled_from(["", " ", "-", "\u00a0", "&nbsp;"]))
def test_a_norwegian_number_goes_however_it_is_written(seed: int, is_d_number: bool, between: str) -> None:  # noqa: FBT001
    number = identity_number(seed, is_d_number=is_d_number)
    found = cleaned(f"fnr: {number[:6]}{between}{number[6:]}.")
    assert (found.text, found.removed) == (f"fnr: {MARK}.", {PaymentData.IDENTITY: 1})


@given(SEEDS)
def test_a_number_with_a_wrong_digit_stays(seed: int) -> None:
    number = identity_number(seed)
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    assert cleaned(wrong).text == wrong


@pytest.mark.parametrize(
    "number",
    ["131052-308T", "295109912611193", "2 95 10 99 126 111 93", "85.07.30-033.28", "RCCMNL83S18D969H"],
)
def test_what_is_unmistakable_elsewhere_goes_too(number: str) -> None:
    """The examples of their own descriptions; none is anybody's."""
    assert cleaned(f"my number is {number}, thanks").text == f"my number is {MARK}, thanks"


@pytest.mark.parametrize(
    "text",
    [
        "+44 20 7946 0101",
        "+1 555 010 0123",
        "order 12345678901",
        "2026-11-30 11:29:44.123456",
        "let_00000000000000000000000000",
        "123456.12345",
        "1764512345.123456",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert cleaned(text).text == text


def test_a_telephone_number_is_none() -> None:
    number = next(one for seed in range(5_000) if (one := identity_number(seed)).startswith("120"))
    assert not find(f"+{number}") or not find(f"call {number}", phones=True)
    assert find(f"call {number}")
