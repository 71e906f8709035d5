"""What the project says: everything public is explained, and it speaks of nothing but itself."""

import ast
import re

import pytest

from tests.house import source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# Written in halves, so that this list does not find itself.
FOREIGN = re.compile(
    "cla"
    "ude|anth"
    "ropic|copi"
    "lot|chat"
    "gpt|open"
    "ai|/wo"
    "rk/|/tmp/te"
    "am"
    r"|\bassis"
    r"tants?\b|\bl"
    r"lms?\b|language mo"
    r"del|\bas an a"
    r"i\b",
    re.IGNORECASE,
)
DRAFTS = re.compile(r"\bTO" r"DO\b|\bFIX" r"ME\b|[Ll]orem " "ipsum")
UNREAD = {".zip", ".png", ".ico", ".woff2", ".mo"}


def _undocumented(nodes: list[ast.stmt], where: str) -> list[str]:
    """Public definitions in a body that do not say what they are."""
    found = []
    for node in nodes:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        overload = any(getattr(one, "id", "") in {"overload", "override"} for one in node.decorator_list)
        if not ast.get_docstring(node) and not overload:
            found.append(f"{where}:{node.name}")
        if isinstance(node, ast.ClassDef) and node.name != "Meta":
            found += _undocumented(node.body, f"{where}:{node.name}")
    return [name for name in found if not name.endswith(":Meta")]


def test_everything_public_says_what_it_is() -> None:
    found = []
    for path in source.python("src"):
        module = source.tree(path)
        if module.body and not ast.get_docstring(module):
            found.append(source.named(path))
        found += _undocumented(module.body, source.named(path))
    assert not found, "\n".join(found)


def test_every_test_module_says_what_it_is_about() -> None:
    modules = [(path, source.tree(path)) for path in source.python("tests", "tools", "benchmarks")]
    found = [source.named(path) for path, module in modules if module.body and not ast.get_docstring(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("searched", [FOREIGN, DRAFTS], ids=["foreign", "drafts"])
def test_the_project_speaks_of_itself_alone(searched: re.Pattern[str]) -> None:
    found = []
    for path in source.tracked():
        if path.suffix in UNREAD:
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{source.named(path)}: {match[0]}" for match in searched.finditer(text)]
    assert not found, "\n".join(found)
