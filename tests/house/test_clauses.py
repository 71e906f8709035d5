"""Every clause of the policy: it has its text, and what is said to be checked is proven by a test."""

import ast
import re

from ringfence.privacy.policy_text import NUMBERS, SAMPLE_FACTS, clauses
from ringfence.privacy.promises import promises
from tests.house import source

CLAUSES = (
    *("0.1", "1.1", "1.2", "1.3", "1.4"),
    *("2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9"),
    *("3.1", "3.2", "3.3", "4.1", "4.2", "4.3"),
    *("5.1", "5.2", "5.3", "5.4", "6.1", "6.2", "7.1", "7.2", "7.3", "7.4"),
)
CHECKED_FROM_THE_START = {"2.3", "4.3", "6.1"}


def _proven() -> set[str]:
    """The clauses that tests say they prove."""
    found = set()
    for path in source.python("tests"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise":
                found |= {ast.literal_eval(argument) for argument in node.args}
    return found


def test_the_policy_has_exactly_the_clauses_that_were_promised() -> None:
    assert NUMBERS == CLAUSES


def test_every_clause_has_its_text_in_both_languages() -> None:
    norwegian = clauses(SAMPLE_FACTS, "nb")
    english = clauses(SAMPLE_FACTS, "en")
    assert all(
        one.text and other.text and one.text != other.text
        for one, other in zip(norwegian, english, strict=True)
    )


def test_every_clause_that_is_checked_is_proven_by_a_test() -> None:
    checked = {promise.clause for promise in promises()}
    assert checked >= CHECKED_FROM_THE_START
    assert checked - _proven() == set()


def test_every_clause_of_the_policy_is_checked() -> None:
    """A clause without a check would be shown to everybody as not enforced: there is none."""
    assert {promise.clause for promise in promises()} == set(CLAUSES)


def test_tests_prove_clauses_that_exist() -> None:
    assert _proven() <= set(CLAUSES)


def test_every_check_says_what_it_checks_in_a_sentence() -> None:
    sentences = {promise.clause: promise.sentence for promise in promises()}
    assert {
        clause: text for clause, text in sentences.items() if not re.fullmatch(r"[A-Z].{20,}\.", text)
    } == {}
