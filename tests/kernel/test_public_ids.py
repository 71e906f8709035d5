"""Public ids say what they are and mean nothing else."""

import re
import uuid

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.kernel.public_ids import PREFIXES, NotAPublicId, new_id, parse, public_id

prefixes = st.sampled_from(sorted(PREFIXES))
keys = (
    st.integers(0, 2**128 - 1).map(lambda n: uuid.UUID(int=n)).filter(lambda k: k.version not in {1, 2, 6, 7})
)


@given(prefixes, keys)
def test_round_trip(prefix: str, key: uuid.UUID) -> None:
    text = public_id(prefix, key)
    assert re.fullmatch(rf"{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}", text)
    assert parse(text, prefix) == key
    assert parse(text.upper(), prefix) == key
    assert parse(f" {text.replace('1', 'l').replace('0', 'O')} ", prefix) == key


@given(prefixes, keys, keys)
def test_different_keys_have_different_ids(prefix: str, a: uuid.UUID, b: uuid.UUID) -> None:
    assert (public_id(prefix, a) == public_id(prefix, b)) == (a == b)


@given(prefixes, prefixes, keys)
def test_an_id_of_another_kind_is_not_found(prefix: str, other: str, key: uuid.UUID) -> None:
    assume(prefix != other)
    with pytest.raises(NotAPublicId):
        parse(public_id(prefix, key), other)


@given(st.text(), prefixes)
def test_other_text_is_not_an_id(text: str, prefix: str) -> None:
    with pytest.raises(NotAPublicId):
        parse(text, prefix)


@given(prefixes, st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26))
def test_only_128_bits_are_an_id(prefix: str, characters: str) -> None:
    if characters[0] in "01234567":
        assert parse(f"{prefix}_{characters}", prefix)
    else:
        with pytest.raises(NotAPublicId):
            parse(f"{prefix}_{characters}", prefix)


def test_new_ids_hold_no_clock() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {key.version for key in made} == {4}
    assert made != sorted(made)


def test_a_key_that_tells_its_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="when it was made"):
        public_id("num", uuid.uuid1())


def test_an_unregistered_prefix_is_refused() -> None:
    for call in (lambda: public_id("zzz", new_id()), lambda: parse("zzz_", "zzz")):
        with pytest.raises(ValueError, match="not a prefix"):
            call()
