"""The project as text: its files, and its modules as syntax trees."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "ringfence"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project that is, or is about to be, under version control."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(
        path for path in sorted({ROOT / name for name in names.split("\0") if name}) if path.is_file()
    )


def python(*folders: str) -> list[Path]:
    """The project's Python files under these folders, migrations left out."""
    roots = [ROOT / folder for folder in folders]
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and "migrations" not in path.parts and any(map(path.is_relative_to, roots))
    ]


@cache
def tree(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    """A file's name as the reader of a failure wants it."""
    return str(path.relative_to(ROOT))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function has, from `def` to its end, without its docstring."""
    end = node.end_lineno or node.lineno
    first = node.body[0]
    said = ast.get_docstring(node) is not None
    words = (first.end_lineno or first.lineno) - first.lineno + 1 if said else 0
    return end - node.lineno + 1 - words
