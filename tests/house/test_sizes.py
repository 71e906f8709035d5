"""Small is readable: no module, test module or function is longer than a reader can hold, save those named here.

The lists of exceptions may only shrink: an entry that is not needed, or allows more than is used, fails.
"""

import ast

from tests.house import source

MODULE_LINES = 300
TEST_MODULE_LINES = 400
FUNCTION_LINES = 40

LONGER_MODULES: dict[str, int] = {}
LONGER_FUNCTIONS: dict[str, int] = {}


def _modules() -> dict[str, int]:
    found = {}
    for path in source.python("src", "tests", "tools", "benchmarks"):
        most = TEST_MODULE_LINES if path.is_relative_to(source.ROOT / "tests") else MODULE_LINES
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > most:
            found[source.named(path)] = lines
    return found


def _functions() -> dict[str, int]:
    found = {}
    for path in source.python("src", "tests", "tools", "benchmarks"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = source.length(node)
                if lines > FUNCTION_LINES:
                    found[f"{source.named(path)}:{node.name}"] = lines
    return found


def test_no_module_is_longer_than_can_be_read() -> None:
    assert _modules() == LONGER_MODULES


def test_no_function_is_longer_than_can_be_read() -> None:
    assert _functions() == LONGER_FUNCTIONS
