"""The texts people read: those asked for in code and templates, and their translations."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.house import source

SINGLE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
PLURAL_WITH_CONTEXT = {"npgettext", "npgettext_lazy"}
MARKED = SINGLE | PLURAL | WITH_CONTEXT | PLURAL_WITH_CONTEXT
PLACE = re.compile(r"%\([\w]+\)[sd]|%[sd]|\{[\w]*\}")


@dataclass(frozen=True, order=True)
class Key:
    """What a text is found by: its context (often none) and itself."""

    context: str
    text: str

    def __str__(self) -> str:
        """The text as the source has it."""
        return f"{self.context} | {self.text!r}" if self.context else repr(self.text)


@dataclass(frozen=True)
class Translated:
    """A translation as the catalogue has it."""

    key: Key
    texts: tuple[str, ...]
    plural: str
    fuzzy: bool
    file: str


def asked() -> dict[Key, str]:
    """Every text of code and templates, with one file that asks for it."""
    found: dict[Key, str] = {}
    for path in source.tracked():
        if not path.is_relative_to(source.PACKAGE) or "migrations" in path.parts:
            continue
        keys: Iterator[Key] = iter(())
        if path.suffix == ".py":
            keys = _of_tree(source.tree(path))
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            keys = _of_template(path)
        for key in keys:
            found.setdefault(key, source.named(path))
    return found


def translations() -> list[Translated]:
    """Every entry of every Norwegian catalogue."""
    found = []
    for path in source.tracked():
        if path.suffix == ".po":
            with path.open("rb") as file:
                catalogue = read_po(file, locale="nb")
            for message in catalogue:
                if not message.id:
                    continue
                ids = message.id if isinstance(message.id, tuple | list) else (message.id, "")
                texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
                key = Key(message.context or "", ids[0])
                texts = tuple(text or "" for text in texts)
                found.append(Translated(key, texts, ids[1], message.fuzzy, source.named(path)))
    return found


def places(text: str) -> list[str]:
    """The places of a text that are filled with values."""
    return sorted(PLACE.findall(text.replace("%%", "")))


def _of_tree(tree: ast.AST) -> Iterator[Key]:
    """The texts in calls of the marking functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in MARKED:
                yield from _of_call(name, node.args)


def _of_call(name: str, arguments: list[ast.expr]) -> Iterator[Key]:
    words = [one.value if isinstance(one, ast.Constant) else None for one in arguments]
    if name in WITH_CONTEXT | PLURAL_WITH_CONTEXT:
        context, text = words[:2]
    else:
        context, text = "", words[0]
    if isinstance(context, str) and isinstance(text, str):
        yield Key(context, text)


def _of_template(path: Path) -> Iterator[Key]:
    """The texts of a template, which Django itself turns into calls of the marking functions."""
    calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for match in re.finditer(r"\b(?:gettext|ngettext|pgettext|npgettext|_)\(", calls):
        yield from _of_tree(_shortest_call(calls, match.start()))


def _shortest_call(text: str, start: int) -> ast.AST:
    """The call that begins at a place in a text; other characters may follow it."""
    end = text.index(")", start)
    while True:
        try:
            return ast.parse(text[start : end + 1], mode="eval")
        except SyntaxError:
            end = text.index(")", end + 1)


_NOT_READ = re.compile(
    r"\{%\s*block (?:robots|body_class)\s*%\}.*?endblock[^%]*%\}"
    r"|<style>.*?</style>|\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}"
    r"|\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    r"|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<[^>]*>|&\w+;|&#\w+;",
    re.DOTALL,
)


def unmarked(path: Path) -> list[str]:
    """Words of a template that no translation tag holds; signs, single letters and what one types are no words."""
    text = _NOT_READ.sub(" ", path.read_text(encoding="utf-8"))
    return re.findall(r"[^\W\d_]{2,}(?:\s+[^\W\d_]+)*", text)
