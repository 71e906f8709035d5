"""A check that cannot fail proves nothing: for each clause that is checked, a test breaks it and sees it broken."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ringfence.privacy.promises import promises
from tests.house import source


def _clauses(tree: ast.AST) -> set[str]:
    return {
        ast.literal_eval(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise"
        for argument in node.args
    }


def _marked_as_a_whole(module: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.Assign) and any(ast.unparse(one) == "pytestmark" for one in node.targets):
            found |= _clauses(node.value)
    return found


def _sees_it_broken(test: ast.FunctionDef) -> bool:
    """Tell whether a test compares something with the state of a broken promise."""
    return any(
        isinstance(node, ast.Compare | ast.Call)
        and any(
            ast.unparse(one).rpartition(".")[2] == "BROKEN" or ast.unparse(one) == "'broken'"
            for one in ast.walk(node)
            if isinstance(one, ast.Name | ast.Attribute | ast.Constant)
        )
        for node in ast.walk(test)
    )


def _broken_by(path: Path) -> Iterator[str]:
    module = source.tree(path)
    whole = _marked_as_a_whole(module)
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and _sees_it_broken(node):
            own: set[str] = set()
            for mark in node.decorator_list:
                own |= _clauses(mark)
            yield from own or whole


def test_each_check_is_made_to_fail_by_a_test() -> None:
    broken = {clause for path in source.python("tests") for clause in _broken_by(path)}
    assert sorted({promise.clause for promise in promises()} - broken) == []
