"""Which clauses of the policy software checks, and which tests prove them, for `docs/promises.md`."""

import ast
import os
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def proofs() -> dict[str, list[str]]:
    """The tests that prove a clause, by clause, as `file: sentence`."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        everywhere = [
            clause for node in module.body if isinstance(node, ast.Assign) for clause in _clauses(node)
        ]
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = [clause for mark in node.decorator_list for clause in _clauses(mark)]
                for clause in sorted({*marks, *everywhere}):
                    found[clause].append(f"`{path.relative_to(ROOT)}`: {_sentence(node.name)}")
    return found


def _clauses(node: ast.AST) -> list[str]:
    """The clauses named by the `promise` marks within a piece of a syntax tree."""
    return [
        ast.literal_eval(argument)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.promise"
        for argument in call.args
    ]


def _sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def table() -> str:
    """One row for each clause: what the policy says, what is checked in a running store, what proves it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ringfence.config.settings")
    import django

    django.setup()
    from ringfence.privacy.policy_text import SAMPLE_FACTS, clauses
    from ringfence.privacy.promises import promise

    proven = proofs()
    lines = [
        "| clause | the policy says | checked in the running store | proven by tests |",
        "|---|---|---|---|",
    ]
    for clause in clauses(SAMPLE_FACTS, "en"):
        found = promise(clause.number)
        checked = found.sentence if found else "not enforced by software yet"
        tests = "<br>".join(proven.get(clause.number, [])) or "none yet"
        lines.append(f"| {clause.number} | {clause.text} | {checked} | {tests} |")
    return "\n".join(lines) + "\n"


SOURCES = {"promises": table}
