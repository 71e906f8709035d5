"""Everything that is done with somebody's data has words, since its owner reads it on a page of their own (2.1)."""

import ast
from collections.abc import Iterator

from django.urls import get_resolver

from ringfence.interfaces.account.history_words import LETTERS, WORDS
from tests.house import source


def _actions_about_somebody() -> Iterator[str]:
    """The names of actions that enter a line about a person."""
    for path in source.python("src"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(call, ast.Call) and ast.unparse(call.func) == "about" and call.args
                for call in ast.walk(node)
            ):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "action":
                        yield ast.literal_eval(mark.args[0])


def test_every_action_about_somebody_is_told_in_words() -> None:
    assert get_resolver().url_patterns  # Page modules enter their words when the addresses are read.
    named = set(_actions_about_somebody())
    assert len(named) > 30
    assert sorted(named - WORDS.keys()) == []


def test_every_letter_is_told_in_words() -> None:
    folder = source.PACKAGE / "adapters" / "mail" / "templates" / "letters"
    kinds = {path.stem for path in folder.glob("*.txt")} - {"base"}
    # Whoever has no account yet, or no longer, has no page to read this on; nor has the operator.
    unread = {"confirm-address", "no-account", "promise-broken"}
    assert sorted(kinds - LETTERS.keys() - unread) == []
