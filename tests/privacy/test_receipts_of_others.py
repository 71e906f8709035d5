"""Whatever somebody presents as a receipt gets an answer: what is wrong with it, and never an error of ours."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.privacy.erasure import receipts

WORDS = {"malformed", "altered", "not-in-ledger", "not-signed"}
pytestmark = pytest.mark.promise("2.9")

text = st.text(st.characters(exclude_categories=()), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=6)


def shaped(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these parts."""
    return st.fixed_dictionaries(parts)


notes = st.builds("{}\n{}\nAAAA\n\n\N{EM DASH} {} AAAA\n".format, text, st.integers() | text, text) | anything
lines = shaped(facts=shaped(digest=anything, receipt=anything), action=anything, id=anything)
proofs = shaped(
    line=lines | anything,
    position=anything,
    checkpoint=notes,
    path=st.lists(st.just("AAAA") | anything, max_size=3) | anything,
)
documents = (
    shaped(body=shaped(receipt=anything, stays=anything) | anything, proof=proofs | anything) | anything
)


@settings(max_examples=80, deadline=None)
@given(documents)
def test_whatever_is_presented_is_told_apart(content: Any) -> None:
    found = receipts.faults(content)
    assert found
    assert set(found) <= WORDS
    assert set(receipts.faults(receipts.parsed(json.dumps(content)))) <= WORDS


def with_a(digest: str, position: str) -> str:
    """A receipt of the right shape."""
    line = f'{{"facts": {{"digest": "{digest}", "receipt": "r"}}}}'
    proof = f'{{"line": {line}, "position": {position}, "checkpoint": "", "path": []}}'
    return f'{{"body": {{"receipt": "r"}}, "proof": {proof}}}'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given_text",
    ["[" * 30_000, '{"body":' * 8_000, "1" * 6_000, with_a("d", "1e999"), with_a("\\ud800", "0")],
    ids=["brackets", "braces", "digits", "huge-number", "half-a-letter"],
)
def test_the_page_says_that_it_is_no_receipt_of_ours(client: Client, given_text: str) -> None:
    answer = client.post("/en/receipts/", {"receipt": given_text})
    assert answer.status_code == 200
    assert "This is not a receipt of ours." in answer.content.decode()
