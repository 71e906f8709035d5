"""Payment data is recognised in any dress, and what is none passes (clause 2.4)."""

import random
import string
import uuid

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ringfence.kernel.public_ids import public_id
from ringfence.privacy.payment_data import MARKS, PaymentData, cleaned, find, holds_payment_data
from tests.privacy import payment_numbers as numbers
from tests.privacy.payment_numbers import SCRIPTS, SEPARATORS

pytestmark = pytest.mark.promise("2.4")

AROUND = st.text(
    st.characters(exclude_categories=["Nd", "No", "Nl", "Cs"], exclude_characters="+"), max_size=30
)
"""What stands before or after: anything but digits, and no plus, which makes a telephone number."""


@given(numbers.cards, st.sampled_from(SEPARATORS), st.sampled_from(SCRIPTS), AROUND, AROUND)
@example("4242424242424242", "-", SCRIPTS[0], "my card is ", ".")
def test_a_card_in_any_dress_is_removed_and_the_rest_stays(
    card: str, separator: str, script: str, before: str, after: str
) -> None:
    dressed = numbers.spaced(card, separator).translate(str.maketrans("0123456789", script))
    found = cleaned(f"{before}{dressed}{after}")
    assert found.text == f"{before}{MARKS[PaymentData.CARD]}{after}"
    assert found.removed == {PaymentData.CARD: 1}


@given(numbers.cards, st.lists(st.sampled_from(SEPARATORS), min_size=18, max_size=18))
def test_a_card_is_caught_however_its_digits_are_spread(card: str, separators: list[str]) -> None:
    spread = card[0] + "".join(
        f"{between}{digit}" for between, digit in zip(separators, card[1:], strict=False)
    )
    assert cleaned(f"is {spread}!").text == f"is {MARKS[PaymentData.CARD]}!"


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "card4242424242424242",
        "aaa_A3032680344804234101",
        "ref_4242424242424242abcd",
        "+4242424242424242",
        "4242 4242 4242 4242 12/28 123",
        "12 4242 4242 4242 4242",
        "4242 4242\n4242 4242",
        "> 4242 4242\r\n> 4242 4242",
        "4242&nbsp;4242&nbsp;4242&nbsp;4242",
        "3782 822463 10005",
        "{'number': 4242424242424242}",
        "NO93 8601 1117 947",
        "no9386011117947",
        "GB33 BUKB 2020 1555 5555 55, thank you",
        "to DE89370400440532013000.",
    ],
)
def test_payment_data_is_recognised(text: str) -> None:
    assert holds_payment_data(text)
    assert not holds_payment_data(cleaned(text).text)


@pytest.mark.parametrize(
    "text",
    [
        "Customer One",
        "+44 20 7946 0000",
        "4242424242424243",
        "0" * 16,
        "2026-11-29 21:12:06.123456",
        "2026-11-29 2026-11-30 2026-12-01",
        "41 23 45 67\n41 23 45 68\n41 23 45 69",
        "1764450726123456",
        "NO93 8601 1117 948",
        "a 14-digit order 20261129000017",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_what_is_no_payment_data_passes(text: str) -> None:
    assert cleaned(text).text == text


@given(numbers.ibans, st.sampled_from(["", " ", "-"]), AROUND, st.sampled_from(["small", "capital"]))
def test_an_account_number_is_removed_and_the_rest_stays(
    account: str, separator: str, after: str, letters: str
) -> None:
    written = separator.join(account[start : start + 4] for start in range(0, len(account), 4))
    text = f"pay to {written.lower() if letters == 'small' else written}"
    assert cleaned(f"{text}\n{after}").text == f"pay to {MARKS[PaymentData.ACCOUNT]}\n{after}"


@given(numbers.phones)
@settings(max_examples=400)
def test_a_telephone_number_is_never_taken_for_a_card(phone: str) -> None:
    assert find(phone) == []
    assert find(f"Call me at {phone}, or write.") == []


@given(st.integers(0, 2**32))
def test_ids_of_ours_are_never_taken_for_a_card(seed: int) -> None:
    made = uuid.UUID(int=random.Random(seed).getrandbits(128), version=4)
    assert find(f"order {public_id('ord', made)} of {made}, {public_id('call', made)}") == []


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = cleaned(text).text
    assert cleaned(once).text == once


def _letters(random_: random.Random) -> str:
    return " ".join(
        "".join(random_.choices(string.ascii_lowercase, k=random_.randint(2, 9))) for _ in range(12)
    )


def _harmless(random_: random.Random) -> str:
    """A number that stands in letters to a shop and is none of a card or account."""
    return random_.choice(
        [
            lambda: numbers.phone(random_),
            lambda: (
                f"{random_.randint(1, 28):02d}.{random_.randint(1, 12):02d}.2026 {random_.randint(10, 23)}:15"
            ),
            lambda: public_id("ord", uuid.UUID(int=random_.getrandbits(128), version=4)),
            lambda: str(random_.randint(10**9, 10**13)),
            lambda: f"{random_.randint(1, 9)} {random_.randint(100, 999)},50 kr",
        ]
    )()


def test_figures_over_a_corpus_of_letters(
    record_property: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half the letters hold a card or account number; the figures are printed, and may not get worse."""
    random_ = random.Random(24)
    right = missed = false = 0
    size = 4000
    for letter in range(size):
        words = [
            _letters(random_),
            _harmless(random_),
            _letters(random_),
            _harmless(random_),
            _letters(random_),
        ]
        holds = letter % 2 == 0
        if holds:
            made = numbers.card(random_) if random_.random() < 0.8 else numbers.iban(random_)
            separator = random_.choice(SEPARATORS)
            words[2] = f"it is {numbers.spaced(made, separator)} if" if made.isdigit() else f"it is {made} if"
        found = len(find(" ".join(words)))
        right += holds and found == 1
        missed += holds and found != 1
        false += not holds and found > 0
    with capsys.disabled():
        print(f"\n{size} letters: recall {right / (size / 2):.4f}, precision {right / (right + false):.4f}")  # noqa: T201
    assert missed == 0
    assert false <= size / 2 * 0.001
