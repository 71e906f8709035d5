"""Small is readable: no module, test module or function is longer than a reader can hold, save those named here.

The exceptions may only shrink: one that is longer than named here fails, and so does one that is not needed.
"""

import ast

from tests.house import source

MODULE_LINES = 300
TEST_MODULE_LINES = 400
FUNCTION_LINES = 40
FOLDERS = ("src", "tests", "tools", "benchmarks")

LONGER_MODULES = {
    "tests/interfaces/test_base_pages.py": 419,
}
LONGER_FUNCTIONS: dict[str, int] = {}


def _modules() -> dict[str, int]:
    """The modules that are too long, with their lines."""
    found = {}
    for path in source.python(*FOLDERS):
        most = TEST_MODULE_LINES if path.is_relative_to(source.ROOT / "tests") else MODULE_LINES
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > most:
            found[source.named(path)] = lines
    return found


def _functions() -> dict[str, int]:
    """The functions that are too long, with their lines."""
    found = {}
    for path in source.python(*FOLDERS):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = source.length(node)
                if lines > FUNCTION_LINES:
                    found[f"{source.named(path)}:{node.name}"] = lines
    return found


def _objections(found: dict[str, int], allowed: dict[str, int]) -> list[str]:
    too_long = [f"{name} has {lines} lines" for name, lines in found.items() if lines > allowed.get(name, 0)]
    return too_long + [f"{name} needs no exception any more" for name in allowed if name not in found]


def test_no_module_is_longer_than_can_be_read() -> None:
    assert _objections(_modules(), LONGER_MODULES) == []


def test_no_function_is_longer_than_can_be_read() -> None:
    assert _objections(_functions(), LONGER_FUNCTIONS) == []
